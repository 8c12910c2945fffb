/**
 * What the configuration file decides for the server, and what holds without one.
 * @module
 */
import { DEFAULT_AET } from "./ae_title.ts";
import {
  type DeidSettings,
  deidWithDefaults,
  type WrittenDeidentification,
} from "./deidentification.ts";

/** A set of studies of its own, with the AE titles under which it is reached. */
export interface ArchiveSettings {
  readonly name: string;
  /** AE titles of its URLs, `/aets/{AE}/rs`. */
  readonly aets: readonly string[];
  /** Other content under a SOP Instance UID that is there: refuse it, or put it in the place of the first. */
  readonly conflict: "refuse" | "replace";
}

/** The server's part of the configuration file. */
export interface FileSettings {
  /** The one named `default` is always there. */
  readonly archives: readonly ArchiveSettings[];
  /** HTTP requests handled at the same time; undefined for any number. */
  readonly concurrentRequests: number | undefined;
  /** Milliseconds that a deleted or replaced object can be brought back. */
  readonly grace: number;
  /** Profiles of de-identification by name; the one named `basic` is always there. */
  readonly deidentification: ReadonlyMap<string, DeidSettings>;
}

/** The archive of `/dicomweb`. */
export const DEFAULT_ARCHIVE = "default";

/** A day: long enough to notice a mistake, short enough that the space comes back. */
export const DEFAULT_GRACE_HOURS = 24;

const HOUR = 3_600_000;

/** The server's part of a file as it was written. */
export interface WrittenServerSettings {
  readonly archives?: readonly ArchiveSettings[] | undefined;
  readonly limits?: {
    readonly concurrentRequests?: number | undefined;
    readonly graceHours?: number | undefined;
  } | undefined;
  readonly deidentification?: WrittenDeidentification | undefined;
}

/**
 * The settings of a file with everything left out that it may leave out. The default archive is
 * there, and has the installation's own AE title where no other has it.
 */
export function withDefaults(
  file: WrittenServerSettings,
  aet: string = DEFAULT_AET,
): FileSettings {
  const named = file.archives ?? [];
  const whole = named.some((archive) => archive.name === DEFAULT_ARCHIVE)
    ? named
    : [{ name: DEFAULT_ARCHIVE, aets: [], conflict: "refuse" } as const, ...named];
  const isBound = whole.some(({ aets }) => aets.includes(aet));
  return {
    archives: whole.map((archive) =>
      isBound || archive.name !== DEFAULT_ARCHIVE
        ? archive
        : { ...archive, aets: [...archive.aets, aet] }
    ),
    concurrentRequests: file.limits?.concurrentRequests,
    grace: (file.limits?.graceHours ?? DEFAULT_GRACE_HOURS) * HOUR,
    deidentification: deidWithDefaults(file.deidentification),
  };
}

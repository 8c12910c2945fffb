/**
 * What the configuration file decides, and what holds without one.
 * @module
 */

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
}

/** The archive of `/dicomweb`. */
export const DEFAULT_ARCHIVE = "default";

/** A day: long enough to notice a mistake, short enough that the space comes back. */
export const DEFAULT_GRACE_HOURS = 24;

const HOUR = 3_600_000;

/** The settings of a file with everything left out that it may leave out. */
export function withDefaults(file: {
  readonly archives?: readonly ArchiveSettings[] | undefined;
  readonly limits?: {
    readonly concurrentRequests?: number | undefined;
    readonly graceHours?: number | undefined;
  } | undefined;
}): FileSettings {
  const named = file.archives ?? [{ name: DEFAULT_ARCHIVE, aets: ["GANTRY"], conflict: "refuse" }];
  const archives = named.some((archive) => archive.name === DEFAULT_ARCHIVE)
    ? named
    : [{ name: DEFAULT_ARCHIVE, aets: [], conflict: "refuse" } as const, ...named];
  return {
    archives,
    concurrentRequests: file.limits?.concurrentRequests,
    grace: (file.limits?.graceHours ?? DEFAULT_GRACE_HOURS) * HOUR,
  };
}

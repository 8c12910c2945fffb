/**
 * The archive that a command works on.
 * @module
 */
import { DEFAULT_ARCHIVE } from "../../lib/config/archives.ts";
import type { Settings } from "../settings.ts";
import { type Arguments, UsageError } from "./command.ts";

/** The one that `--archive` or `--aet` names, or the default one. Throws UsageError. */
export function archiveNamed(
  { archive, aet }: Arguments["texts"],
  { archives }: Pick<Settings, "archives">,
): string {
  if (archive !== undefined && aet !== undefined) {
    throw new UsageError("--archive and --aet exclude each other");
  }
  if (aet !== undefined) {
    const bound = archives.find(({ aets }) => aets.includes(aet));
    if (bound !== undefined) return bound.name;
    throw new UsageError(`No archive has the AE title ${aet}`);
  }
  const name = archive ?? DEFAULT_ARCHIVE;
  if (archives.some((known) => known.name === name)) return name;
  const names = archives.map(({ name }) => name).join(", ");
  throw new UsageError(`There is no archive ${name}; there are ${names}`);
}

/**
 * What the data folder says of a migration between it and elsewhere: which places belong together,
 * and how far each index was when they were the same. By it a target that has gone its own way since
 * is told from one that may be brought up to date.
 * @module
 */
import { type DataFolder, readIfThere, writeDurably } from "./data_folder.ts";

/** The two ends: the data folder, and what the settings name. */
export type End = "embedded" | "remote";

/** A migration that was begun. */
export interface Migration {
  readonly version: typeof VERSION;
  /** What is kept elsewhere, as a text that names the place; undefined for what stays. */
  readonly index?: string | undefined;
  readonly objects?: string | undefined;
  readonly to: End;
  /** Its last pass broke off, or has not ended yet. */
  readonly underWay: boolean;
  /** The highest numbers of both indexes when they were last the same; undefined where they never were. */
  readonly revisions?: Readonly<Record<End, number>> | undefined;
}

const VERSION = 1;
const NAME = "migration.json";

/** Reads it; undefined where there is none that this version can read. */
export async function readMigration(folder: DataFolder): Promise<Migration | undefined> {
  const bytes = await readIfThere(`${folder.path}/${NAME}`);
  if (bytes === undefined) return undefined;
  const migration = JSON.parse(new TextDecoder().decode(bytes)) as Migration;
  return migration.version === VERSION ? migration : undefined;
}

/** Puts it down, in the place of what was there. */
export async function writeMigration(
  folder: DataFolder,
  migration: Omit<Migration, "version">,
): Promise<void> {
  const text = JSON.stringify({ version: VERSION, ...migration }, null, 2);
  await writeDurably(folder, NAME, new TextEncoder().encode(`${text}\n`));
}

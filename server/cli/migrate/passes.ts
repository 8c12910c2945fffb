/**
 * Passes of a migration until one finds nothing to do; the data folder is told how far they came.
 * @module
 */
import type { DataFolder } from "../../data_folder.ts";
import { type End, type Migration, writeMigration } from "../../migration_file.ts";
import type { CopyFault } from "../../services/copy_blobs.ts";
import { foundNothing, migratePass, type PassCounts } from "../../services/migrate.ts";
import type { Ends, Moves } from "./ends.ts";

/** Passes at most: a source that changes all the time has something to bring in each. */
const PASSES = 8;

/** What is brought where, and who is told. */
export interface PassesParts {
  readonly ends: Ends;
  readonly to: End;
  readonly moves: Moves;
  readonly folder: DataFolder;
  readonly places: Pick<Migration, "index" | "objects">;
  /** What was put down before: what it says of a part that stays now holds on. */
  readonly last: Partial<Migration> | undefined;
  readonly rereads: boolean;
  readonly isBroken: boolean;
  readonly signal: AbortSignal;
  readonly onFault: (fault: CopyFault) => void;
  readonly onProgress: (counts: PassCounts) => void;
}

/** What was done. */
export interface Migrated {
  /** Instances of the source, and their bytes. */
  readonly instances: number;
  readonly bytes: number;
  readonly copied: number;
  readonly changed: number;
  readonly faults: number;
  readonly passes: number;
  /** The last pass found that nothing was left to do. */
  readonly upToDate: boolean;
}

/** Runs the passes; resolves to what they did together. */
export async function runPasses(parts: PassesParts): Promise<Migrated> {
  const { ends, to, moves, folder, places, last, rereads, isBroken } = parts;
  const source = ends[to === "remote" ? "embedded" : "remote"];
  const target = ends[to];
  const put = (underWay: boolean, revisions: Migration["revisions"]) =>
    writeMigration(folder, {
      index: last?.index,
      objects: last?.objects,
      ...places,
      to,
      underWay,
      revisions,
    });

  const done = { copied: 0, changed: 0 };
  // What is missing is missing in every pass.
  const told = new Set<string>();
  const onFault = (fault: CopyFault) => {
    const name = `${fault.kind} ${fault.blobKey}`;
    if (!told.has(name)) parts.onFault(fault);
    told.add(name);
  };
  let before = 0;
  await put(true, last?.revisions);
  for (let passes = 1;; passes++) {
    // Of before the pass: what changes during it may not be in it.
    const revision = await source.index.lastRevision();
    const counts = await migratePass({
      source,
      target,
      rereads: rereads && passes === 1,
      // A file may be what a crash left of one at any time before, an object never is.
      doubts: (isBroken || to === "embedded") && passes === 1,
      onFault,
      onProgress: parts.onProgress,
      signal: parts.signal,
    });
    done.copied += counts.copied;
    done.changed += counts.changed;
    const upToDate = foundNothing(counts);
    const work = counts.copied + counts.changed;
    // One that had no less to do than that before says that the source is as fast; the first two may
    // be a small rest, and all that was stored while it was brought.
    const isGaining = passes < 3 || work < before;
    before = work;
    if (!upToDate && isGaining && passes < PASSES) continue;
    const reached = await target.index.lastRevision();
    const revisions = to === "remote"
      ? { embedded: revision, remote: reached }
      : { embedded: reached, remote: revision };
    await put(false, moves.index ? revisions : last?.revisions);
    const { instances, bytes } = counts;
    return { instances, bytes, ...done, faults: told.size, passes, upToDate };
  }
}

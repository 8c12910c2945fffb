/**
 * Whether a migration may begin: its target is made what its source is, and must hold nothing else.
 * @module
 */
import type { End, Migration } from "../../migration_file.ts";
import { isEmptyIndex, isEmptyStore } from "../../services/emptiness.ts";
import { firstForeign } from "../../services/migrate_target.ts";
import type { Ends, Moves } from "./ends.ts";

/** The target holds something that would be lost; the message says what to do. */
export class MigrationRefused extends Error {
  override readonly name = "MigrationRefused";
}

/** What is known of a target that may be written to. */
export interface Admission {
  /** Its index holds nothing yet. */
  readonly isEmpty: boolean;
  /** A pass to it broke off. */
  readonly isBroken: boolean;
}

/** What decides it. */
export interface AdmissionParts {
  readonly ends: Ends;
  readonly to: End;
  readonly moves: Moves;
  readonly places: Pick<Migration, "index" | "objects">;
  /** What the data folder says of the last migration. */
  readonly last: Migration | undefined;
}

/** Looks at the target. Throws {@linkcode MigrationRefused}. */
export async function admit({ ends, to, moves, places, last }: AdmissionParts): Promise<Admission> {
  const source = ends[to === "remote" ? "embedded" : "remote"];
  const target = ends[to];
  const hasIndex = moves.index && !await isEmptyIndex(target.index);
  const hasObjects = moves.objects && !await isEmptyStore(target.blobs);
  if (!hasIndex && !hasObjects) return { isEmpty: true, isBroken: false };
  const isSame = last !== undefined && (!moves.index || last.index === places.index) &&
    (!moves.objects || last.objects === places.objects);
  if (!isSame) {
    throw new MigrationRefused(
      `${targetName(to, hasIndex)} holds something already, and not from here: ` +
        "nothing was changed. Use an empty one",
    );
  }
  const isBroken = last.underWay && last.to === to;
  if (isBroken && moves.index) {
    const foreign = await firstForeign(source.index, target.index);
    if (foreign !== undefined) {
      throw new MigrationRefused(
        `${targetName(to, true)} has what was never here (${foreign.kind} ${foreign.key}): ` +
          "a server has used it meanwhile. Nothing was changed. Use an empty one",
      );
    }
  } else if (moves.index && hasIndex) await refuseChanged(target, to, last);
  return { isEmpty: !hasIndex, isBroken };
}

async function refuseChanged(
  { index }: Ends[End],
  to: End,
  { revisions }: Migration,
): Promise<void> {
  if (await index.lastRevision() === revisions?.[to]) return;
  const back = to === "remote" ? "embedded" : "remote";
  throw new MigrationRefused(
    `${
      targetName(to, true)
    } has changed since it was last the same as here: a server has used it, ` +
      `and what it stored would be lost. Nothing was changed. Move the other way (--to ${back}), ` +
      "or use an empty one",
  );
}

function targetName(to: End, isIndex: boolean): string {
  if (to === "embedded") return isIndex ? "The index in the data folder" : "The folder of objects";
  return isIndex ? "The database of GANTRY_INDEX_URL" : "The place of GANTRY_BLOBS_URL";
}

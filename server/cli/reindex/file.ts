/**
 * An index in a file, built anew beside the one that there is and put in its place.
 * @module
 */
import { holdIndex, lockDataFolder } from "../../data_folder.ts";
import { draftOf, hasIndex, makeDraft, type OldIndexState, placeDraft } from "../../index_file.ts";
import type { LocalIndex } from "../../index/index.ts";
import { type Finding, reindex, type ReindexCounts } from "../../services/reindex.ts";
import { createRemovalRecords } from "../../services/removal_records.ts";
import type { Machine } from "../machine.ts";
import { archivesOf, openObjects, type Rebuilding, type Rebuilt } from "./rebuilding.ts";

/** Builds it; refused while a server or a command uses the one that there is. */
export async function rebuildFile(rebuilding: Rebuilding): Promise<Rebuilt> {
  const { machine, folder, ids, show } = rebuilding;
  using lock = await lockDataFolder(folder);
  if (lock === undefined) {
    return refused(`A server has the data folder ${folder.path}: stop it first`);
  }
  using alone = await holdIndex(folder, "alone");
  if (alone === undefined) {
    return refused("A command works on the index: wait until it is done, then start again");
  }
  let state: OldIndexState = "readable";
  const tell = (finding: Finding) => {
    if (finding.kind === "old index") state = "unreadable";
    rebuilding.tell(finding);
  };
  await makeDraft(folder);
  const blobs = await openObjects(rebuilding);
  if (!await hasIndex(folder)) state = "none";
  const old = await openOld({ ...rebuilding, tell });
  let counts: ReindexCounts;
  try {
    counts = await withIndex(machine, draftOf(folder), async (index) => {
      const parts = { index, old, blobs, ids, ...archivesOf(rebuilding) };
      const counts = await reindex({ ...parts, onFinding: tell, onProgress: show });
      await index.gather();
      return counts;
    });
    if (state === "readable") await old?.gather();
  } finally {
    await old?.close();
  }
  const placing = await placeDraft(folder, state);
  if (placing.kind === "busy") {
    return refused("Another command has the index open, so it is left as it was: try again");
  }
  // Those that were there are of the old index.
  await withIndex(
    machine,
    folder.index,
    (index) => createRemovalRecords({ index, blobs, ids }).keep(),
  );
  return placing.kind === "kept aside"
    ? { kind: "built", counts, keptAside: placing.path }
    : { kind: "built", counts };
}

function refused(reason: string): Rebuilt {
  return { kind: "refused", reason };
}

/** The index that there is; undefined where there is none, or none that can be opened. */
async function openOld(
  { machine, folder, tell }: Rebuilding,
): Promise<LocalIndex | undefined> {
  if (!await hasIndex(folder)) {
    console.error("There is no index to take API keys from: make new ones where there were some");
    return undefined;
  }
  return await machine.openIndex(folder.index).catch((error: Error) => {
    tell({ kind: "old index", reason: error.message });
    return undefined;
  });
}

async function withIndex<Result>(
  machine: Machine,
  path: string,
  use: (index: LocalIndex) => Promise<Result>,
): Promise<Result> {
  const index = await machine.openIndex(path);
  try {
    return await use(index);
  } finally {
    await index.close();
  }
}

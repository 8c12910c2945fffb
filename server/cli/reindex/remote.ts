/**
 * An index in a database that was lost, built anew into an empty one.
 * @module
 */
import { isEmptyIndex } from "../../services/emptiness.ts";
import { reindex } from "../../services/reindex.ts";
import { createRemovalRecords } from "../../services/removal_records.ts";
import { archivesOf, openObjects, type Rebuilding, type Rebuilt } from "./rebuilding.ts";

/** Builds it; refused where the database holds an index already. */
export async function rebuildRemote(rebuilding: Rebuilding): Promise<Rebuilt> {
  const { machine, settings, folder, ids, tell, show } = rebuilding;
  const index = await machine.openIndexAt(settings.index, folder);
  try {
    if (!await isEmptyIndex(index)) {
      const reason = "The database of GANTRY_INDEX_URL holds an index: one is only built into an " +
        "empty database. Where this is what is left of a reindex that broke off, empty it first";
      return { kind: "refused", reason };
    }
    console.error("API keys are not among the objects: make new ones where there were some");
    const blobs = await openObjects(rebuilding);
    const parts = { index, old: undefined, blobs, ids, ...archivesOf(rebuilding) };
    const counts = await reindex({ ...parts, onFinding: tell, onProgress: show });
    await createRemovalRecords({ index, blobs, ids }).keep();
    return { kind: "built", counts };
  } finally {
    await index.close();
  }
}

/**
 * Imports into an archive of this installation: index and blobs are opened beside a server that may
 * run on them, and written as it writes them.
 * @module
 */
import { createIds } from "../../services/ids.ts";
import { createRemovalRecords } from "../../services/removal_records.ts";
import { createInstanceStore } from "../../services/store_instance.ts";
import { FAILURE_REASON, type StoreResult } from "../../services/store_result.ts";
import { originalOf } from "../../services/blob_days.ts";
import type { Installation } from "../command.ts";
import { isDiskFull } from "../disk_full.ts";
import type { Journal } from "./journal.ts";
import {
  DISK_FULL,
  type ImportOutcome,
  ImportStopped,
  outOfReach,
  refusedWith,
} from "./outcome.ts";
import type { ImportTarget } from "./target.ts";

/** Which archive, and what is known of earlier starts. */
export interface EmbeddedParts {
  readonly installation: Installation;
  /** One of the settings. */
  readonly archive: string;
  readonly journal: Journal;
}

/** Opens an archive of the installation for an import. */
export async function embeddedTarget(
  { installation, archive, journal }: EmbeddedParts,
): Promise<ImportTarget> {
  const { index, blobs, settings } = installation;
  await index.ensureArchives([archive]);
  await removeLeftovers(installation, journal.leftovers);
  const conflict = settings.archives.find(({ name }) => name === archive)?.conflict ?? "refuse";
  const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
  let lastKey: string | undefined;
  /** The last failure that is not a file's own; results do not say which was theirs. */
  let failure: unknown;
  let isFull = false;
  const instances = createInstanceStore({
    index,
    blobs,
    ids: {
      ...ids,
      blobKey(archive) {
        const key = ids.blobKey(archive);
        journal.begin(key);
        return lastKey = key;
      },
    },
    records: createRemovalRecords({ index, blobs, ids }),
    // The reaper of a server leaves alone what is younger than a day.
    underWay: new Set(),
    now: Date.now,
    conflict: () => conflict,
    report(error) {
      failure = error;
      isFull ||= isDiskFull(error);
    },
  });

  return {
    readers: 8,
    pending: 256,
    pendingLarge: 64,
    async store(_item, body) {
      const receiving = instances.receive(archive, body, undefined);
      // It is given before the first byte is asked for.
      const blobKey = lastKey;
      const { result } = await receiving;
      return { blobKey, outcome: result.then(outcomeOf) };
    },
  };

  function outcomeOf(result: StoreResult): ImportOutcome {
    if (result.kind !== "failed") return { kind: result.kind };
    const { reason, explanation, outage } = result;
    if (outage !== undefined) throw new ImportStopped(outOfReach(outage.part));
    // The only class that is not supported is that of a DICOMDIR.
    if (reason === FAILURE_REASON.SOPClassNotSupported) return { kind: "skipped" };
    const isOurs = reason === FAILURE_REASON.processingFailure;
    // An index without room fails like any other.
    if (reason === FAILURE_REASON.outOfResources || isOurs && isFull) {
      throw new ImportStopped(DISK_FULL);
    }
    const why = isOurs ? String(failure) : explanation;
    return refusedWith(reason, why);
  }
}

/** Removes what a start that was killed left behind: blobs that it began and the index does not know. */
async function removeLeftovers(
  { index, blobs }: Installation,
  leftovers: readonly string[],
): Promise<void> {
  const known = await index.known(leftovers);
  const unknown = new Set(leftovers.filter((key) => !known.has(key)));
  const days = new Set([...unknown].map((key) => key.slice(0, key.lastIndexOf("/") + 1)));
  for (const day of days) {
    for await (const key of blobs.list(day)) {
      if (unknown.has(originalOf(key))) await blobs.delete(key);
    }
  }
}

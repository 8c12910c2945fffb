/**
 * Builds an index anew from the blobs and the records of removals beside them. What an index that
 * can still be read knows beyond these is taken over: in which order instances came, the digests
 * that were acknowledged, API keys, and removals that have no record yet.
 * @module
 */
import { ulidsFrom } from "../../lib/bytes/ulid.ts";
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { Index, InstanceRow, NewInstance, StoredObject, Tombstone } from "../index/index.ts";
import { blobDays, isDerived, unreferenced } from "./blob_days.ts";
import { saveHeader } from "./header_record.ts";
import { identify } from "./identity.ts";
import type { Ids } from "./ids.ts";
import { isOfObject } from "./lost_instance.ts";
import { newInstance } from "./new_instance.ts";
import { readRecord, recordKeys, type Removal } from "./removal_records.ts";
import { scanStream } from "./scan_pass.ts";
import { beyondAllRevisions } from "./revisions.ts";
import { inTurns } from "./turns.ts";

/** The part of an earlier index that is looked at. */
export type OldIndex = Pick<
  Index,
  | "archives"
  | "everything"
  | "instances"
  | "tombstones"
  | "staleRecords"
  | "known"
  | "keys"
  | "lastRevision"
>;

/** What an index is built of, and who is told. */
export interface ReindexParts {
  /** New and empty. */
  readonly index: Index;
  /** The one that there was; undefined where it cannot be read. */
  readonly old: OldIndex | undefined;
  readonly blobs: BlobStore;
  readonly ids: Pick<Ids, "name">;
  /** Archives that are to be there, beside those that have blobs. */
  readonly archives: readonly string[];
  /** See StoreParts. */
  readonly conflict: (archive: string) => "refuse" | "replace";
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress?: (counts: ReindexProgress) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What a person should know of; every blob stays where it is. */
export interface Finding {
  readonly kind:
    /** The blob is no DICOM object that can be read: it is not in the index. */
    | "unreadable"
    /** The old index had an instance whose blob is not there: it is not in the index. */
    | "missing"
    /** Another blob has, or had until it was deleted, the same SOP Instance UID: this one counts as replaced. */
    | "second"
    /** A record of removals is not what was written: what it told of may be back. */
    | "record"
    /** The old index could not be read to its end: what only it knew is lost. */
    | "old index";
  readonly blobKey?: string;
  readonly SOPInstanceUID?: string;
  /** Why, in a few words. */
  readonly reason?: string;
}

/** How far it is. */
export interface ReindexProgress {
  readonly instances: number;
  /** As many as there can be: blobs, but for those that were removed. */
  readonly total: number;
  /** Bytes of the instances so far. */
  readonly bytes: number;
}

/** What is in the new index. */
export interface ReindexCounts {
  readonly instances: number;
  readonly bytes: number;
}

/** Blobs added in one transaction of the index. */
const BATCH = 64;

/** Blobs read at a time: one is hashed while others wait for the disk. */
const READING = 4;

/** A blob that may be an instance; `object` as the old index has it. */
interface Candidate {
  readonly archive: string;
  readonly blobKey: string;
  readonly object?: StoredObject;
}

/** Builds the index; resolves to what is in it. */
export async function reindex(parts: ReindexParts): Promise<ReindexCounts> {
  const { index, old, blobs, ids, conflict, onFinding, onProgress, now = Date.now } = parts;
  const counts = { instances: 0, bytes: 0 };
  let total = 0;
  /** Blobs of the old index that were found not to be readable, so that they are told of once. */
  const unreadable = new Set<string>();

  /** What `read` gives of the old index, as far as it can be read. */
  async function fromOld<Item>(
    read: (old: OldIndex) => AsyncIterable<Item>,
    use: (item: Item) => Promise<void>,
  ): Promise<void> {
    if (old === undefined) return;
    const items = read(old)[Symbol.asyncIterator]();
    while (true) {
      const next = await items.next().catch(whyUnreadable);
      if (next === undefined || next.done) return;
      await use(next.value);
    }
  }

  function whyUnreadable(error: unknown): undefined {
    onFinding({
      kind: "old index",
      reason: error instanceof Error ? error.message : String(error),
    });
  }

  async function bury(tombstones: readonly Omit<Tombstone, "reaped" | "record">[]): Promise<void> {
    const standing = await inTurns(tombstones, READING, async (tombstone) => {
      const reaped = await blobs.size(tombstone.blobKey) === undefined;
      return { ...tombstone, record: "", reaped };
    });
    await index.bury(standing);
  }

  /** Removals as their records have them. The records themselves are made anew; see below. */
  async function buryRecorded(): Promise<void> {
    const stale = new Set(await old?.staleRecords().catch(() => []));
    for await (const key of recordKeys(blobs)) {
      const recorded = await readRecord(blobs, key);
      const removals = stale.has(key) ? await withoutLiving(recorded) : recorded;
      if (removals === undefined) {
        onFinding({ kind: "record", blobKey: key });
        continue;
      }
      for (let at = 0; at < removals.length; at += BATCH) {
        await bury(removals.slice(at, at + BATCH).map(tombstoneOf));
      }
      // Tombstones of several may have become one: whoever keeps the records next writes them as they are.
      await index.beginRecord(key);
    }
  }

  /** What a stale record tells of, but for what the old index says was brought back since. */
  async function withoutLiving(removals: readonly Removal[] = []): Promise<readonly Removal[]> {
    const living = await inTurns(removals, READING, async (removal) => {
      const rows = old?.instances(tombstoneOf(removal).archive, scopeOf(removal));
      const found = rows && await Array.fromAsync(rows).catch(() => []);
      return found?.flat().some(({ blobKey }) => blobKey === removal.blobKey);
    });
    return removals.filter((_, i) => !living[i]);
  }

  /** Reads blobs and adds those that are instances, in their order. */
  async function admit(candidates: readonly Candidate[]): Promise<void> {
    const scanned = await inTurns(candidates, READING, read);
    const made = scanned.filter((each) => each !== undefined);
    const outcomes = await Promise.all(made.map((instance) => index.add(instance)));
    for (const [i, outcome] of outcomes.entries()) {
      const instance = made[i]!;
      if (outcome.kind === "failed") throw outcome.error;
      if (outcome.kind === "added") count(instance);
      else await settle(outcome.existing, instance);
    }
    onProgress?.({ instances: counts.instances, total, bytes: counts.bytes });
  }

  function count({ object }: NewInstance): void {
    counts.instances++;
    counts.bytes += object.size;
  }

  async function read(candidate: Candidate): Promise<NewInstance | undefined> {
    const { archive, blobKey, object } = candidate;
    const uid = object === undefined ? {} : { SOPInstanceUID: object.SOPInstanceUID };
    try {
      const scanned = await scanStream(await blobs.open(blobKey));
      const uids = object ?? identify(scanned.scan).instance;
      const made = newInstance(archive, blobKey, uids, scanned);
      if (object === undefined && await wentSince(made)) {
        await buryReplaced(made);
        return undefined;
      }
      const header = await saveHeader(blobs, blobKey, ids.name, made.header);
      // What was acknowledged, so that a blob that is not whole any more is still found to be so.
      return { ...made, header, object: object ?? made.object };
    } catch (error) {
      if (error instanceof BlobNotFoundError) {
        if (object !== undefined) onFinding({ kind: "missing", blobKey, ...uid });
        return undefined;
      }
      if (!isOfObject(error)) throw error;
      if (!unreadable.has(blobKey)) {
        onFinding({ kind: "unreadable", blobKey, ...uid, reason: error.message });
      }
      unreadable.add(blobKey);
      return undefined;
    }
  }

  /**
   * Whether the instance was deleted after this blob was made. The one that was visible then has a
   * tombstone: this is a copy that was never acknowledged.
   */
  async function wentSince({ archive, object }: NewInstance): Promise<boolean> {
    const [last] = await index.removed(archive, scopeOf(object));
    const name = object.blobKey.slice(object.blobKey.lastIndexOf("/") + 1);
    return last !== undefined && name < ulidsFrom(last.removedAt);
  }

  /** Another counts: this one is kept for the grace. */
  async function buryReplaced({ archive, object }: NewInstance): Promise<void> {
    const { blobKey, SOPInstanceUID } = object;
    await bury([{ archive, object, blobKey, removedAt: now(), reason: "replaced" }]);
    onFinding({ kind: "second", blobKey, SOPInstanceUID });
  }

  /** Two blobs of one instance, of which no record says which is it. */
  async function settle(existing: InstanceRow, candidate: NewInstance): Promise<void> {
    const { archive, object, header } = candidate;
    const isSound = header.damage === undefined;
    const isNewer = isSound && conflict(archive) === "replace";
    const isBetter = isSound && existing.damage !== undefined;
    if (!(isNewer || isBetter) || await isAcknowledged(existing.blobKey)) {
      return await buryReplaced(candidate);
    }
    const outcome = await index.replace(existing.revision, candidate, now());
    if (outcome.kind === "failed") throw outcome.error;
    // A third has taken the place meanwhile.
    if (outcome.kind === "exists") return await settle(outcome.existing, candidate);
    counts.bytes += object.size - existing.size;
    const { blobKey, SOPInstanceUID } = existing;
    onFinding({ kind: "second", blobKey, SOPInstanceUID });
  }

  async function isAcknowledged(blobKey: string): Promise<boolean> {
    const known = await old?.known([blobKey]).catch(() => undefined);
    return known?.get(blobKey) === "kept";
  }

  const names = new Set(parts.archives);
  for await (const name of blobs.folders("")) names.add(name);
  await fromOld(({ archives }) => once(archives), async (known) => {
    for (const name of known) names.add(name);
    await index.ensureArchives(known);
  });
  await index.ensureArchives([...names]);
  const last = await old?.lastRevision().catch(() => 0) ?? 0;
  await index.continueAfter(beyondAllRevisions(last, now()));

  // First what was removed: its blobs are left out then.
  await buryRecorded();
  await fromOld(({ tombstones }) => tombstones(), bury);

  for await (const { prefix } of blobDays(blobs, now())) {
    for await (const { key } of unreferenced(blobs, index, prefix)) if (!isDerived(key)) total++;
  }
  for (const archive of names) {
    await fromOld(({ everything }) => everything(archive), async (rows) => {
      const removed = await index.known(rows.map(({ blobKey }) => blobKey));
      const candidates = rows.filter(({ blobKey }) => !removed.has(blobKey))
        .map((row) => ({ archive, blobKey: row.blobKey, object: objectOf(row) }));
      for (let at = 0; at < candidates.length; at += BATCH) {
        await admit(candidates.slice(at, at + BATCH));
      }
    });
  }
  for await (const { prefix } of blobDays(blobs, now())) {
    const archive = prefix.slice(0, prefix.indexOf("/"));
    let batch: Candidate[] = [];
    for await (const { key: blobKey } of unreferenced(blobs, index, prefix)) {
      if (isDerived(blobKey) || unreadable.has(blobKey)) continue;
      if (batch.push({ archive, blobKey }) < BATCH) continue;
      await admit(batch);
      batch = [];
    }
    await admit(batch);
  }
  await fromOld(({ keys }) => once(keys), async (keys) => {
    for (const key of keys) await index.addKey(key);
  });
  return counts;
}

async function* once<Result>(read: () => Promise<Result>): AsyncGenerator<Result> {
  yield await read();
}

function scopeOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: StoredObject) {
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}

function tombstoneOf({ removedAt, reason, ...object }: Removal) {
  const { blobKey } = object;
  return { archive: blobKey.slice(0, blobKey.indexOf("/")), blobKey, object, removedAt, reason };
}

/** The object alone of what may be a whole row. */
function objectOf(row: InstanceRow): StoredObject {
  const { revision: _, NumberOfFrames: __, headerVersion: ___, damage: ____, ...object } = row;
  return object;
}

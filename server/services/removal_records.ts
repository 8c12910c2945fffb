/**
 * Records of removals beside the blobs, so that an index that is rebuilt from these brings back
 * nothing that was deleted. One record tells of everything that one removal took, or several that
 * came together; a removal is acknowledged when its record is durable.
 * @module
 */
import { createHash } from "node:crypto";
import type { BlobStore } from "../blobs/blob_store.ts";
import { coalesced } from "../coalesced.ts";
import type { Index, StoredObject, Tombstone } from "../index/index.ts";
import { type Ids, REMOVALS } from "./ids.ts";

/** What records are kept with. */
export interface RecordParts {
  readonly index: Pick<
    Index,
    "unrecorded" | "beginRecord" | "endRecord" | "condemnRecords" | "forgetRecord"
  >;
  readonly blobs: BlobStore;
  readonly ids: Pick<Ids, "recordKey">;
}

/** Keeps the records what the tombstones are. */
export interface RemovalRecords {
  /**
   * Resolves when everything that was removed or brought back before the call is so beside the blobs
   * as well. Calls share their work; other processes may do the same at the same time.
   */
  keep(): Promise<void>;
}

/** A removal as its record has it: enough to be a tombstone again. */
export type Removal = StoredObject & Pick<Tombstone, "removedAt" | "reason">;

/** Removals in one record: some 1 MB, which holds up requests for 10 ms. A larger study takes several. */
const RECORD_MAX = 2000;

/** Records of an installation. */
export function createRemovalRecords({ index, blobs, ids }: RecordParts): RemovalRecords {
  async function write(key: string, tombstones: readonly Tombstone[]): Promise<void> {
    const writer = await blobs.create(key);
    try {
      await writer.write(encodeRecord(tombstones));
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.commit();
  }

  async function keep(): Promise<void> {
    const condemned = await index.condemnRecords();
    // Before these go: what they told of and still holds must not be untold in between.
    while (true) {
      const page = await index.unrecorded(RECORD_MAX);
      const [first] = page;
      if (first === undefined) break;
      const tombstones = page.filter(({ archive }) => archive === first.archive);
      const key = ids.recordKey(first.archive);
      await index.beginRecord(key);
      await write(key, tombstones);
      await index.endRecord(key, tombstones.map(({ blobKey }) => blobKey));
    }
    for (const key of condemned) {
      await blobs.delete(key);
      await index.forgetRecord(key);
    }
  }

  return { keep: coalesced(keep) };
}

/** The bytes of a record: a line of JSON for each removal, and a last one with their SHA-256. */
export function encodeRecord(tombstones: readonly Tombstone[]): Uint8Array<ArrayBuffer> {
  const lines = tombstones.map(({ object, removedAt, reason }): string =>
    `${JSON.stringify({ ...object, removedAt, reason } satisfies Removal)}\n`
  );
  const text = lines.join("");
  return new TextEncoder().encode(`${text}${sealOf(text)}\n`);
}

/** The removals that a record tells of; undefined where it is cut off, or not what was written. */
export function decodeRecord(bytes: Uint8Array): readonly Removal[] | undefined {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const [seal, end] = lines.splice(-2);
  if (end !== "" || seal !== sealOf(lines.map((line) => `${line}\n`).join(""))) return undefined;
  return lines.map((line) => JSON.parse(line) as Removal);
}

function sealOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Keys of all records in the store. */
export async function* recordKeys(blobs: BlobStore): AsyncGenerator<string> {
  for await (const archive of blobs.folders("")) yield* blobs.list(`${archive}/${REMOVALS}/`);
}

/** A record's removals; undefined as {@linkcode decodeRecord} has it. Rejects with BlobNotFoundError. */
export async function readRecord(
  blobs: BlobStore,
  key: string,
): Promise<readonly Removal[] | undefined> {
  return decodeRecord(await new Response(await blobs.open(key)).bytes());
}

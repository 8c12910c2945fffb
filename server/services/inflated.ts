/**
 * A deflated data set (PS3.5 A.5) has no place to read a frame from. On first use a blob beside the
 * instance's gets its bytes inflated; it goes when the instance goes.
 * @module
 */
import { RawInflater } from "../../lib/bytes/raw_inflater.ts";
import { INFLATED_BYTES } from "../../lib/dicom/object_scanner.ts";
import { BlobNotFoundError, type BlobStore } from "../blobs/blob_store.ts";
import type { StoredObject } from "../index/index.ts";

/** What the key of an inflated data set ends in, behind that of its object. */
export const INFLATED = ".inflated";

/** Finds or makes inflated data sets. */
export interface InflatedBlobs {
  /** Key of the blob with an object's data set inflated. Concurrent calls share the making. */
  keyOf(object: StoredObject): Promise<string>;
}

/** Bytes inflated at once: they may become a thousand times as many. */
const STEP_BYTES = 4096;

/**
 * Ends every complete blob: one that a crash cut off is made anew. The length makes it improbable
 * that data look like it.
 */
function sealOf(length: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`inflated ${String(length).padStart(16, "0")}`);
}
const SEAL_BYTES = sealOf(0).length;

/** Inflated data sets in a store of blobs. */
export function createInflatedBlobs(blobs: BlobStore): InflatedBlobs {
  const making = new Map<string, Promise<void>>();

  async function look(key: string): Promise<"missing" | "cut off" | "complete"> {
    const size = await blobs.size(key);
    if (size === undefined) return "missing";
    const length = size - SEAL_BYTES;
    if (length < 0) return "cut off";
    const seal = sealOf(length);
    const end = await blobs.read(key, { offset: length, length: SEAL_BYTES });
    return end.every((byte, i) => byte === seal[i]) ? "complete" : "cut off";
  }

  async function make(object: StoredObject, key: string): Promise<void> {
    const found = await look(key).catch(missingIfGone);
    if (found === "complete") return;
    // Only files are ever cut off. What is missing may be there by now, and another server reads it.
    if (found === "cut off") await blobs.delete(key);
    const writer = await blobs.create(key);
    try {
      let length = 0;
      for await (const bytes of inflated(blobs, object)) {
        length += bytes.length;
        await writer.write(bytes);
      }
      await writer.write(sealOf(length));
    } catch (error) {
      await writer.abort();
      throw error;
    }
    try {
      await writer.commit();
    } catch (error) {
      // Of two servers that make it at once, one comes late.
      if (await look(key).catch(missingIfGone) !== "complete") throw error;
    }
  }

  return {
    async keyOf(object) {
      const key = `${object.blobKey}${INFLATED}`;
      let made = making.get(key);
      if (made === undefined) {
        made = make(object, key).finally(() => making.delete(key));
        making.set(key, made);
      }
      await made;
      return key;
    },
  };
}

async function* inflated(
  blobs: BlobStore,
  { blobKey, dataSetOffset, size }: StoredObject,
): AsyncGenerator<Uint8Array> {
  let made: Uint8Array[] = [];
  const limit = { name: "INFLATED_BYTES", bytes: INFLATED_BYTES };
  const inflater = new RawInflater((bytes) => void made.push(bytes), limit);
  const range = { offset: dataSetOffset, length: size - dataSetOffset };
  for await (const chunk of await blobs.open(blobKey, range)) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      await inflater.write(chunk.subarray(at, at + STEP_BYTES));
      yield* made;
      made = [];
    }
  }
  await inflater.end();
  yield* made;
}

function missingIfGone(error: unknown): "missing" {
  if (error instanceof BlobNotFoundError) return "missing";
  throw error;
}

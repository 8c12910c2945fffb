/**
 * Whether the bytes of a blob are those that were acknowledged.
 * @module
 */
import { createHash } from "node:crypto";
import type { StoredObject } from "../index/index.ts";

/** What is wrong with a blob's bytes. */
export type BytesFault =
  /** They are not as many as were acknowledged. */
  | "size"
  /** The preamble and file meta information are not those that were stored. */
  | "prefix"
  /** The data set is not the one that was stored. */
  | "data set";

/** A check under way. */
export interface BytesCheck {
  /** Takes the next bytes. */
  push(chunk: Uint8Array): void;
  /** The first thing that is wrong with them; undefined where they are right. */
  end(): BytesFault | undefined;
}

/** Begins to hold a blob's bytes against what is known of the object in it. */
export function checkBytes(
  { size, dataSetOffset, prefixDigest, dataSetDigest }: Pick<
    StoredObject,
    "size" | "dataSetOffset" | "prefixDigest" | "dataSetDigest"
  >,
): BytesCheck {
  const prefix = createHash("sha256");
  const dataSet = createHash("sha256");
  let before = dataSetOffset;
  let seen = 0;
  return {
    push(chunk) {
      seen += chunk.length;
      const cut = Math.min(before, chunk.length);
      if (cut > 0) prefix.update(chunk.subarray(0, cut));
      if (cut < chunk.length) dataSet.update(chunk.subarray(cut));
      before -= cut;
    },
    end() {
      if (seen !== size) return "size";
      const digest = dataSetOffset === 0 ? "" : prefix.digest("hex");
      if (digest !== prefixDigest) return "prefix";
      return dataSet.digest("hex") === dataSetDigest ? undefined : "data set";
    },
  };
}

/** Holds a stream's bytes against what is known of them; rejects as the stream does. */
export async function faultOfBytes(
  stream: AsyncIterable<Uint8Array>,
  object: Parameters<typeof checkBytes>[0],
): Promise<BytesFault | undefined> {
  const check = checkBytes(object);
  for await (const chunk of stream) check.push(chunk);
  return check.end();
}

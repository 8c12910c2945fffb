/**
 * Whole data sets of messages (PS3.7 6.3.2), which are small: bytes to a data set in memory, and
 * back.
 * @module
 */
import { ChunkQueue } from "../bytes/chunk_queue.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { UnsupportedError } from "../errors.ts";
import type { DataSet } from "./dataset.ts";
import { encodeDataSet } from "./encode.ts";
import { dataSetEncoding, GUESS_BYTES } from "./guess_encoding.ts";
import { DataSetScanner } from "./scan.ts";
import { TreeBuilder } from "./tree_builder.ts";

/** Whoever reads a message limits its length: all of its values are held. */
const HOLD_ALL = { binary: Infinity, other: Infinity };

/**
 * The data set that the bytes are, in a transfer syntax that is not deflated. A sender that writes
 * another native syntax than it said is understood.
 *
 * @throws {DecodeError} where they are no complete data set
 * @throws {LimitError} where it is beyond the limits of scan_limits.ts
 * @throws {UnsupportedError} for a deflated syntax
 */
export function readDataSet(bytes: Uint8Array, transferSyntaxUID: string): DataSet {
  const encoding = dataSetEncoding(transferSyntaxUID, bytes.subarray(0, GUESS_BYTES));
  if (encoding === undefined || encoding.deflated) {
    throw new UnsupportedError("Data sets of messages are not read in this transfer syntax");
  }
  const queue = new ChunkQueue();
  const tree = new TreeBuilder(HOLD_ALL);
  const scanner = new DataSetScanner(queue, encoding.elements, tree);
  queue.push(bytes);
  scanner.run();
  scanner.end();
  return tree.dataSet;
}

/**
 * The bytes of a data set whose values are all in memory.
 *
 * @throws {UnsupportedError} for a transfer syntax that is deflated or big endian, and for values
 *   that are elsewhere
 */
export function writeDataSet(dataSet: DataSet, transferSyntaxUID: string): Uint8Array {
  const writer = new ByteWriter();
  for (const segment of encodeDataSet(dataSet, transferSyntaxUID)) {
    if (!(segment instanceof Uint8Array)) {
      throw new UnsupportedError("A value of this data set is not in memory");
    }
    writer.bytes(segment);
  }
  return writer.take();
}

/**
 * What stands before the data set of a DICOM file (PS3.10 7.1), read from the file's first bytes.
 * @module
 */
import { ChunkQueue } from "../bytes/chunk_queue.ts";
import type { DataSet } from "./dataset.ts";
import { EXPLICIT_LITTLE } from "./element_header.ts";
import { FILE_META_GROUP, PREAMBLE_BYTES, PREFIX } from "./part10.ts";
import { DataSetScanner } from "./scan.ts";
import { TreeBuilder } from "./tree_builder.ts";

/** Preamble, prefix and File Meta Information, as far as a file has them. */
export interface FileHead {
  /** Undefined in what is a data set and nothing else. */
  readonly fileMeta: DataSet | undefined;
  /** Bytes before the data set. */
  readonly dataSetOffset: number;
}

/** Private information (0002,0102) may be long, and nobody here asks for it. */
const THRESHOLDS = { binary: 1024, other: 1024 };

/**
 * Reads the head of a file; undefined where these first bytes do not reach the data set. File Meta
 * Information without the preamble is a known fault of some writers.
 *
 * @throws {DecodeError} where the File Meta Information is none
 * @throws {LimitError} where it is beyond the limits of scan_limits.ts
 */
export function readFileHead(bytes: Uint8Array): FileHead | undefined {
  const afterPrefix = PREAMBLE_BYTES + PREFIX.length;
  if (bytes.length < afterPrefix) return undefined;
  const hasPrefix = PREFIX.every((byte, index) => bytes[PREAMBLE_BYTES + index] === byte);
  const beginsWithMeta = bytes[0] === FILE_META_GROUP && bytes[1] === 0;
  if (!hasPrefix && !beginsWithMeta) return { fileMeta: undefined, dataSetOffset: 0 };
  const start = hasPrefix ? afterPrefix : 0;
  const queue = new ChunkQueue();
  queue.push(bytes.subarray(start));
  const tree = new TreeBuilder(THRESHOLDS);
  const scanner = new DataSetScanner(queue, EXPLICIT_LITTLE, tree, { onlyGroup: FILE_META_GROUP });
  if (!scanner.run()) return undefined;
  return { fileMeta: tree.dataSet, dataSetOffset: start + queue.offset };
}

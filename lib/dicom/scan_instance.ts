/**
 * One pass over a stored object that finds out all that the archive needs to know of it.
 * @module
 */

import type { InstanceScan } from "./dataset.ts";
import { type ObjectHead, ObjectScanner } from "./object_scanner.ts";
import { type BulkThresholds, TreeBuilder } from "./tree_builder.ts";

/** Raised with every change of what a scan finds: rows of an older version are scanned again. */
export const SCANNER_VERSION = 2;

/** Scans one object that is pushed in chunks of any size. */
export interface InstanceScanner {
  /**
   * Takes the next bytes. A promise comes back only for deflated data sets; until it settles, or
   * else until the call returns, the chunk must not be changed.
   *
   * @throws {DecodeError} where they are not DICOM
   * @throws {LimitError} where they exceed what is read of one object
   */
  push(chunk: Uint8Array): void | Promise<void>;
  /**
   * Says that no more bytes come. What can be read of a damaged data set is answered with what is
   * wrong with it.
   *
   * @throws {DecodeError} where no element of a data set can be read
   */
  end(): InstanceScan | Promise<InstanceScan>;
  /**
   * Bytes before the data set. After File Meta Information it is known once the push that held
   * the data set's first byte has returned; it is 0 where there is none, which is known when 132
   * bytes have come, or the end.
   */
  readonly dataSetOffset: number | undefined;
  /** About how many bytes of memory the data set takes so far. */
  readonly heldBytes: number;
}

/** What a scan may be told. */
export interface InstanceScannerOptions {
  readonly bulkThresholds?: BulkThresholds;
}

/** Begins the scan of one object. */
export function createInstanceScanner(options: InstanceScannerOptions = {}): InstanceScanner {
  const tree = new TreeBuilder(options.bulkThresholds);
  let head: ObjectHead | undefined;
  const scanner = new ObjectScanner((found) => {
    head = found;
    return tree;
  });
  const finish = (): InstanceScan => {
    const { fileMeta, encoding, dataSetOffset } = head as ObjectHead;
    const { damage } = scanner;
    if (damage !== undefined) tree.breakOff(damage);
    if (damage !== undefined && tree.dataSet.size === 0) throw damage.error;
    return {
      fileMeta,
      transferSyntaxUID: encoding.transferSyntaxUID,
      dataSetOffset,
      length: scanner.length,
      dataSet: tree.dataSet,
      damage: damage?.error.message,
    };
  };
  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      const ending = scanner.end();
      return ending === undefined ? finish() : ending.then(finish);
    },
    get dataSetOffset() {
      return scanner.dataSetOffset;
    },
    get heldBytes() {
      return tree.heldBytes;
    },
  };
}

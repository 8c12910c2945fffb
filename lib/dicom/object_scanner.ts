/**
 * Reads a stored object from its first byte: preamble and File Meta Information (PS3.10 7.1),
 * where there are any, then the data set, inflated where it is deflated.
 * @module
 */

import { ChunkQueue } from "../bytes/chunk_queue.ts";
import { RawInflater } from "../bytes/raw_inflater.ts";
import { DecodeError } from "../errors.ts";
import type { DataSet } from "./dataset.ts";
import { EXPLICIT_LITTLE } from "./element_header.ts";
import { type DataSetEncoding, dataSetEncoding, GUESS_BYTES } from "./guess_encoding.ts";
import {
  FILE_META_GROUP,
  fileMetaText,
  PREAMBLE_BYTES,
  PREFIX,
  TRANSFER_SYNTAX_UID,
} from "./part10.ts";
import { DataSetScanner } from "./scan.ts";
import type { ScanHandler } from "./scan_handler.ts";
import { TreeBuilder } from "./tree_builder.ts";
import { IMPLICIT_VR_LITTLE_ENDIAN } from "./uids.ts";

/** Most bytes of an inflated data set: no element, pixel data included, has a longer value. */
export const INFLATED_BYTES = 4 * 1024 * 1024 * 1024;

/** What stands before the data set. */
export interface ObjectHead {
  readonly fileMeta: DataSet | undefined;
  readonly encoding: DataSetEncoding;
  /** Bytes before the data set. */
  readonly dataSetOffset: number;
}

/**
 * Where a data set can be read no further: it ends too early, or what follows is none. What was
 * reported until then stands; the rest of the object is passed over.
 */
export interface Damage {
  readonly error: DecodeError;
  /** The value that began last is not complete. */
  readonly insideValue: boolean;
}

/** Private information (0002,0102) is held with the rest: a new header takes it over. */
const FILE_META_THRESHOLDS = { binary: 64 * 1024, other: 64 * 1024 };

type Phase =
  | { readonly kind: "prefix" }
  | { readonly kind: "meta"; readonly scanner: DataSetScanner; readonly tree: TreeBuilder }
  | { readonly kind: "first"; readonly fileMeta: DataSet | undefined; readonly offset: number }
  | { readonly kind: "native"; readonly scanner: DataSetScanner }
  | {
    readonly kind: "deflated";
    readonly scanner: DataSetScanner;
    readonly inflater: RawInflater;
  };

/** Scans one object. A chunk may be reused once its push has returned and its promise settled. */
export class ObjectScanner {
  readonly #queue = new ChunkQueue();
  readonly #begin: (head: ObjectHead) => ScanHandler;
  #phase: Phase = { kind: "prefix" };
  #dataSetOffset: number | undefined;
  #length = 0;
  #damage: Damage | undefined;

  /** @param begin is told what stands before the data set, and answers who takes its elements */
  constructor(begin: (head: ObjectHead) => ScanHandler) {
    this.#begin = begin;
  }

  /** As in InstanceScanner of scan_instance.ts. */
  get dataSetOffset(): number | undefined {
    return this.#dataSetOffset;
  }

  /** Bytes pushed so far. */
  get length(): number {
    return this.#length;
  }

  /** Undefined as long as the data set is sound. */
  get damage(): Damage | undefined {
    return this.#damage;
  }

  /**
   * Takes the next bytes; a promise only where they have to be inflated.
   *
   * @throws {DecodeError} where there is no data set, or it cannot be inflated
   * @throws {LimitError} where they exceed what this server reads
   */
  push(chunk: Uint8Array): void | Promise<void> {
    this.#length += chunk.length;
    this.#queue.push(chunk);
    return this.#run(false);
  }

  /**
   * Says that no more bytes come.
   *
   * @throws {DecodeError} where the object ends before its data set, or is no DICOM at all
   */
  end(): void | Promise<void> {
    const inflating = this.#run(true);
    const phase = this.#phase;
    switch (phase.kind) {
      case "native":
        return this.#read(phase.scanner, () => phase.scanner.end());
      case "deflated":
        return this.#endDeflated(inflating, phase.inflater, phase.scanner);
      case "prefix":
      case "meta":
      case "first":
        throw new DecodeError("The object is cut off before its data set", {
          offset: this.#length,
        });
    }
  }

  /** Goes on until bytes are wanting: with `last`, what there is has to do. */
  #run(last: boolean): void | Promise<void> {
    for (;;) {
      const phase = this.#phase;
      switch (phase.kind) {
        case "prefix":
          if (!this.#queue.has(PREAMBLE_BYTES + PREFIX.length) && !last) return;
          this.#phase = this.#readPrefix();
          break;
        case "meta":
          if (!phase.scanner.run()) {
            if (!last) return;
            phase.scanner.end();
          }
          this.#phase = {
            kind: "first",
            fileMeta: phase.tree.dataSet,
            offset: this.#queue.offset,
          };
          this.#dataSetOffset = this.#queue.offset;
          break;
        case "first":
          if (!this.#queue.has(last ? 1 : GUESS_BYTES)) return;
          this.#phase = this.#beginDataSet(phase.fileMeta, phase.offset);
          break;
        case "native":
          this.#scan(phase.scanner, this.#queue);
          return;
        case "deflated":
          return this.#inflate(phase.inflater);
      }
    }
  }

  #readPrefix(): Phase {
    const queue = this.#queue;
    if (queue.contiguous === 0) throw new DecodeError("The object is empty", { offset: 0 });
    const hasPrefix = queue.contiguous >= PREAMBLE_BYTES + PREFIX.length &&
      PREFIX.every((byte, index) => queue.u8(PREAMBLE_BYTES + index) === byte);
    if (hasPrefix) queue.skip(PREAMBLE_BYTES + PREFIX.length);
    // File Meta Information without the preamble is a known fault of some writers.
    if (hasPrefix || (queue.has(2) && queue.u16(0, true) === FILE_META_GROUP)) {
      const tree = new TreeBuilder(FILE_META_THRESHOLDS);
      const options = { onlyGroup: FILE_META_GROUP };
      return {
        kind: "meta",
        tree,
        scanner: new DataSetScanner(queue, EXPLICIT_LITTLE, tree, options),
      };
    }
    this.#dataSetOffset = 0;
    return { kind: "first", fileMeta: undefined, offset: 0 };
  }

  #beginDataSet(fileMeta: DataSet | undefined, dataSetOffset: number): Phase {
    const queue = this.#queue;
    const size = queue.has(GUESS_BYTES) ? GUESS_BYTES : queue.contiguous;
    const first = Uint8Array.from({ length: size }, (_, index) => queue.u8(index));
    // File Meta Information that forgets the syntax leaves DICOM's default, if the bytes are mute.
    const encoding = dataSetEncoding(fileMetaText(fileMeta, TRANSFER_SYNTAX_UID), first) ??
      (fileMeta && dataSetEncoding(IMPLICIT_VR_LITTLE_ENDIAN, first));
    if (encoding === undefined) {
      throw new DecodeError("Neither a Part 10 file nor a data set in a known encoding", {
        offset: dataSetOffset,
      });
    }
    const handler = this.#begin({ fileMeta, encoding, dataSetOffset });
    if (!encoding.deflated) {
      return { kind: "native", scanner: new DataSetScanner(queue, encoding.elements, handler) };
    }
    const inflated = new ChunkQueue();
    const scanner = new DataSetScanner(inflated, encoding.elements, handler);
    const inflater = new RawInflater((bytes) => {
      inflated.push(bytes);
      this.#scan(scanner, inflated);
    }, { name: "INFLATED_BYTES", bytes: INFLATED_BYTES });
    return { kind: "deflated", scanner, inflater };
  }

  #scan(scanner: DataSetScanner, queue: ChunkQueue): void {
    if (this.#damage === undefined) this.#read(scanner, () => scanner.run());
    if (this.#damage !== undefined) queue.skip(Number.MAX_SAFE_INTEGER);
  }

  /** Keeps what ends the reading of the data set; the first such error is the one that counts. */
  #read(scanner: DataSetScanner, step: () => void): void {
    if (this.#damage !== undefined) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#damage = { error, insideValue: scanner.insideValue };
    }
  }

  async #inflate(inflater: RawInflater): Promise<void> {
    for (;;) {
      const bytes = this.#queue.takeSome(Infinity);
      if (bytes.length === 0) return;
      await inflater.write(bytes);
    }
  }

  async #endDeflated(
    inflating: void | Promise<void>,
    inflater: RawInflater,
    scanner: DataSetScanner,
  ): Promise<void> {
    await inflating;
    // What can be inflated has been: this fails where the stream is not complete.
    const [ended] = await Promise.allSettled([inflater.end()]);
    this.#read(scanner, () => scanner.end());
    if (ended.status === "fulfilled") return;
    if (!(ended.reason instanceof DecodeError)) throw ended.reason;
    this.#damage ??= { error: ended.reason, insideValue: false };
  }
}

/**
 * A push parser of data sets (PS3.5 7): it takes what bytes there are and reports elements as they
 * become complete, so that memory does not depend on the size of the object. It reads every
 * native encoding and forgives what common writers get wrong without changing the meaning.
 * @module
 */

import type { ChunkQueue } from "../bytes/chunk_queue.ts";
import { DecodeError, LimitError } from "../errors.ts";
import { formatTag } from "./dictionary.ts";
import {
  type ElementEncoding,
  type ElementHeader,
  ITEM,
  ITEM_DELIMITATION,
  peekHeader,
  PIXEL_DATA,
  SEQUENCE_DELIMITATION,
  tagAt,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import type { ScanHandler } from "./scan_handler.ts";
import { layoutOf, swapWords, type WordBytes } from "./value_layout.ts";

/** Bytes of headers and held values in one data set: far more than any real one has. */
export const HEADER_BYTES = 64 * 1024 * 1024;
/** Sequences within sequences: real objects stay below 10, and stacks of readers are finite. */
export const SEQUENCE_DEPTH = 64;
/** Elements and items of one data set: 100,000 frames with 20 attributes each; bounds the objects made. */
export const ELEMENTS = 2_000_000;
/** Fragments of one pixel data element: each costs its reader 16 bytes. */
export const FRAGMENTS = 4_000_000;

const PIXEL_REPRESENTATION = 0x00280103;
const DELIMITER_BYTES = 8;
const NOTHING_YET = new Uint8Array(0);

interface Level {
  readonly kind: "dataSet" | "sequence" | "item" | "fragments";
  /** Offset of the first byte after it, or after what holds it; Infinity where none is known. */
  readonly end: number;
  /** Of undefined length: a delimiter ends it. */
  readonly delimited: boolean;
  readonly encoding: ElementEncoding;
  pixelRepresentation: number | undefined;
  /** Of fragments: how many items have begun. */
  fragments: number;
}

/** A value of which bytes are yet to come. */
interface PendingValue {
  readonly tag: number;
  readonly treatment: "hold" | "stream" | "skip";
  left: number;
  /** Bytes of the words to reverse. */
  readonly swapWidth: WordBytes;
}

/** What a scan may be told. */
export interface ScanOptions {
  /** Scan elements of this one group only and stop before the first of another. */
  readonly onlyGroup?: number;
}

/** Reads one data set from a queue that somebody else fills. */
export class DataSetScanner {
  readonly #queue: ChunkQueue;
  readonly #handler: ScanHandler;
  readonly #onlyGroup: number | undefined;
  readonly #levels: Level[] = [];
  #level: Level;
  #pending: PendingValue | undefined;
  #trailing = false;
  #elements = 0;
  #headerBytes = 0;

  constructor(
    queue: ChunkQueue,
    encoding: ElementEncoding,
    handler: ScanHandler,
    options: ScanOptions = {},
  ) {
    this.#queue = queue;
    this.#handler = handler;
    this.#onlyGroup = options.onlyGroup;
    this.#level = {
      kind: "dataSet",
      end: Infinity,
      delimited: false,
      encoding,
      pixelRepresentation: undefined,
      fragments: 0,
    };
  }

  /**
   * Reads as far as the queue's bytes go. True where an element of another group than the one
   * asked for comes next, false where more bytes are needed.
   *
   * @throws {DecodeError} where the bytes are no data set
   * @throws {LimitError} where it is larger or deeper than {@linkcode HEADER_BYTES} and the others allow
   */
  run(): boolean {
    for (;;) {
      if (this.#pending !== undefined) {
        if (!this.#passValue(this.#pending)) return false;
        continue;
      }
      const level = this.#level;
      if (this.#queue.offset >= level.end) {
        this.#close();
        continue;
      }
      switch (level.kind) {
        case "dataSet":
          if (this.#trailing) {
            this.#passTrailingZeros();
            return false;
          }
          if (this.#onlyGroup !== undefined) {
            // One byte decides, so that nothing of what follows has to be kept from its reader.
            if (!this.#queue.has(1)) return false;
            if (this.#queue.u8(0) !== (this.#onlyGroup & 0xff)) return true;
          }
          if (!this.#readElement(level)) return false;
          break;
        case "item":
          if (!this.#readElement(level)) return false;
          break;
        case "sequence":
          if (!this.#readItem(level)) return false;
          break;
        case "fragments":
          if (!this.#readFragment(level)) return false;
          break;
      }
    }
  }

  /**
   * Says that no more bytes come; call {@linkcode run} before.
   *
   * @throws {DecodeError} where the data set is not complete
   */
  end(): void {
    while (this.#levels.length > 0 && this.#queue.offset >= this.#level.end) this.#close();
    const rest = this.#queue.contiguous;
    const isPadding = this.#leadingZeros() === rest;
    if (this.#pending === undefined && this.#levels.length === 0 && isPadding) return;
    const where = this.#pending === undefined ? "" : ` inside ${formatTag(this.#pending.tag)}`;
    throw new DecodeError(`The data set is cut off${where}`, {
      offset: this.#queue.offset + rest,
    });
  }

  #readElement(level: Level): boolean {
    const queue = this.#queue;
    const header = peekHeader(queue, level.encoding, level.pixelRepresentation);
    if (header === undefined) return false;
    const { tag, vr, length, size } = header;
    if (tag >>> 16 === 0xfffe) {
      this.#readDelimiter(level, tag);
      return true;
    }
    if (tag === 0 && length === 0 && level.kind === "dataSet" && this.#elements > 0) {
      this.#trailing = true;
      return true;
    }
    if (tag === PIXEL_REPRESENTATION && length === 2) {
      if (!queue.has(size + 2)) return false;
      level.pixelRepresentation = queue.u16(size, level.encoding.littleEndian);
    }
    this.#count(size);
    const offset = queue.offset + size;
    if (length !== UNDEFINED_LENGTH && offset + length > level.end) {
      throw new DecodeError(`Element ${formatTag(tag)} is longer than the item that holds it`, {
        offset: queue.offset,
      });
    }
    queue.skip(size);
    if (vr === "SQ") {
      this.#open("sequence", length, header.inner);
      this.#handler.beginSequence(tag);
    } else if (length === UNDEFINED_LENGTH) {
      this.#open("fragments", length, level.encoding);
      this.#handler.beginFragments(tag, vr === "OB" || vr === "OW" ? vr : "UN");
    } else {
      this.#begin(header, this.#handler.beginValue(tag, vr, length, offset));
    }
    return true;
  }

  #begin(header: ElementHeader, treatment: PendingValue["treatment"]): void {
    if (treatment === "hold") this.#countBytes(header.length);
    const { littleEndian } = this.#level.encoding;
    this.#pending = {
      tag: header.tag,
      treatment,
      left: header.length,
      swapWidth: littleEndian ? 1 : layoutOf(header.vr).wordBytes,
    };
  }

  /** A delimiter where an element was due: the end of the item, or one that ends nothing. */
  #readDelimiter(level: Level, tag: number): void {
    const delimited = level.kind === "item" && level.delimited;
    if (tag === ITEM_DELIMITATION) {
      // Its length shall be 0; writers that put another there do not put bytes behind it.
      this.#queue.skip(DELIMITER_BYTES);
      if (delimited) this.#close();
    } else if (delimited && (tag === ITEM || tag === SEQUENCE_DELIMITATION)) {
      // The item's own delimiter is missing: what comes next is for the sequence to read.
      this.#close();
    } else if (tag === SEQUENCE_DELIMITATION) {
      this.#queue.skip(DELIMITER_BYTES);
    } else {
      throw new DecodeError(`Delimiter ${formatTag(tag)} outside a sequence`, {
        offset: this.#queue.offset,
      });
    }
  }

  #readItem(level: Level): boolean {
    const queue = this.#queue;
    if (!queue.has(DELIMITER_BYTES)) return false;
    const { littleEndian } = level.encoding;
    const tag = tagAt(queue, 0, littleEndian);
    switch (tag) {
      case ITEM: {
        const length = queue.u32(4, littleEndian);
        this.#count(DELIMITER_BYTES);
        queue.skip(DELIMITER_BYTES);
        this.#open("item", length, level.encoding);
        this.#handler.beginItem();
        return true;
      }
      case SEQUENCE_DELIMITATION:
        queue.skip(DELIMITER_BYTES);
        if (level.delimited) this.#close();
        return true;
      case ITEM_DELIMITATION:
        queue.skip(DELIMITER_BYTES);
        return true;
      default:
        throw new DecodeError(`Element ${formatTag(tag)} where an item was due`, {
          offset: queue.offset,
        });
    }
  }

  #readFragment(level: Level): boolean {
    const queue = this.#queue;
    if (!queue.has(DELIMITER_BYTES)) return false;
    const { littleEndian } = level.encoding;
    const tag = tagAt(queue, 0, littleEndian);
    const length = queue.u32(4, littleEndian);
    if (tag === SEQUENCE_DELIMITATION) {
      queue.skip(DELIMITER_BYTES);
      this.#close();
      return true;
    }
    if (tag !== ITEM || length === UNDEFINED_LENGTH) {
      throw new DecodeError(`Element ${formatTag(tag)} where a fragment was due`, {
        offset: queue.offset,
      });
    }
    if (level.fragments > FRAGMENTS) {
      throw new LimitError("FRAGMENTS", FRAGMENTS, "The number of pixel data fragments");
    }
    if (queue.offset + DELIMITER_BYTES + length > level.end) {
      throw new DecodeError("A fragment is longer than the item that holds it", {
        offset: queue.offset,
      });
    }
    queue.skip(DELIMITER_BYTES);
    const treatment = this.#handler.beginFragment(level.fragments++, length, queue.offset);
    if (treatment === "hold") this.#countBytes(length);
    this.#pending = { tag: PIXEL_DATA, treatment, left: length, swapWidth: 1 };
    return true;
  }

  /** Passes on what has arrived of the value; true where that was the last of it. */
  #passValue(pending: PendingValue): boolean {
    const queue = this.#queue;
    switch (pending.treatment) {
      case "hold": {
        if (!queue.has(pending.left)) return false;
        const bytes = queue.take(pending.left);
        this.#pending = undefined;
        this.#handler.value(inLittleEndian(bytes, pending.swapWidth));
        return true;
      }
      case "skip":
        pending.left -= queue.skip(pending.left);
        break;
      case "stream":
        while (pending.left > 0) {
          const bytes = this.#nextPart(pending);
          if (bytes.length === 0) return false;
          pending.left -= bytes.length;
          this.#handler.part(inLittleEndian(bytes, pending.swapWidth));
        }
        break;
    }
    if (pending.left > 0) return false;
    this.#pending = undefined;
    if (pending.treatment === "stream") this.#handler.endParts();
    return true;
  }

  /** What lies in one piece, cut to whole words where they will be swapped; empty for want of bytes. */
  #nextPart({ left, swapWidth }: PendingValue): Uint8Array {
    const queue = this.#queue;
    if (swapWidth === 1 || left < swapWidth) return queue.takeSome(left);
    if (!queue.has(swapWidth)) return NOTHING_YET;
    const most = Math.min(left, queue.contiguous);
    return queue.takeSome(most - most % swapWidth);
  }

  #passTrailingZeros(): void {
    const queue = this.#queue;
    while (queue.has(1)) {
      const zeros = this.#leadingZeros();
      queue.skip(zeros);
      if (queue.contiguous > 0) {
        throw new DecodeError("Bytes after the data set", { offset: queue.offset });
      }
    }
  }

  /** How many of the bytes in one piece at the cursor are zero before the first that is not. */
  #leadingZeros(): number {
    const count = this.#queue.contiguous;
    for (let index = 0; index < count; index++) if (this.#queue.u8(index) !== 0) return index;
    return count;
  }

  #open(kind: "sequence" | "item" | "fragments", length: number, encoding: ElementEncoding): void {
    const parent = this.#level;
    const delimited = length === UNDEFINED_LENGTH;
    const end = delimited ? parent.end : this.#queue.offset + length;
    if (end > parent.end) {
      throw new DecodeError("An item is longer than the sequence that holds it", {
        offset: this.#queue.offset,
      });
    }
    // Levels alternate between sequence and item.
    if (this.#levels.length >= 2 * SEQUENCE_DEPTH) {
      throw new LimitError("SEQUENCE_DEPTH", SEQUENCE_DEPTH, "The nesting of sequences");
    }
    this.#levels.push(parent);
    const { pixelRepresentation } = parent;
    this.#level = { kind, end, delimited, encoding, pixelRepresentation, fragments: 0 };
  }

  #close(): void {
    const { kind } = this.#level;
    this.#level = this.#levels.pop() as Level;
    if (kind === "item") this.#handler.endItem();
    else if (kind === "sequence") this.#handler.endSequence();
    else this.#handler.endFragments();
  }

  #count(headerBytes: number): void {
    if (++this.#elements > ELEMENTS) {
      throw new LimitError("ELEMENTS", ELEMENTS, "The number of elements");
    }
    this.#countBytes(headerBytes);
  }

  #countBytes(bytes: number): void {
    this.#headerBytes += bytes;
    if (this.#headerBytes > HEADER_BYTES) {
      throw new LimitError("HEADER_BYTES", HEADER_BYTES, "The header of the data set");
    }
  }
}

function inLittleEndian(bytes: Uint8Array, swapWidth: WordBytes): Uint8Array {
  return swapWidth === 1 ? bytes : swapWords(bytes, swapWidth);
}

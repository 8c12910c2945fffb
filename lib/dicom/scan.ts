/**
 * A push parser of data sets (PS3.5 7): it takes what bytes there are and reports elements as they
 * become complete, so that memory does not depend on the size of the object. It reads every
 * native encoding and forgives what common writers get wrong without changing the meaning.
 * @module
 */

import type { ChunkQueue } from "../bytes/chunk_queue.ts";
import { DecodeError } from "../errors.ts";
import type { Tag } from "./dataset.ts";
import { formatTag } from "./dictionary.ts";
import {
  type ElementEncoding,
  ITEM,
  ITEM_DELIMITATION,
  peekHeader,
  SEQUENCE_DELIMITATION,
  tagAt,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import type { ScanHandler } from "./scan_handler.ts";
import { ScanBudget } from "./scan_limits.ts";
import { PendingValue } from "./scan_value.ts";
import { layoutOf } from "./value_layout.ts";

export { ELEMENTS, FRAGMENTS, HEADER_BYTES, SEQUENCE_DEPTH } from "./scan_limits.ts";

const PIXEL_REPRESENTATION = 0x00280103;
const DELIMITER_BYTES = 8;

interface Level {
  readonly kind: "dataSet" | "sequence" | "item" | "fragments";
  /** The element that it is, or is an item of; 0 for the data set. */
  readonly tag: Tag;
  /** Offset of the first byte after it, or after what holds it; Infinity where none is known. */
  readonly end: number;
  /** Of undefined length: a delimiter ends it. */
  readonly delimited: boolean;
  readonly encoding: ElementEncoding;
  pixelRepresentation: number | undefined;
  /** Of fragments: how many items have begun. */
  fragments: number;
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
  readonly #value: PendingValue;
  readonly #budget = new ScanBudget();
  #trailing = false;

  constructor(
    queue: ChunkQueue,
    encoding: ElementEncoding,
    handler: ScanHandler,
    options: ScanOptions = {},
  ) {
    this.#queue = queue;
    this.#handler = handler;
    this.#value = new PendingValue(queue, handler);
    this.#onlyGroup = options.onlyGroup;
    this.#level = {
      kind: "dataSet",
      tag: 0,
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
   * @throws {LimitError} where it is beyond the limits of scan_limits.ts
   */
  run(): boolean {
    for (;;) {
      if (!this.#value.pass()) return false;
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
    const queue = this.#queue;
    while (this.#levels.length > 0 && queue.offset >= this.#level.end) this.#close();
    const rest = queue.contiguous;
    if (this.#value.tag !== undefined) {
      const missing = this.#value.left - rest;
      const bytes = missing === 1 ? "1 byte" : `${missing} bytes`;
      throw this.#cutOff(`${bytes} before the end of ${named(this.#value.tag)}`);
    }
    if (this.#levels.length > 0) throw this.#cutOff(`before the end of ${named(this.#level.tag)}`);
    if (this.#leadingZeros() < rest) throw this.#cutOff("inside the header of an element");
  }

  /** True where the value that began last is not complete. */
  get insideValue(): boolean {
    return this.#value.tag !== undefined;
  }

  #cutOff(where: string): DecodeError {
    return new DecodeError(`The object ends ${where}`, {
      offset: this.#queue.offset + this.#queue.contiguous,
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
    if (tag === 0 && length === 0 && level.kind === "dataSet" && this.#budget.elements > 0) {
      this.#trailing = true;
      return true;
    }
    if (tag === PIXEL_REPRESENTATION && length === 2) {
      if (!queue.has(size + 2)) return false;
      level.pixelRepresentation = queue.u16(size, level.encoding.littleEndian);
    }
    this.#budget.spendElement(size);
    const offset = queue.offset + size;
    if (length !== UNDEFINED_LENGTH && offset + length > level.end) {
      throw new DecodeError(`Element ${named(tag)} is longer than the item that holds it`, {
        offset: queue.offset,
      });
    }
    queue.skip(size);
    if (vr === "SQ") {
      this.#open("sequence", tag, length, header.inner);
      this.#handler.beginSequence(tag);
    } else if (length === UNDEFINED_LENGTH) {
      this.#open("fragments", tag, length, level.encoding);
      this.#handler.beginFragments(tag, vr === "OB" || vr === "OW" ? vr : "UN");
    } else {
      const treatment = this.#handler.beginValue(tag, vr, length, offset);
      if (treatment === "hold") this.#budget.spendBytes(length);
      const { littleEndian } = level.encoding;
      this.#value.begin(tag, length, treatment, littleEndian ? 1 : layoutOf(vr).wordBytes);
    }
    return true;
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
      throw new DecodeError(`Delimiter ${named(tag)} outside a sequence`, {
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
        this.#budget.spendElement(DELIMITER_BYTES);
        queue.skip(DELIMITER_BYTES);
        this.#open("item", level.tag, length, level.encoding);
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
        throw new DecodeError(`Element ${named(tag)} where an item was due`, {
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
      throw new DecodeError(`Element ${named(tag)} where a fragment was due`, {
        offset: queue.offset,
      });
    }
    this.#budget.checkFragment(level.fragments);
    if (queue.offset + DELIMITER_BYTES + length > level.end) {
      throw new DecodeError("A fragment is longer than the item that holds it", {
        offset: queue.offset,
      });
    }
    queue.skip(DELIMITER_BYTES);
    const treatment = this.#handler.beginFragment(level.fragments++, length, queue.offset);
    if (treatment === "hold") this.#budget.spendBytes(length);
    this.#value.begin(level.tag, length, treatment, 1);
    return true;
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

  #open(
    kind: "sequence" | "item" | "fragments",
    tag: Tag,
    length: number,
    encoding: ElementEncoding,
  ): void {
    const parent = this.#level;
    const delimited = length === UNDEFINED_LENGTH;
    const end = delimited ? parent.end : this.#queue.offset + length;
    if (end > parent.end) {
      throw new DecodeError("An item is longer than the sequence that holds it", {
        offset: this.#queue.offset,
      });
    }
    // Items lie between sequences: every other level is one.
    if (kind === "sequence") this.#budget.checkDepth(this.#levels.length / 2 + 1);
    this.#levels.push(parent);
    const { pixelRepresentation } = parent;
    this.#level = { kind, tag, end, delimited, encoding, pixelRepresentation, fragments: 0 };
  }

  #close(): void {
    const { kind } = this.#level;
    this.#level = this.#levels.pop() as Level;
    if (kind === "item") this.#handler.endItem();
    else if (kind === "sequence") this.#handler.endSequence();
    else this.#handler.endFragments();
  }
}

/** A tag as the standard writes it: (7FE0,0010). */
function named(tag: Tag): string {
  const digits = formatTag(tag);
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}

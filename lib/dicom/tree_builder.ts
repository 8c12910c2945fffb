/**
 * Makes a data set in memory out of what a scan reports, leaving what is large where it lies.
 * @module
 */

import type { BulkElement, DataSet, Element, FragmentsElement, Tag, VR } from "./dataset.ts";
import { PIXEL_DATA } from "./element_header.ts";
import { ELEMENT_BYTES } from "./scan_limits.ts";
import type { ScanHandler, Treatment } from "./scan_handler.ts";
import { VR_TRAITS } from "./vr.ts";

/** Bytes up to which a value is held in memory. */
export interface BulkThresholds {
  /** OB, OD, OF, OL, OV, OW and UN: what metadata has no use for unless it is small. */
  readonly binary: number;
  /** All others: text and numbers that clients expect to find in metadata. */
  readonly other: number;
}

/** The thresholds that the archive works with. */
export const BULK_THRESHOLDS: BulkThresholds = { binary: 1024, other: 64 * 1024 };

/** Float Pixel Data (7FE0,0008): it, Double Float Pixel Data and Pixel Data are never held. */
const FLOAT_PIXEL_DATA = 0x7fe00008;
/** Bytes kept of each fragment: markers of a frame's start are as long. */
const BEGINNING_BYTES = 2;
/** Held values are copied together into blocks of this size. */
const BLOCK_BYTES = 4096;

function isPixelData(tag: Tag): boolean {
  return tag >= FLOAT_PIXEL_DATA && tag <= PIXEL_DATA;
}

/** Builds one data set; where a tag repeats, which PS3.5 7.1 forbids, its first element stays. */
export class TreeBuilder implements ScanHandler {
  readonly #thresholds: BulkThresholds;
  readonly #root = new Map<Tag, Element>();
  readonly #outer: { dataSet: Map<Tag, Element>; tag: Tag; items: DataSet[] }[] = [];
  #dataSet = this.#root;
  #tag: Tag = 0;
  #vr: VR = "UN";
  /** The value that began last, if it is one. */
  #bulk: BulkElement | undefined;
  #fragments: OpenFragments | undefined;
  #block = new Uint8Array(0);
  #used = 0;
  #heldBytes = 0;

  constructor(thresholds: BulkThresholds = BULK_THRESHOLDS) {
    this.#thresholds = thresholds;
  }

  /** The elements so far. */
  get dataSet(): DataSet {
    return this.#root;
  }

  /** About how many bytes of memory the data set takes so far. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  beginValue(tag: Tag, vr: VR, length: number, offset: number): Treatment {
    this.#bulk = undefined;
    if (length <= this.#mostHeld(tag, vr)) {
      this.#tag = tag;
      this.#vr = vr;
      return "hold";
    }
    this.#bulk = { kind: "bulk", tag, vr, place: { offset, length } };
    this.#add(this.#bulk);
    return "skip";
  }

  value(bytes: Uint8Array): void {
    const copy = this.#keep(bytes);
    if (this.#fragments === undefined) {
      this.#add({ kind: "value", tag: this.#tag, vr: this.#vr, bytes: copy });
    } else {
      this.#fragments.basicOffsetTable = copy;
    }
  }

  part(bytes: Uint8Array): void {
    const open = this.#fragments;
    if (open === undefined) return;
    for (let i = 0; i < bytes.length && open.seen < BEGINNING_BYTES; i++) {
      open.beginnings[open.used - BEGINNING_BYTES + open.seen++] = bytes[i]!;
    }
  }

  endParts(): void {}

  beginSequence(tag: Tag): void {
    this.#outer.push({ dataSet: this.#dataSet, tag, items: [] });
  }

  beginItem(): void {
    this.#heldBytes += ELEMENT_BYTES;
    this.#dataSet = new Map();
    this.#outer.at(-1)?.items.push(this.#dataSet);
  }

  endItem(): void {}

  endSequence(): void {
    const ended = this.#outer.pop();
    if (ended === undefined) return;
    this.#dataSet = ended.dataSet;
    this.#add({ kind: "sequence", tag: ended.tag, vr: "SQ", items: ended.items });
  }

  beginFragments(tag: Tag, vr: FragmentsElement["vr"]): void {
    this.#bulk = undefined;
    this.#fragments = {
      tag,
      vr,
      basicOffsetTable: new Uint8Array(0),
      places: new Float64Array(8),
      beginnings: new Uint8Array(8),
      used: 0,
      seen: 0,
    };
  }

  beginFragment(number: number, length: number, offset: number): Treatment {
    const open = this.#fragments;
    if (number === 0 || open === undefined) return "hold";
    if (open.used === open.places.length) {
      const larger = new Float64Array(open.used * 2);
      larger.set(open.places);
      open.places = larger;
      const more = new Uint8Array(open.used * 2);
      more.set(open.beginnings);
      open.beginnings = more;
    }
    open.places[open.used++] = offset;
    open.places[open.used++] = length;
    open.seen = 0;
    return "stream";
  }

  endFragments(): void {
    const open = this.#fragments;
    if (open === undefined) return;
    this.#fragments = undefined;
    const { tag, vr, basicOffsetTable } = open;
    const fragments = open.places.slice(0, open.used);
    const beginnings = open.beginnings.slice(0, open.used);
    this.#add({ kind: "fragments", tag, vr, basicOffsetTable, fragments, beginnings });
  }

  /**
   * Ends a data set that cannot be read further: open sequences are closed as they are, and a value
   * that is not complete is left out unless it is native pixel data, whose first frames are there.
   */
  breakOff({ insideValue }: { readonly insideValue: boolean }): void {
    const bulk = this.#bulk;
    if (insideValue && bulk !== undefined && !isPixelData(bulk.tag)) this.#remove(bulk);
    this.#fragments = undefined;
    while (this.#outer.length > 0) this.endSequence();
  }

  #remove(element: Element): void {
    if (this.#dataSet.get(element.tag) === element) this.#dataSet.delete(element.tag);
  }

  #add(element: Element): void {
    this.#heldBytes += ELEMENT_BYTES;
    if (!this.#dataSet.has(element.tag)) this.#dataSet.set(element.tag, element);
  }

  #mostHeld(tag: Tag, vr: VR): number {
    if (isPixelData(tag)) return 0;
    return VR_TRAITS[vr].kind === "bytes" ? this.#thresholds.binary : this.#thresholds.other;
  }

  /** Copies, so that a few small values do not keep the chunks alive that they came in. */
  #keep(bytes: Uint8Array): Uint8Array {
    this.#heldBytes += bytes.length;
    if (this.#used + bytes.length > this.#block.length) {
      if (bytes.length > BLOCK_BYTES / 4) return bytes.slice();
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }
}

interface OpenFragments {
  readonly tag: Tag;
  readonly vr: FragmentsElement["vr"];
  basicOffsetTable: Uint8Array;
  places: Float64Array;
  beginnings: Uint8Array;
  /** Numbers in `places`; as many bytes in `beginnings`, since each fragment has two of both. */
  used: number;
  /** Bytes of the last fragment's beginning that have come. */
  seen: number;
}

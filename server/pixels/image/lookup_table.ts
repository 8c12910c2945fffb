/**
 * Look-up tables of a data set: descriptor, data, and data in segments (PS3.3 C.7.9, C.11.1.1).
 * @module
 */
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { numbers } from "../../../lib/dicom/values.ts";
import type { LookupTable } from "./description.ts";

/** Entries that a table can have: its descriptor counts them in 16 bits, 0 meaning this many. */
const ENTRIES_MAX = 65536;

/** Where a table lies in a data set, and how its descriptor is to be read. */
export interface TableTags {
  readonly descriptor: Tag;
  readonly data: Tag;
  readonly segmented?: Tag;
  /** True where the first input mapped may be below 0 although its VR does not say so. */
  readonly signed: boolean;
}

/** The table of a data set or item; undefined where it has none that can be used. */
export function readTable(dataSet: DataSet, tags: TableTags): LookupTable | undefined {
  const [count, first, bits] = numbers(dataSet, tags.descriptor);
  if (count === undefined || first === undefined) return undefined;
  const entries = (count & 0xffff) || ENTRIES_MAX;
  const words = segmentedWords(dataSet, tags.segmented, entries, bits ?? 16) ??
    tableWords(dataSet, tags.data, entries);
  if (words === undefined || words.length === 0) return undefined;
  const isSigned = tags.signed || dataSet.get(tags.descriptor)?.vr === "SS";
  return {
    first: isSigned ? (first << 16) >> 16 : first & 0xffff,
    values: words,
    bits: bitsOf(words, bits ?? 16),
  };
}

/** The value of an input. */
export function lookUp({ first, values }: LookupTable, input: number): number {
  const index = Math.round(input) - first;
  return values[index < 0 ? 0 : index >= values.length ? values.length - 1 : index] ?? 0;
}

/** The value of an input as a part of the largest. */
export function lookUpUnit(table: LookupTable, input: number): number {
  return lookUp(table, input) / (2 ** table.bits - 1);
}

/** Bits of the values: the descriptor's, unless that is no width of a table or values are larger. */
function bitsOf(words: Uint16Array, said: number): number {
  const largest = words.reduce((most, word) => Math.max(most, word), 0);
  const needed = 32 - Math.clz32(largest);
  return Math.max(needed, said >= 8 && said <= 16 ? said : 16, 1);
}

function bytesAt(dataSet: DataSet, tag: Tag | undefined): Uint8Array | undefined {
  const element = tag === undefined ? undefined : dataSet.get(tag);
  return element?.kind === "value" && element.bytes.length > 0 ? element.bytes : undefined;
}

/** Values of 16 bits; of 8 where the data are too short for that. */
function tableWords(
  dataSet: DataSet,
  tag: Tag,
  entries: number,
): Uint16Array<ArrayBuffer> | undefined {
  const bytes = bytesAt(dataSet, tag);
  if (bytes === undefined) return undefined;
  if (bytes.length < entries * 2 && bytes.length >= entries) {
    return Uint16Array.from(bytes.subarray(0, entries));
  }
  return wordsOf(bytes, entries);
}

function wordsOf(bytes: Uint8Array, most: number): Uint16Array<ArrayBuffer> {
  const count = Math.min(most, bytes.length >> 1);
  const words = new Uint16Array(count);
  for (let i = 0; i < count; i++) words[i] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
  return words;
}

/** Kinds of segments (PS3.3 C.7.9.2). */
const DISCRETE = 0;
const LINEAR = 1;
const INDIRECT = 2;

/**
 * The table that segments describe; undefined where there are none. Segments that are no segments
 * end it, and what is missing repeats the last value.
 */
function segmentedWords(
  dataSet: DataSet,
  tag: Tag | undefined,
  entries: number,
  bits: number,
): Uint16Array<ArrayBuffer> | undefined {
  const bytes = bytesAt(dataSet, tag);
  if (bytes === undefined) return undefined;
  const isBytes = bits === 8 && !looksLikeWords(bytes);
  const segments = isBytes ? Uint16Array.from(bytes) : wordsOf(bytes, bytes.length >> 1);
  const table = new SegmentWriter(segments, entries, isBytes);
  table.expand(0, Infinity, true);
  return table.finish();
}

/** True where the first segment makes sense in words only: in bytes its length, the second one, would be 0. */
function looksLikeWords(bytes: Uint8Array): boolean {
  return bytes[1] === 0;
}

/** Writes what segments say into a table that never grows. */
class SegmentWriter {
  readonly #segments: Uint16Array;
  readonly #values: Uint16Array<ArrayBuffer>;
  readonly #isBytes: boolean;
  #used = 0;

  constructor(segments: Uint16Array, entries: number, isBytes: boolean) {
    this.#segments = segments;
    this.#values = new Uint16Array(entries);
    this.#isBytes = isBytes;
  }

  /** Expands `count` segments from a place on; indirect ones only where they are allowed: they do not nest. */
  expand(start: number, count: number, allowIndirect: boolean): void {
    let at = start;
    for (let done = 0; done < count && at + 1 < this.#segments.length; done++) {
      if (this.#used >= this.#values.length) return;
      const opcode = this.#segments[at]!;
      const length = this.#segments[at + 1]!;
      at += 2;
      if (opcode === DISCRETE) {
        for (let i = 0; i < length && at + i < this.#segments.length; i++) {
          this.#put(this.#segments[at + i]!);
        }
        at += length;
      } else if (opcode === LINEAR) {
        const end = this.#segments[at];
        if (end === undefined) return;
        this.#ramp(length, end);
        at += 1;
      } else if (opcode === INDIRECT && allowIndirect) {
        this.expand(this.#offset(at), length, false);
        at += this.#isBytes ? 4 : 2;
      } else return;
    }
  }

  finish(): Uint16Array<ArrayBuffer> {
    const last = this.#values[Math.max(0, this.#used - 1)] ?? 0;
    return this.#values.fill(last, this.#used);
  }

  #put(value: number): void {
    if (this.#used < this.#values.length) this.#values[this.#used++] = value;
  }

  #ramp(length: number, end: number): void {
    const begin = this.#values[Math.max(0, this.#used - 1)] ?? 0;
    for (let i = 1; i <= length; i++) this.#put(Math.round(begin + (end - begin) * i / length));
  }

  /** The place that an indirect segment names, its least significant part first. */
  #offset(at: number): number {
    const part = (index: number) => this.#segments[at + index] ?? 0;
    return this.#isBytes
      ? part(0) + part(1) * 0x100 + part(2) * 0x10000 + part(3) * 0x1000000
      : part(0) + part(1) * 0x10000;
  }
}

/**
 * Values that are binary numbers (PS3.5 6.2), both ways. Bytes are little endian, as everywhere
 * in the model.
 * @module
 */

import type { Tag, VR } from "./dataset.ts";

/** Value representations of binary numbers. */
export type NumberVR = "FD" | "FL" | "SL" | "SS" | "SV" | "UL" | "US" | "UV";

interface NumberType {
  readonly bytes: 2 | 4 | 8;
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly get: (view: DataView, offset: number) => number | bigint;
  readonly set: (view: DataView, offset: number, value: number | bigint) => void;
}

const NUMBER_TYPES: Readonly<Record<NumberVR, NumberType>> = {
  FD: {
    bytes: 8,
    min: -Infinity,
    max: Infinity,
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => view.setFloat64(at, Number(value), true),
  },
  FL: {
    bytes: 4,
    min: -Infinity,
    max: Infinity,
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, Number(value), true),
  },
  SL: {
    bytes: 4,
    min: -0x80000000,
    max: 0x7FFFFFFF,
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, Number(value), true),
  },
  SS: {
    bytes: 2,
    min: -0x8000,
    max: 0x7FFF,
    get: (view, at) => view.getInt16(at, true),
    set: (view, at, value) => view.setInt16(at, Number(value), true),
  },
  SV: {
    bytes: 8,
    min: -(2n ** 63n),
    max: 2n ** 63n - 1n,
    get: (view, at) => view.getBigInt64(at, true),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  UL: {
    bytes: 4,
    min: 0,
    max: 0xFFFFFFFF,
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, Number(value), true),
  },
  US: {
    bytes: 2,
    min: 0,
    max: 0xFFFF,
    get: (view, at) => view.getUint16(at, true),
    set: (view, at, value) => view.setUint16(at, Number(value), true),
  },
  UV: {
    bytes: 8,
    min: 0n,
    max: 2n ** 64n - 1n,
    get: (view, at) => view.getBigUint64(at, true),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
};

/** True where values of the representation are binary numbers. */
export function isNumberVR(vr: VR): vr is NumberVR {
  return Object.hasOwn(NUMBER_TYPES, vr);
}

/**
 * The numbers in a value; SV and UV as bigint. Bytes at the end that make no whole number are
 * left out, since no number can be said of them.
 */
export function readNumbers(vr: NumberVR, bytes: Uint8Array): (number | bigint)[] {
  const type = NUMBER_TYPES[vr];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers: (number | bigint)[] = [];
  for (let at = 0; at + type.bytes <= bytes.length; at += type.bytes) {
    numbers.push(type.get(view, at));
  }
  return numbers;
}

/** The value of these numbers; undefined where one is out of range or, but in FL and FD, no integer. */
export function writeNumbers(
  vr: NumberVR,
  numbers: readonly (number | bigint)[],
): Uint8Array | undefined {
  const type = NUMBER_TYPES[vr];
  const real = vr === "FD" || vr === "FL";
  const bytes = new Uint8Array(numbers.length * type.bytes);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of numbers.entries()) {
    const whole = typeof value === "bigint" || Number.isInteger(value);
    if (!real && !(whole && value >= type.min && value <= type.max)) return undefined;
    type.set(view, index * type.bytes, value);
  }
  return bytes;
}

/** The tags in a value of AT. */
export function readTags(bytes: Uint8Array): Tag[] {
  const halves = readNumbers("US", bytes) as number[];
  const tags: Tag[] = [];
  for (let at = 0; at + 1 < halves.length; at += 2) {
    tags.push(((halves[at] as number) << 16 | (halves[at + 1] as number)) >>> 0);
  }
  return tags;
}

/** The value of AT that holds these tags. */
export function writeTags(tags: readonly Tag[]): Uint8Array {
  return writeNumbers("US", tags.flatMap((tag) => [tag >>> 16, tag & 0xFFFF])) as Uint8Array;
}

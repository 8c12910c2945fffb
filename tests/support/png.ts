/**
 * Reads PNG images of 8 bits a sample, to look at what the server rendered.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { inflateSync } from "node:zlib";

/** An image. */
export interface Png {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 3: RGB. */
  readonly channels: number;
  readonly data: Uint8Array;
  /** Of its iCCP chunk. */
  readonly iccProfile: Uint8Array | undefined;
}

const CHANNELS = new Map([[0, 1], [2, 3]]);

/** Fails where the bytes are no such image. */
export function decodePng(bytes: Uint8Array): Png {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  assertEquals([...bytes.subarray(0, 8)], signature, "the signature of PNG");
  const chunks = chunksOf(bytes);
  const head = chunks.get("IHDR");
  const image = chunks.get("IDAT");
  assert(head !== undefined && image !== undefined && chunks.has("IEND"), "the chunks of a PNG");
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const channels = CHANNELS.get(head[9]!);
  assertEquals(head[8], 8, "bits a sample");
  assert(channels !== undefined, "gray or RGB");
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const data = unfiltered(new Uint8Array(inflateSync(image)), width * channels, height, channels);
  const profile = chunks.get("iCCP");
  const iccProfile = profile &&
    new Uint8Array(inflateSync(profile.subarray(profile.indexOf(0) + 2)));
  return { width, height, channels, data, iccProfile };
}

/** The rows of a gray image. */
export function grayRows({ width, height, channels, data }: Png): number[][] {
  assertEquals(channels, 1);
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
}

/** The contents of its chunks by their types; those of one type joined. */
function chunksOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const chunks = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const before = chunks.get(type) ?? new Uint8Array(0);
    chunks.set(type, Uint8Array.of(...before, ...bytes.subarray(at + 8, at + 8 + length)));
    at += 12 + length;
  }
  return chunks;
}

function unfiltered(lines: Uint8Array, row: number, height: number, step: number): Uint8Array {
  assertEquals(lines.length, (row + 1) * height);
  const data = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (row + 1)]!;
    for (let x = 0; x < row; x++) {
      const to = y * row + x;
      const left = x < step ? 0 : data[to - step]!;
      const above = y === 0 ? 0 : data[to - row]!;
      const corner = x < step || y === 0 ? 0 : data[to - row - step]!;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]!;
      data[to] = lines[y * (row + 1) + 1 + x]! + guess;
    }
  }
  return data;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((each) => Math.abs(guess - each));
  return a! <= b! && a! <= c! ? left : b! <= c! ? above : corner;
}

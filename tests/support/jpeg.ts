/**
 * Reads what the markers of a JPEG image say, to look at what the server rendered.
 * @module
 */
import { assert, assertEquals } from "@std/assert";

/** What an image says of itself. */
export interface JpegHead {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Marker of its frame: 0xC0 is baseline. */
  readonly process: number;
  readonly hasProfile: boolean;
}

/** Fails where the bytes are no whole JPEG image. */
export function jpegHead(bytes: Uint8Array): JpegHead {
  assertEquals([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let hasProfile = false;
  for (let at = 2; at < bytes.length;) {
    assertEquals(bytes[at], 0xff);
    const marker = bytes[at + 1]!;
    if (marker === 0xe2) {
      hasProfile = String.fromCharCode(...bytes.subarray(at + 4, at + 15)) === "ICC_PROFILE";
    }
    if (marker >= 0xc0 && marker <= 0xc3) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { width, height, components: bytes[at + 9]!, process: marker, hasProfile };
    }
    at += 2 + view.getUint16(at + 2);
  }
  assert(false, "no frame");
}

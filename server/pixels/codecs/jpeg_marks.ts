/**
 * Marks of colour in a JPEG stream.
 * @module
 */
import type { Bytes } from "../frame.ts";

/**
 * A lossless stream of three components that says RGB by an Adobe marker and by its component
 * identifiers, without either: its colour is what the data set says.
 */
export function withoutColourMarks(stream: Bytes): Bytes {
  const parts: Uint8Array[] = [stream.subarray(0, 2)];
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let at = 2;
  for (;;) {
    const marker = stream[at + 1]!;
    const end = at + 2 + view.getUint16(at + 2);
    const segment = stream.slice(at, end);
    const [first, step] = marker === 0xda ? [5, 2] : [10, 3];
    if (marker === 0xc3 || marker === 0xda) {
      for (let index = 0; index < 3; index++) segment[first + step * index] = index + 1;
    }
    if (marker !== 0xee) parts.push(segment);
    at = end;
    if (marker === 0xda) break;
  }
  parts.push(stream.subarray(at));
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return whole;
}

/**
 * RLE frames by hand (PS3.5 G): every run is a literal one.
 * @module
 */
import { concat } from "./part10_builder.ts";

const HEADER_BYTES = 64;
const LONGEST_RUN = 128;

/** One frame of 16-bit samples: the high bytes first, then the low ones. */
export function rleFrame(samples: readonly number[]): Uint8Array {
  const segments = [8, 0].map((shift) =>
    literal(Uint8Array.from(samples, (sample) => (sample >>> shift) & 0xff))
  );
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  header.setUint32(0, segments.length, true);
  let offset = HEADER_BYTES;
  segments.forEach(({ length }, i) => {
    header.setUint32(4 + 4 * i, offset, true);
    offset += length;
  });
  return concat([new Uint8Array(header.buffer), ...segments]);
}

function literal(bytes: Uint8Array): Uint8Array {
  const runs: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += LONGEST_RUN) {
    const run = bytes.subarray(at, at + LONGEST_RUN);
    runs.push(Uint8Array.of(run.length - 1), run);
  }
  const whole = concat(runs);
  return whole.length % 2 === 0 ? whole : concat([whole, new Uint8Array(1)]);
}

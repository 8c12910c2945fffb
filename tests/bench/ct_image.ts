/**
 * Pixels that compress as those of a CT do: a body of soft shapes on air, with noise of some 12
 * Hounsfield units.
 * @module
 */

const SIDE = 512;

/** One frame of 512 × 512 × 16 bits, unsigned, little endian; others differ in noise and place. */
export function ctImage(seed: number): Uint8Array<ArrayBuffer> {
  const random = generator(seed + 1);
  const pixels = new Uint16Array(SIDE * SIDE);
  const shift = (seed % 7) - 3;
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at++) {
      const dx = (x - 256 - shift) / 210;
      const dy = (y - 256) / 160;
      const body = dx * dx + dy * dy;
      const organ = 60 * Math.sin(x / 37 + seed) * Math.cos(y / 29);
      const bone = Math.hypot(x - 256, y - 330) < 30 ? 700 : 0;
      const tissue = body < 1 ? 1024 + organ + bone : 24;
      const noise = (random() + random() + random() - 1.5) * 24;
      pixels[at] = Math.max(0, Math.round(tissue + noise));
    }
  }
  return new Uint8Array(pixels.buffer);
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

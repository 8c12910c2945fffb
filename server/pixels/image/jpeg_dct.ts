/**
 * The forward cosine transform of a block of 8 × 8 (ISO/IEC 10918-1 A.3.3) after Arai, Agui and
 * Nakajima: with factors left over that go into the quantisation.
 * @module
 */

const C2 = Math.SQRT1_2;
const C6 = Math.sin(Math.PI / 8);
const C2_MINUS_C6 = Math.cos(Math.PI / 8) - C6;
const C2_PLUS_C6 = Math.cos(Math.PI / 8) + C6;

/** What each coefficient is to be multiplied with, in rows. */
export const SCALE: Float64Array = Float64Array.from({ length: 64 }, (_, place) => {
  const factor = (k: number) => k === 0 ? 1 : Math.SQRT2 * Math.cos(k * Math.PI / 16);
  return 1 / (8 * factor(place >>> 3) * factor(place & 7));
});

/** Transforms a block, in rows, in its place. */
export function forwardDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(block, row, 1);
  for (let column = 0; column < 8; column++) transform(block, column, 8);
}

function transform(block: Float64Array, at: number, step: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const sum07 = block[at]! + block[i7]!;
  const difference07 = block[at]! - block[i7]!;
  const sum16 = block[i1]! + block[i6]!;
  const difference16 = block[i1]! - block[i6]!;
  const sum25 = block[i2]! + block[i5]!;
  const difference25 = block[i2]! - block[i5]!;
  const sum34 = block[i3]! + block[i4]!;
  const difference34 = block[i3]! - block[i4]!;

  const even0 = sum07 + sum34;
  const even3 = sum07 - sum34;
  const even1 = sum16 + sum25;
  const even2 = sum16 - sum25;
  block[at] = even0 + even1;
  block[i4] = even0 - even1;
  const turned = (even2 + even3) * C2;
  block[i2] = even3 + turned;
  block[i6] = even3 - turned;

  const odd0 = difference34 + difference25;
  const odd1 = difference25 + difference16;
  const odd2 = difference16 + difference07;
  const shared = (odd0 - odd2) * C6;
  const low = C2_MINUS_C6 * odd0 + shared;
  const high = C2_PLUS_C6 * odd2 + shared;
  const middle = odd1 * C2;
  const plus = difference07 + middle;
  const minus = difference07 - middle;
  block[i5] = minus + low;
  block[i3] = minus - low;
  block[i1] = plus + high;
  block[i7] = plus - high;
}

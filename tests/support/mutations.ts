/**
 * Damage to bytes, of the kinds that disks, networks and programs do.
 * @module
 */
import type { Chance } from "./chance.ts";
import { concat } from "./part10_builder.ts";

/** Makes other bytes of bytes, with the help of other such bytes. */
export type Mutation = (bytes: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array;

/** A place that is rather in the first bytes, where lengths and headers are, than in pixels. */
function placeIn(bytes: Uint8Array, chance: Chance): number {
  return chance.below(chance.below(4) === 0 ? bytes.length : Math.min(bytes.length, 2000));
}

/** Every kind of damage that any bytes may have. */
export const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  function flipBits(bytes, chance) {
    const flipped = bytes.slice();
    for (let n = 1 + chance.below(8); n > 0; n--) {
      const at = placeIn(bytes, chance);
      flipped[at] = flipped[at]! ^ (1 << chance.below(8));
    }
    return flipped;
  },
  function overwrite(bytes, chance) {
    const start = placeIn(bytes, chance);
    return bytes.slice().fill(
      chance.pick([0, 0xff, 0x20, 0x5c]),
      start,
      start + 1 + chance.below(8),
    );
  },
  function truncate(bytes, chance) {
    return bytes.slice(0, placeIn(bytes, chance));
  },
  function remove(bytes, chance) {
    const start = placeIn(bytes, chance);
    return concat([bytes.subarray(0, start), bytes.subarray(start + 1 + chance.below(40))]);
  },
  function repeat(bytes, chance) {
    const start = placeIn(bytes, chance);
    const end = start + 1 + chance.below(200);
    return concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  function splice(bytes, chance, other) {
    return concat([
      bytes.subarray(0, placeIn(bytes, chance)),
      other.subarray(placeIn(other, chance)),
    ]);
  },
  function insertNoise(bytes, chance) {
    const at = placeIn(bytes, chance);
    return concat([bytes.subarray(0, at), chance.bytes(chance.below(64)), bytes.subarray(at)]);
  },
];

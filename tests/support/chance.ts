/**
 * Randomness for tests that try something else in every run: its seed is printed, and given back
 * as GANTRY_TEST_SEED it makes the same choices again.
 * @module
 */

/** Whether this is `deno task test:long`. */
export const IS_LONG = Deno.env.get("GANTRY_TEST_LONG") === "1";

/** A source of choices. */
export interface Chance {
  readonly seed: number;
  /** An integer from 0 up to, but without, `limit`. */
  below(limit: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Chance with a new seed, which it prints. */
export function newChance(): Chance {
  const given = Deno.env.get("GANTRY_TEST_SEED");
  const seed = given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(given);
  console.log(`GANTRY_TEST_SEED=${seed}`);
  return chance(seed);
}

/** Chance with a given seed (32 bits). */
export function chance(seed: number): Chance {
  let state = seed >>> 0;

  /** A Weyl sequence, mixed: 32 bits whose every value comes once in a period. */
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 0;
  }
  const below = (limit: number) => Math.floor(next() / 2 ** 32 * limit);

  return {
    seed,
    below,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}

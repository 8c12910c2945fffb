/**
 * Names that sort by the time they were made: ULIDs, 48 bits of time and 80 of randomness in 26
 * digits of Crockford's base 32.
 * @module
 */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const BASE = 32;

/** Where names get what is not a function of their input. */
export interface UlidSources {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Fills an array with random bytes. */
  readonly random: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** A name that is never given twice. */
export interface Ulid {
  readonly text: string;
  /** Milliseconds since 1970, as they are in the name. */
  readonly time: number;
}

/**
 * Makes names in ascending order: within a millisecond they count up from a random number, and a
 * clock that is set back does not repeat them.
 */
export function createUlids({ now, random }: UlidSources): () => Ulid {
  const digits = new Uint8Array(RANDOM_DIGITS);
  let last = -1;

  return () => {
    let time = Math.max(now(), last);
    if (time === last && !countUp(digits)) time++;
    if (time > last) drawDigits(digits, random);
    last = time;
    const text = timeDigits(time) + Array.from(digits, (digit) => DIGITS[digit]).join("");
    return { text, time };
  };
}

function drawDigits(digits: Uint8Array<ArrayBuffer>, random: UlidSources["random"]): void {
  random(digits);
  for (const [i, byte] of digits.entries()) digits[i] = byte % BASE;
}

/** Adds one; false where all digits were the highest. */
function countUp(digits: Uint8Array): boolean {
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = digits[i]! + 1;
    digits[i] = digit % BASE;
    if (digit < BASE) return true;
  }
  return false;
}

/** Sorts before the names made at this time (milliseconds since 1970) or later, and after all others. */
export function ulidsFrom(time: number): string {
  return timeDigits(time);
}

function timeDigits(time: number): string {
  let text = "";
  for (let rest = time; text.length < TIME_DIGITS; rest = Math.floor(rest / BASE)) {
    text = DIGITS[rest % BASE] + text;
  }
  return text;
}

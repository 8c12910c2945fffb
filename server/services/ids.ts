/**
 * Names of blobs: `{archive}/{yyyy-mm-dd}/{ULID}`. A ULID is 48 bits of time and 80 of randomness
 * in 26 digits of Crockford's base 32, so that names sort by time.
 * @module
 */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const BASE = 32;

/** Where ids get what is not a function of their input. */
export interface IdSources {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Fills an array with random bytes. */
  readonly random: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** Names that are never given twice, in ascending order. */
export interface Ids {
  /** A ULID. */
  name(): string;
  /** Key of a new blob. */
  blobKey(archive: string): string;
}

/** Makes ids: within a millisecond they count up from a random number. */
export function createIds({ now, random }: IdSources): Ids {
  const digits = new Uint8Array(RANDOM_DIGITS);
  let last = -1;

  function name(): string {
    // A clock that is set back must not repeat names.
    let time = Math.max(now(), last);
    if (time === last && !countUp(digits)) time++;
    if (time > last) drawDigits(digits, random);
    last = time;
    return timeDigits(time) + Array.from(digits, (digit) => DIGITS[digit]).join("");
  }

  return {
    name,
    blobKey(archive) {
      const unique = name();
      return `${archive}/${new Date(last).toISOString().slice(0, 10)}/${unique}`;
    },
  };
}

function drawDigits(digits: Uint8Array<ArrayBuffer>, random: IdSources["random"]): void {
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

function timeDigits(time: number): string {
  let text = "";
  for (let rest = time; text.length < TIME_DIGITS; rest = Math.floor(rest / BASE)) {
    text = DIGITS[rest % BASE] + text;
  }
  return text;
}

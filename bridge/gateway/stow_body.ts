/**
 * The body of a STOW-RS request (PS3.18 10.5, 8.6.1.2): files of PS3.10 as parts of
 * multipart/related.
 * @module
 */
import { closeDelimiter, partHead } from "../../lib/multipart/encode.ts";

/** Longer than any bytes that repeat by chance, and unknown to those who send files. */
const BOUNDARY = crypto.randomUUID();
const PART = { "Content-Type": "application/dicom" };
const FIRST_HEAD = partHead(BOUNDARY, PART, true);
const NEXT_HEAD = partHead(BOUNDARY, PART, false);
const END = closeDelimiter(BOUNDARY);

/** Content-Type of all bodies. */
export const STOW_TYPE = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;

/** A body to send. */
export interface StowBody {
  /** In one piece, or as it is read. */
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
  readonly length: number;
}

/** Parts one after another in one buffer. */
export class BatchBody {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #parts = 0;

  /** @param size bytes of the buffer, what stands around the parts included */
  constructor(size: number) {
    this.#buffer = new Uint8Array(size);
  }

  /** How many parts are in it. */
  get parts(): number {
    return this.#parts;
  }

  /** Where the bytes of the next part go; undefined where so many have no room. */
  space(length: number): Uint8Array<ArrayBuffer> | undefined {
    const start = this.#filled + this.#nextHead.length;
    if (start + length + END.length > this.#buffer.length) return undefined;
    return this.#buffer.subarray(start, start + length);
  }

  /** Takes in the part whose bytes are in the space that was asked for last. */
  add(space: Uint8Array): void {
    this.#buffer.set(this.#nextHead, this.#filled);
    this.#filled += this.#nextHead.length + space.length;
    this.#parts++;
  }

  /** The whole body: good until the next is begun. */
  end(): StowBody {
    this.#buffer.set(END, this.#filled);
    const bytes = this.#buffer.subarray(0, this.#filled + END.length);
    return { bytes, length: bytes.length };
  }

  /** Begins another body. */
  clear(): void {
    this.#filled = 0;
    this.#parts = 0;
  }

  get #nextHead(): Uint8Array {
    return this.#parts === 0 ? FIRST_HEAD : NEXT_HEAD;
  }
}

/** A body of one part of so many bytes, which is sent as it is read. */
export function singleBody(file: AsyncIterable<Uint8Array>, length: number): StowBody {
  async function* chunks() {
    yield FIRST_HEAD;
    yield* file;
    yield END;
  }
  return { bytes: chunks(), length: FIRST_HEAD.length + length + END.length };
}

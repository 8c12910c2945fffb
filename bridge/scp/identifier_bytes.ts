/**
 * Collects the identifier of a request, which is small in all that are meant well.
 * @module
 */

/** Bytes of an identifier: 16,000 UIDs, or every attribute there is. */
export const MAX_IDENTIFIER_BYTES = 1024 * 1024;

/** The pieces of one identifier. */
export class IdentifierBytes {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** Takes a copy of the next piece; what is beyond the limit is not kept. */
  push(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length <= MAX_IDENTIFIER_BYTES) this.#pieces.push(piece.slice());
  }

  /** All of it; undefined where it is longer than the limit. */
  get whole(): Uint8Array | undefined {
    if (this.#length > MAX_IDENTIFIER_BYTES) return undefined;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

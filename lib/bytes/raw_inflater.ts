/**
 * Inflates a raw deflate stream (RFC 1951) as it arrives. Bytes after its end are left out, as
 * the one that pads a deflated data set to even length has to be (PS3.5 A.5).
 * @module
 */

import { createInflateRaw } from "node:zlib";
import { DecodeError, LimitError } from "../errors.ts";

const PIECE_BYTES = 64 * 1024;

/** One stream. Write and end it one call after another, each awaited. */
export class RawInflater {
  readonly #stream = createInflateRaw({ chunkSize: PIECE_BYTES });
  #inflated = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param deliver takes the inflated bytes piece by piece; what it throws, {@linkcode write} throws
   * @param limit the most inflated bytes
   */
  constructor(deliver: (bytes: Uint8Array) => void, limit: { name: string; bytes: number }) {
    this.#stream.on("data", (bytes: Uint8Array) => {
      if (this.#failure !== undefined) return;
      this.#inflated += bytes.length;
      try {
        if (this.#inflated > limit.bytes) {
          throw new LimitError(limit.name, limit.bytes, "The inflated data set");
        }
        deliver(bytes);
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.#stream.on("error", (cause: Error) => {
      this.#fail(new DecodeError("The data set cannot be inflated", { cause }));
    });
    this.#stream.on("end", () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /**
   * Inflates one chunk, which must stay as it is until the promise settles.
   *
   * @throws {DecodeError} where the bytes are no deflate stream
   * @throws {LimitError} where they inflate to more than the limit
   */
  write(chunk: Uint8Array): Promise<void> {
    return this.#settle((done) => this.#stream.write(chunk, done));
  }

  /**
   * Ends the stream.
   *
   * @throws {DecodeError} where it was not complete
   */
  end(): Promise<void> {
    // The wish to end is met by the event of that name, after all pieces are delivered.
    return this.#settle(() => this.#stream.end());
  }

  async #settle(begin: (done: () => void) => void): Promise<void> {
    if (!this.#ended && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        begin(resolve);
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stream.destroy();
    this.#wake?.();
  }
}

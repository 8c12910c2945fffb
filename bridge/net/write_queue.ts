/**
 * One write after another on a connection, and none that a peer can hold up for ever.
 * @module
 */
import type { ByteStream } from "./byte_stream.ts";
import { Deadline } from "./deadline.ts";

/** The writes of a connection in the order in which they were asked for. */
export class WriteQueue {
  readonly #stream: ByteStream;
  readonly #timeout: number;
  readonly #stalled: Deadline;
  #last: Promise<void> = Promise.resolve();

  /**
   * @param timeout milliseconds that one write may take
   * @param onStalled the peer takes no more: the connection has to be given up
   */
  constructor(stream: ByteStream, timeout: number, onStalled: () => void) {
    this.#stream = stream;
    this.#timeout = timeout;
    this.#stalled = new Deadline(onStalled);
  }

  /** Resolves when the bytes are written; rejects where the connection does not take them. */
  write(bytes: Uint8Array): Promise<void> {
    const written = this.#last.then(() => this.#write(bytes));
    this.#last = written.catch(() => {});
    return written;
  }

  /** Resolves when all that was asked for is written, or was in vain. */
  flushed(): Promise<void> {
    return this.#last;
  }

  [Symbol.dispose](): void {
    this.#stalled[Symbol.dispose]();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#stalled.start(this.#timeout);
    try {
      await this.#stream.write(bytes);
    } finally {
      this.#stalled.stop();
    }
  }
}

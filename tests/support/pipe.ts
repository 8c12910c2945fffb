/**
 * Connections in memory, for tests of what runs over connections.
 * @module
 */
import type { ByteStream } from "../../bridge/net/byte_stream.ts";

/** One end of a pipe. */
export interface PipeEnd extends ByteStream {
  /** Ends this end's direction; the other one stays. */
  closeWrite(): void;
  readonly isClosed: boolean;
}

/** How a pipe carries bytes. */
export interface PipeOptions {
  /** Bytes that one read gives at most. */
  readonly bytesPerRead?: number;
  /** Bytes on their way beyond which a write waits. */
  readonly capacity?: number;
}

/** Two ends: what is written to one is read from the other. */
export function pipe(options: PipeOptions = {}): [PipeEnd, PipeEnd] {
  const [there, back] = [new Direction(options), new Direction(options)];
  return [endOf(back, there, 1), endOf(there, back, 2)];
}

/** The bytes on their way to one end. */
class Direction {
  readonly #bytesPerRead: number;
  readonly #capacity: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #state: "open" | "ended" | "broken" = "open";
  #changed = Promise.withResolvers<void>();

  constructor({ bytesPerRead = Infinity, capacity = Infinity }: PipeOptions) {
    this.#bytesPerRead = bytesPerRead;
    this.#capacity = capacity;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#state === "broken") throw new Error("The pipe is broken");
      const chunk = this.#chunks[0];
      if (chunk !== undefined) {
        const length = Math.min(chunk.length, buffer.length, this.#bytesPerRead);
        buffer.set(chunk.subarray(0, length));
        if (length < chunk.length) this.#chunks[0] = chunk.subarray(length);
        else this.#chunks.shift();
        this.#length -= length;
        this.#wake();
        return length;
      }
      if (this.#state === "ended") return null;
      await this.#changed.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state !== "open") throw new Error("The pipe is closed");
    if (bytes.length > 0) this.#chunks.push(bytes.slice());
    this.#length += bytes.length;
    this.#wake();
    while (this.#length > this.#capacity) {
      if (this.#state !== "open") throw new Error("The pipe is closed");
      await this.#changed.promise;
    }
  }

  /** The writer has closed it: what is on its way still arrives. */
  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#wake();
  }

  /** The reader has closed it. */
  break(): void {
    this.#state = "broken";
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function endOf(incoming: Direction, outgoing: Direction, port: number): PipeEnd {
  let isClosed = false;
  return {
    remote: { address: "127.0.0.1", port },
    read: (buffer) => incoming.read(buffer),
    write: (bytes) => outgoing.write(bytes),
    closeWrite: () => outgoing.end(),
    close() {
      isClosed = true;
      incoming.break();
      outgoing.end();
    },
    get isClosed() {
      return isClosed;
    },
  };
}

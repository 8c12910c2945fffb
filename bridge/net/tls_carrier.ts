/**
 * What carries TLS: a byte stream as the streams of node.
 * @module
 */
import { Duplex } from "node:stream";
import type { ByteStream } from "./byte_stream.ts";

/** Bytes read at once: a TLS record has at most 16 KiB. */
const READ_BYTES = 64 * 1024;

/**
 * A connection as node:tls takes it. That reads without regard to whether anyone takes what it
 * decrypts, so it gets bytes only as long as they are wanted.
 */
export class Carrier {
  readonly remote: ByteStream["remote"];
  /** What node:tls gets. Its destruction closes the connection. */
  readonly duplex: Duplex;
  readonly #stream: ByteStream;
  /** The duplex has room. */
  #isAsked = false;
  #isReading = false;
  #isWanted = false;

  constructor(stream: ByteStream) {
    this.remote = stream.remote;
    this.#stream = stream;
    this.duplex = new Duplex({
      read: () => {
        this.#isAsked = true;
        this.#read();
      },
      write(chunk, _encoding, done) {
        stream.write(chunk).then(() => done(), done);
      },
      destroy(error, done) {
        stream.close();
        done(error);
      },
    });
  }

  /** Says whether bytes are wanted; none are before this is called. */
  want(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#read();
  }

  #read(): void {
    if (!this.#isAsked || !this.#isWanted || this.#isReading) return;
    this.#isReading = true;
    this.#isAsked = false;
    const buffer = new Uint8Array(READ_BYTES);
    this.#stream.read(buffer).then(
      (length) => {
        this.#isReading = false;
        this.duplex.push(length === null ? null : buffer.subarray(0, length));
      },
      (error) => this.duplex.destroy(error),
    );
  }
}

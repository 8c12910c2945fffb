/**
 * What an association needs of a connection: bytes in and out, whatever carries them (TCP, TLS, or
 * a pipe in a test).
 * @module
 */

/** A connection. One read and one write may be under way at the same time. */
export interface ByteStream {
  /** IP address and port of the other end, for admission and logs. */
  readonly remote: { readonly address: string; readonly port: number };
  /** Reads what there is, at least one byte, into `buffer`; resolves to how many, or null at the end. Rejects when the connection is broken. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes all of the bytes, which must not change until it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends both directions at once; a read or write under way ends too. May be called again. */
  close(): void;
}

/**
 * What can go wrong with bytes and words from outside. Every class says whose fault it is by its
 * name and carries the place as fields, so that one map (server/http/errors.ts) can answer.
 * @module
 */

/** Bytes or text that do not follow their format: the sender's fault. */
export class DecodeError extends SyntaxError {
  override readonly name = "DecodeError";
  /** Byte offset in the stream at which decoding failed, where one is known. */
  readonly offset: number | undefined;

  constructor(message: string, options: { offset?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.offset = options.offset;
  }
}

/** Input that is larger, deeper or longer than a named limit allows: the sender's fault. */
export class LimitError extends RangeError {
  override readonly name = "LimitError";
  /** The limit's name, as documented. */
  readonly limit: string;
  readonly max: number;

  constructor(limit: string, max: number, what: string) {
    super(`${what} exceeds the limit ${limit} of ${max}`);
    this.limit = limit;
    this.max = max;
  }
}

/** Data that is well formed but cannot be represented in the form asked for: nobody's fault. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

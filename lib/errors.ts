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

/**
 * A peer that breaks the rules of the upper layer or of DIMSE: its fault, and the end of the
 * association. `reason` is that of the A-ABORT that answers it, as service provider (PS3.8 9.3.8).
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** 0 not specified, 1 unrecognised PDU, 2 unexpected PDU, 4 unrecognised, 5 unexpected, 6 invalid parameter. */
  readonly reason: 0 | 1 | 2 | 4 | 5 | 6;

  constructor(message: string, reason: 0 | 1 | 2 | 4 | 5 | 6) {
    super(message);
    this.reason = reason;
  }
}

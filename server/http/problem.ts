/**
 * An answer that says no: RFC 9457 problem details with one sentence that tells what to do.
 * @module
 */

/** Thrown by routes and services; server/http/errors.ts turns it into the response. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    /** One sentence: what happened and what to do. Never a value out of a data set. */
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/**
 * The failure of the database itself.
 * @module
 */

/** The database refused: a lock that was not let go, a full disk, damage, a value that is too large. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  /** The system's code, where the disk is full. */
  readonly code: string | undefined = this.message.includes("disk is full") ? "ENOSPC" : undefined;
  /** To the operator: what to do, where the message says it and quotes nothing. */
  readonly advice: string | undefined;
  constructor(message: string, options: ErrorOptions & { readonly isAdvice?: boolean } = {}) {
    super(message, options);
    this.advice = options.isAdvice ? message : undefined;
  }
}

/** Whether a remote database has more to say than it says at once. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof IndexError && /SQLITE_TOOBIG|RESPONSE_TOO_LARGE/.test(error.message);
}

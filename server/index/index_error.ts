/**
 * The failure of the database itself.
 * @module
 */

/** The database refused: a lock that was not let go, a full disk, damage, a value that is too large. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  /** The system's code, where the disk is full. */
  readonly code: string | undefined = this.message.includes("disk is full") ? "ENOSPC" : undefined;
}

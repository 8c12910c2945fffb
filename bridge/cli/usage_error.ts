/**
 * What is wrong with how a command was written.
 * @module
 */

/** The command is not one that there is. The message says what is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

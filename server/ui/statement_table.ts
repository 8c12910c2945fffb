/**
 * A table of the conformance statement.
 * @module
 */

/** One table. */
export interface StatementTable {
  /** Lasting, for links and for who reads it by program. */
  readonly id: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

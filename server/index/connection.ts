/**
 * The two sides of a database as the index needs them, wherever it is: one reads, one writes.
 * @module
 */
import type { Rows, SqlValue, WriteItem } from "./messages.ts";

/** Runs one statement that changes nothing. Throws IndexError, or UnavailableError where it is out of reach. */
export interface Reader {
  /** The first column of the first row; null where there is none. */
  value(sql: string, parameters: readonly SqlValue[]): Promise<SqlValue>;
  /** All rows. */
  rows(sql: string, parameters: readonly SqlValue[]): Promise<Rows>;
  close(): Promise<void>;
}

/** Rows of each returning statement of an item. */
export type WriteResult = readonly (readonly (readonly SqlValue[])[])[];

/** Makes items durable; those that wait together share a transaction (group commit). */
export interface Writer {
  /**
   * Resolves when the item is durable. Rejects with IndexError when it alone, or its transaction,
   * failed: then nothing of it is there. Rejects with UnavailableError when it may or may not be.
   */
  submit(item: WriteItem): Promise<WriteResult>;
  /** Ends when everything submitted has been answered. */
  close(): Promise<void>;
}

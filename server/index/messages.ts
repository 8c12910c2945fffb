/**
 * What the calling side and the database's workers say to each other. Parameters and results go as
 * JSON text where they hold no bytes: one string is cloned far faster than the arrays it stands for.
 * @module
 */

/** A value as SQL has it. */
export type SqlValue = string | number | null | Uint8Array;

/** A statement whose parameters are values of an item by name. */
export interface Statement {
  readonly sql: string;
  /** The item's value for each `?`, in order. */
  readonly names: readonly string[];
  /** Its rows are wanted. */
  readonly returns: boolean;
  /**
   * Where it has a row, as many of the statements after it have nothing left to do and are skipped.
   * Running them all the same changes nothing, so a batch that cannot branch may.
   */
  readonly skips: number;
}

/** Statements that become durable together or not at all, with the values of one application. */
export interface WriteItem {
  readonly program: readonly Statement[];
  readonly values: Readonly<Record<string, string | number | null>>;
  readonly blobs: Readonly<Record<string, Uint8Array>>;
  /**
   * To be applied a second time where nobody knows whether the first was: it changes nothing more,
   * and where the value `again` is 1 it gives what the first gave.
   */
  readonly repeatable: boolean;
}

/** Where a blob of an item lies in the message's bytes: name, offset, length. */
export type BlobPlace = readonly [name: string, offset: number, length: number];

/** An item as it is sent: index of its program, values, blobs. */
export type WireItem = readonly [number, WriteItem["values"], readonly BlobPlace[]];

/** What a worker is asked. Every request has one {@linkcode Answer}. */
export type Request =
  | {
    readonly kind: "open";
    readonly id: number;
    readonly path: string;
    readonly role: "reader" | "writer";
    /** Milliseconds to wait for another process's lock. */
    readonly timeout: number;
  }
  /** Opens a file that is kept as the copy of a remote database. */
  | {
    readonly kind: "open replica";
    readonly id: number;
    readonly path: string;
    readonly url: string;
    readonly token: string | undefined;
  }
  /** Brings the copy up to what the remote database has. */
  | { readonly kind: "sync"; readonly id: number }
  /** The first column of the first row. */
  | {
    readonly kind: "value";
    readonly id: number;
    readonly sql: string;
    readonly parameters: readonly SqlValue[];
  }
  /** Rows as arrays, with the names of the columns. */
  | {
    readonly kind: "rows";
    readonly id: number;
    readonly sql: string;
    readonly parameters: readonly SqlValue[];
  }
  /** One transaction, a savepoint for each item. */
  | {
    readonly kind: "write";
    readonly id: number;
    readonly programs: readonly (readonly Statement[])[];
    /** JSON of {@linkcode WireItem}[]. */
    readonly items: string;
    readonly bytes: Uint8Array;
  }
  | { readonly kind: "close"; readonly id: number };

/** What became of an item: the rows of each statement that returns some, or why it failed. */
export type ItemResult =
  | { readonly rows: readonly (readonly (readonly SqlValue[])[])[] }
  | { readonly error: string };

/** Rows of a `rows` request. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** The answer to the request of the same id. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

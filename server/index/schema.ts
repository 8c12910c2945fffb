/**
 * The tables that are read and written one row at a time through Kysely. What is hot (adding,
 * searching, headers) has its statements spelled out beside its code.
 * @module
 */

interface Archives {
  readonly name: string;
}

interface ApiKeys {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  /** Separated by spaces. */
  readonly scopes: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

/** Tables by name. */
export interface Schema {
  readonly archives: Archives;
  readonly api_keys: ApiKeys;
}

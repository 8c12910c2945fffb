/**
 * What the servers of an installation share beside its objects: secrets, and whose turn it is to do
 * what one of them is to do for all.
 * @module
 */

/** Never changed once released: a later schema is a later migration. */
export const sharedState = `
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until REAL NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * How many of the migrations a database has had, which it keeps in `user_version`.
 * @module
 */
import { IndexError } from "./index_error.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";

/** Every script, in order. */
export const SCRIPTS = Object.values(MIGRATIONS);

/** Whether a database of this version has the present schema. Throws IndexError where it has a newer one. */
export function isPresent(version: number): boolean {
  if (version > SCRIPTS.length) {
    throw new IndexError("The index was made by a newer version of this program: use that one");
  }
  return version === SCRIPTS.length;
}

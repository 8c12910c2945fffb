/**
 * Statements of the writer with named parameters.
 * @module
 */
import type { Statement } from "./messages.ts";

/** A statement in which `:name` stands for an item's value. */
export function statement(
  sql: string,
  { returns = false, skips = 0 }: Partial<Pick<Statement, "returns" | "skips">> = {},
): Statement {
  const names: string[] = [];
  const positional = sql.replace(/:([A-Za-z_]\w*)/g, (_, name: string) => {
    names.push(name);
    return "?";
  });
  return { sql: positional, names, returns, skips };
}

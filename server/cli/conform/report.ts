/**
 * What a run found, as text for people.
 * @module
 */
import { type Level, TRANSACTIONS } from "./check.ts";
import type { CheckResult } from "./run.ts";

/** How the checks of one transaction came out. */
export interface Tally {
  readonly transaction: string;
  /** By level: how many hold, of how many that were found to hold or not. */
  readonly passed: Readonly<Record<Level, readonly [number, number]>>;
  readonly notOffered: number;
  readonly unchecked: number;
}

/** Counts by transaction, and of all. */
export function tallies(results: readonly CheckResult[]): readonly Tally[] {
  const byName = TRANSACTIONS.map((name) =>
    tally(name, results.filter(({ transaction }) => transaction === name))
  );
  return [...byName, tally("all", results)];
}

function tally(transaction: string, results: readonly CheckResult[]): Tally {
  const count = (kind: string, among = results) =>
    among.filter(({ outcome }) => outcome.kind === kind).length;
  const passed = (level: Level): readonly [number, number] => {
    const own = results.filter((result) => result.level === level);
    return [count("pass", own), count("pass", own) + count("fail", own)];
  };
  return {
    transaction,
    passed: {
      required: passed("required"),
      should: passed("should"),
      optional: passed("optional"),
    },
    notOffered: count("not offered"),
    unchecked: count("unchecked"),
  };
}

/** The table of all transactions. */
export function tableOf(results: readonly CheckResult[]): string {
  const head = ["transaction", "required", "should", "optional", "not offered", "not checked"];
  const rows = tallies(results).map(({ transaction, passed, notOffered, unchecked }) => [
    transaction,
    ...(["required", "should", "optional"] as const).map((level) => fraction(passed[level])),
    String(notOffered || ""),
    String(unchecked || ""),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length))
  );
  return [head, ...rows].map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  ).join("\n");
}

function fraction([passed, total]: readonly [number, number]): string {
  return total === 0 ? "" : `${passed}/${total}`;
}

/** A line for each check of these outcomes. */
export function linesOf(results: readonly CheckResult[], kind: "fail" | "unchecked"): string {
  return results.flatMap(({ id, level, clause, rule, outcome }) =>
    outcome.kind === kind
      ? [`  ${id} (${level}; ${clause})\n    ${rule}\n    ${outcome.reason}`]
      : []
  ).join("\n");
}

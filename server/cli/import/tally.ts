/**
 * What an import came to: counts, and what was refused by reason.
 * @module
 */
import { count, counted, size } from "../progress.ts";
import type { ImportOutcome } from "./outcome.ts";

/** Files of one reason. */
interface Refusal {
  readonly reason: string;
  /** Tried again at the next start. */
  readonly passing: boolean;
  readonly files: { readonly file: string; readonly explanation: string }[];
}

/** Counts of files by what became of them. */
export type Counts = { readonly [Kind in ImportOutcome["kind"]]: number };

/** Collects outcomes. */
export interface Tally {
  add(label: string, bytes: number, outcome: ImportOutcome): void;
  readonly counts: Counts;
  readonly files: number;
  readonly bytes: number;
  readonly refusals: readonly Refusal[];
}

/** Begins with nothing. */
export function createTally(): Tally {
  const counts = { stored: 0, already: 0, skipped: 0, refused: 0, failed: 0 };
  const refusals = new Map<string, Refusal>();
  let bytes = 0;
  return {
    add(file, size, outcome) {
      counts[outcome.kind]++;
      bytes += size;
      if (outcome.kind !== "refused" && outcome.kind !== "failed") return;
      const { reason, explanation } = outcome;
      const known = refusals.get(reason) ??
        { reason, passing: outcome.kind === "failed", files: [] };
      known.files.push({ file, explanation });
      refusals.set(reason, known);
    },
    counts,
    get files() {
      return Object.values(counts).reduce((sum, each) => sum + each, 0);
    },
    get bytes() {
      return bytes;
    },
    get refusals() {
      return [...refusals.values()].sort((a, b) => b.files.length - a.files.length);
    },
  };
}

/** Files of a reason that a person is shown. */
const NAMED = 5;

/** A tally for people. `rate`: bytes a second. */
export function summaryOf(tally: Tally, rate: number): string {
  const { counts, files, bytes } = tally;
  const parts = [
    `${count(counts.stored)} stored`,
    ...(counts.already > 0 ? [`${count(counts.already)} already there`] : []),
    ...(counts.skipped > 0 ? [`${count(counts.skipped)} no DICOM`] : []),
    ...(counts.refused > 0 ? [`${count(counts.refused)} refused`] : []),
    ...(counts.failed > 0 ? [`${count(counts.failed)} failed`] : []),
  ];
  const lines = [
    `${counted(files, "file", "files")}, ${size(bytes)}, ${size(rate)}/s: ${parts.join(", ")}`,
  ];
  for (const { reason, passing, files } of tally.refusals) {
    lines.push(`${count(files.length)} ${passing ? "failed" : "refused"}: ${reason}`);
    for (const { file, explanation } of files.slice(0, NAMED)) {
      lines.push(`  ${file}: ${explanation}`);
    }
    if (files.length > NAMED) lines.push(`  and ${count(files.length - NAMED)} more`);
  }
  return lines.join("\n");
}

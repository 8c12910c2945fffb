/**
 * What a check of conformance is, and how it says what it found.
 * @module
 */
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { AnswerError } from "./http.ts";
import type { Session } from "./session.ts";

/**
 * How the standard puts it: "shall" (or a mandatory row of a table), "should", or left to the server.
 */
export type Level = "required" | "should" | "optional";

/** The transactions that checks belong to, in the order in which they are run. */
export const TRANSACTIONS = [
  "Capabilities",
  "Store",
  "Search",
  "Retrieve",
  "Metadata",
  "Bulkdata",
  "Rendered",
  "Thumbnails",
  "URI service",
  "HTTP",
  "Delete",
] as const;

/** One of {@linkcode TRANSACTIONS}. */
export type Transaction = typeof TRANSACTIONS[number];

/** One thing that a server does or does not. */
export interface Check {
  /** Unique and lasting, as `store.files`. */
  readonly id: string;
  /** Clauses of PS3.18 (2024e) that ask for it, or of what they refer to. */
  readonly clause: string;
  readonly level: Level;
  /** What is asked for, as one sentence. */
  readonly rule: string;
  /** Returns where it holds; throws a Verdict, or what reading a wrong answer throws, where not. */
  run(session: Session): Promise<void> | void;
}

/** What came of a check. */
export type Outcome =
  | { readonly kind: "pass" }
  | {
    readonly kind: "fail" | "not offered" | "unchecked";
    /** One sentence. */
    readonly reason: string;
  };

/** An outcome that is no pass, thrown by a check. */
export class Verdict extends Error {
  override readonly name = "Verdict";
  constructor(readonly kind: "fail" | "not offered" | "unchecked", reason: string) {
    super(reason);
  }
}

/** The server does otherwise than the clause has it. */
export function fail(reason: string): never {
  throw new Verdict("fail", reason);
}

/** The server does not do it, and need not. */
export function notOffered(reason: string): never {
  throw new Verdict("not offered", reason);
}

/** It cannot be told. */
export function unchecked(reason: string): never {
  throw new Verdict("unchecked", reason);
}

/** Fails where the condition does not hold. */
export function ensure(condition: boolean, reason: string): asserts condition {
  if (!condition) fail(reason);
}

/** Runs a check. Rethrows what is neither a Verdict nor to be blamed on an answer. */
export async function outcomeOf(check: Check, session: Session): Promise<Outcome> {
  try {
    await check.run(session);
    return { kind: "pass" };
  } catch (error) {
    if (error instanceof Verdict) return { kind: error.kind, reason: error.message };
    if (error instanceof AnswerError) return { kind: "fail", reason: error.message };
    if (error instanceof DecodeError || error instanceof LimitError) {
      return { kind: "fail", reason: `The answer cannot be read: ${error.message}` };
    }
    throw error;
  }
}

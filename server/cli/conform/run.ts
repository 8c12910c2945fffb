/**
 * One run of all checks against a server.
 * @module
 */
import { bulkdataChecks } from "./bulkdata_checks.ts";
import { type Check, type Outcome, outcomeOf, type Transaction, TRANSACTIONS } from "./check.ts";
import { AnswerError, type Http } from "./http.ts";
import { makeSample, newUID } from "./make_sample.ts";
import { metadataChecks } from "./metadata_checks.ts";
import { renderedChecks, thumbnailChecks } from "./rendered_checks.ts";
import { retrieveChecks } from "./retrieve_checks.ts";
import { existingStudy } from "./sample.ts";
import { searchAnswerChecks } from "./search_answer_checks.ts";
import { searchKeyChecks } from "./search_key_checks.ts";
import { searchMatchChecks } from "./search_match_checks.ts";
import { searchRequestChecks } from "./search_request_checks.ts";
import { capabilityChecks, deleteChecks, httpChecks, removeStored } from "./service_checks.ts";
import type { Session } from "./session.ts";
import { storeChecks } from "./store_checks.ts";
import { storeFailureChecks } from "./store_failure_checks.ts";
import { uriChecks } from "./uri_checks.ts";

/** What came of one check. */
export interface CheckResult extends Omit<Check, "run"> {
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

/** What came of all. */
export interface RunResult {
  readonly results: readonly CheckResult[];
  /** Study Instance UIDs of what was stored and could not be removed. */
  readonly left: readonly string[];
}

/** Some servers answer a store before searches know of it. */
const SETTLE_WITHIN = 10_000;

/** What to check, and who is told. */
export interface RunOptions {
  readonly http: Http;
  /** A study that is there, to be looked at in place of one that is stored. */
  readonly study: string | undefined;
  /** URL of the URI service, where it is not beside the root. */
  readonly wado: string | undefined;
  /** Milliseconds from a store until what it stored is found; {@linkcode SETTLE_WITHIN} where left out. */
  readonly settleWithin?: number;
  /** Ends the run after the check under way; what was stored is removed all the same. */
  readonly signal?: AbortSignal;
  /** After each check: how many are done, and of how many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** The checks of a run by transaction. */
export function checksOf(): Readonly<Record<Transaction, readonly Check[]>> {
  return {
    Capabilities: capabilityChecks,
    Store: [...storeChecks(), ...storeFailureChecks],
    Search: [
      ...searchAnswerChecks,
      ...searchKeyChecks,
      ...searchMatchChecks,
      ...searchRequestChecks,
    ],
    Retrieve: retrieveChecks,
    Metadata: metadataChecks,
    Bulkdata: bulkdataChecks,
    Rendered: renderedChecks,
    Thumbnails: thumbnailChecks,
    "URI service": uriChecks,
    HTTP: httpChecks,
    Delete: deleteChecks,
  };
}

/**
 * Runs every check. Throws AnswerError where the server does not answer at all, and a Verdict where
 * there is no such study.
 */
export async function runChecks(options: RunOptions): Promise<RunResult> {
  const { http, study, wado, signal, onProgress } = options;
  // A wrong address is no matter of conformance.
  await http.send("/studies", { query: { limit: "1" }, accept: "application/dicom+json" });
  const session: Session = {
    http,
    own: study === undefined ? makeSample() : undefined,
    present: study === undefined ? undefined : await existingStudy(http, study),
    scratchUID: newUID(),
    left: new Set(),
    settleWithin: options.settleWithin ?? SETTLE_WITHIN,
    wado,
  };
  const checks = checksOf();
  const all = TRANSACTIONS.flatMap((transaction) =>
    checks[transaction].map((check) => ({ transaction, check }))
  );
  const results: CheckResult[] = [];
  try {
    for (const { transaction, check } of all) {
      if (signal?.aborted) break;
      const { run: _, ...told } = check;
      results.push({ ...told, transaction, outcome: await outcomeOf(check, session) });
      onProgress?.(results.length, all.length);
    }
  } finally {
    await removed(session);
  }
  return { results, left: [...session.left] };
}

/** Removes what was stored, as far as the server still answers. */
async function removed(session: Session): Promise<void> {
  try {
    await removeStored(session);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
  }
}

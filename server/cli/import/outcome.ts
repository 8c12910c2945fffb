/**
 * What becomes of what is imported.
 * @module
 */
import { FAILURE_REASON } from "../../services/store_result.ts";

/** What became of one file. */
export type ImportOutcome =
  | { readonly kind: "stored" }
  /** An equal one was there. */
  | { readonly kind: "already" }
  /** It is no DICOM, or a DICOMDIR. */
  | { readonly kind: "skipped" }
  /** It will be refused again. */
  | { readonly kind: "refused"; readonly reason: string; readonly explanation: string }
  /** It is not known to be stored; the next start tries again. */
  | { readonly kind: "failed"; readonly reason: string; readonly explanation: string };

/** No file can be stored at present. The message says why, and what to do. */
export class ImportStopped extends Error {
  override readonly name = "ImportStopped";
}

/** What is said where no more can be written here. */
export const DISK_FULL = "The disk is full: make room, and start the import again";

/** What is said where a service that things are kept with does not answer. */
export function outOfReach(part: string): string {
  return `The ${part} is out of reach: see that it runs, and start the import again`;
}

/** Failure Reason (0008,1197) for people. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [FAILURE_REASON.processingFailure, "failure inside the server"],
  [FAILURE_REASON.duplicateSOPInstance, "other content is stored under the SOP Instance UID"],
  [FAILURE_REASON.SOPClassNotSupported, "the SOP class is not supported"],
  [FAILURE_REASON.outOfResources, "the server is out of space"],
  [FAILURE_REASON.dataSetDoesNotMatchSOPClass, "a UID is missing or is none"],
  [FAILURE_REASON.cannotUnderstand, "the file cannot be understood"],
  [FAILURE_REASON.transferSyntaxNotSupported, "the transfer syntax is not supported"],
]);

/** The server's own failures, which may pass. */
const PASSING: ReadonlySet<number> = new Set([
  FAILURE_REASON.processingFailure,
  FAILURE_REASON.outOfResources,
]);

/** What servers say of a file that they cannot make sense of. */
const ABOUT_CONTENT: ReadonlySet<string> = new Set(
  [FAILURE_REASON.cannotUnderstand, FAILURE_REASON.dataSetDoesNotMatchSOPClass].map(reasonText),
);

/** The outcome of a file for which a server gives a Failure Reason. */
export function refusedWith(reason: number, explanation: string): ImportOutcome {
  const kind = PASSING.has(reason) ? "failed" : "refused";
  return { kind, reason: reasonText(reason), explanation };
}

/** Whether a file was refused because of what is in it, and nothing else. */
export function isAboutContent(outcome: ImportOutcome): boolean {
  return outcome.kind === "refused" && ABOUT_CONTENT.has(outcome.reason);
}

function reasonText(reason: number): string {
  const code = reason.toString(16).toUpperCase().padStart(4, "0");
  return `${REASONS.get(reason) ?? "the server says no"} (${code})`;
}

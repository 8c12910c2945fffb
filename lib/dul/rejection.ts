/**
 * A-ASSOCIATE-RJ and A-ABORT by name and in words (PS3.8 Tables 9-21 and 9-26).
 * @module
 */
import type { AssociateRJ } from "../pdu/pdu.ts";

/** The rejections that this software sends. None for want of resources is permanent: senders give up on those. */
export const REJECTION = {
  noReason: rejection(1, 1, 1),
  applicationContextNotSupported: rejection(1, 1, 2),
  callingAETitleNotRecognized: rejection(1, 1, 3),
  calledAETitleNotRecognized: rejection(1, 1, 7),
  protocolVersionNotSupported: rejection(1, 2, 2),
  temporaryCongestion: rejection(2, 3, 1),
  localLimitExceeded: rejection(2, 3, 2),
} as const;

function rejection(result: number, source: number, reason: number): AssociateRJ {
  return { type: "A-ASSOCIATE-RJ", result, source, reason };
}

const REJECTION_RESULTS = ["", "permanent", "transient"];
const REJECTION_REASONS: Readonly<Record<string, string>> = {
  "1 1": "no reason given",
  "1 2": "application context not supported",
  "1 3": "calling AE title not recognized",
  "1 7": "called AE title not recognized",
  "2 1": "no reason given by the service provider",
  "2 2": "protocol version not supported",
  "3 1": "temporary congestion",
  "3 2": "local limit exceeded",
};

/** A rejection in words, as "called AE title not recognized (permanent, 1/1/7)". */
export function describeRejection({ result, source, reason }: AssociateRJ): string {
  const why = REJECTION_REASONS[`${source} ${reason}`] ??
    "a reason that the standard does not know";
  const numbers = `${result}/${source}/${reason}`;
  const how = REJECTION_RESULTS[result];
  return how ? `${why} (${how}, ${numbers})` : `${why} (${numbers})`;
}

const ABORT_REASONS: Readonly<Record<number, string>> = {
  0: "reason not specified",
  1: "unrecognized PDU",
  2: "unexpected PDU",
  4: "unrecognized PDU parameter",
  5: "unexpected PDU parameter",
  6: "invalid PDU parameter value",
};

/** An A-ABORT in words, as "unexpected PDU (2/2)": only the service provider gives a reason. */
export function describeAbort(source: number, reason: number): string {
  const why = source === 0 ? "the application's decision" : ABORT_REASONS[reason];
  return `${why ?? "a reason that the standard does not know"} (${source}/${reason})`;
}

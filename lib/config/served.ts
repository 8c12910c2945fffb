/**
 * What the bridge serves, as data: by it the bridge answers, and the conformance statement is made
 * from it.
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from "../dicom/uids.ts";
import { isStorageClass, queryRetrieveClass, VERIFICATION } from "../dimse/sop_classes.ts";
import { STATUS } from "../dimse/status.ts";
import type { Service } from "./remote_aes.ts";

/** By which DCMTK's termscu asks its peers to end; like any private class it could be one of storage. */
const PRIVATE_SHUTDOWN = "1.2.276.0.7230010.3.4.1915765545.18030.917282194.0";

/** The service that an abstract syntax belongs to; undefined for those that the bridge has none for. */
export function serviceOf(abstractSyntax: string): Service | undefined {
  if (abstractSyntax === VERIFICATION) return "echo";
  if (abstractSyntax === PRIVATE_SHUTDOWN) return undefined;
  return queryRetrieveClass(abstractSyntax)?.service ??
    (isStorageClass(abstractSyntax) ? "store" : undefined);
}

/** Identifiers are read and written in these. Data sets are stored in any transfer syntax. */
export const IDENTIFIER_SYNTAXES: ReadonlySet<string> = new Set([
  IMPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
]);

/** Of C-FIND (PS3.4 C.5.1.1): relational queries, and neither date-times, fuzzy names nor time zones. */
export const FIND_FLAGS: readonly boolean[] = [true];
/** Of C-MOVE and C-GET (PS3.4 C.5.2.1): relational retrieval. */
export const RETRIEVE_FLAGS: readonly boolean[] = [true];

/**
 * Operations of one association under way at once. Beyond it nothing more is read, so that a peer
 * that sends requests without awaiting the answers waits for them all the same.
 */
export const MAX_OPERATIONS = 16;
/** Sub-operations of C-GET that may be under way at once, where the requestor takes as many. */
export const SUBOPERATIONS = 8;

/** The name of a status. */
export type StatusName = keyof typeof STATUS;

/** Statuses that each service answers with of its own; C-STORE passes the server's reasons on as well. */
export const SERVICE_STATUSES: Readonly<Record<Service, readonly StatusName[]>> = {
  echo: ["success"],
  store: ["success", "outOfResources", "dataSetDoesNotMatchSOPClass", "cannotUnderstand"],
  find: [
    "pending",
    "pendingWithUnsupportedKeys",
    "success",
    "cancel",
    "outOfResources",
    "identifierDoesNotMatchSOPClass",
    "unableToProcess",
  ],
  move: [...retrieveStatuses(), "moveDestinationUnknown"],
  get: retrieveStatuses(),
};

function retrieveStatuses(): StatusName[] {
  return [
    "pending",
    "success",
    "completeWithFailures",
    "cancel",
    "unableToCalculateNumberOfMatches",
    "unableToPerformSubOperations",
    "identifierDoesNotMatchSOPClass",
    "sopClassNotSupported",
    "unableToProcess",
  ];
}

/**
 * Statuses of DIMSE responses (PS3.7 C; PS3.4 B.2.3, C.4, F, H, J): their numbers, their kinds, and
 * words for people.
 * @module
 */

/**
 * Status (0000,0900) by name. Services give some numbers a meaning of their own, so some have two
 * names.
 */
export const STATUS = {
  success: 0x0000,
  cancel: 0xfe00,
  /** Of C-FIND: a match; of C-MOVE and C-GET: sub-operations are under way. */
  pending: 0xff00,
  /** Of C-FIND: a match, but an optional key was not supported. */
  pendingWithUnsupportedKeys: 0xff01,

  // Any service (PS3.7 C).
  requestedOptionalAttributesNotSupported: 0x0001,
  noSuchAttribute: 0x0105,
  invalidAttributeValue: 0x0106,
  attributeListError: 0x0107,
  processingFailure: 0x0110,
  duplicateSOPInstance: 0x0111,
  noSuchSOPInstance: 0x0112,
  noSuchEventType: 0x0113,
  noSuchArgument: 0x0114,
  invalidArgumentValue: 0x0115,
  attributeValueOutOfRange: 0x0116,
  invalidSOPInstance: 0x0117,
  noSuchSOPClass: 0x0118,
  classInstanceConflict: 0x0119,
  missingAttribute: 0x0120,
  missingAttributeValue: 0x0121,
  sopClassNotSupported: 0x0122,
  noSuchAction: 0x0123,
  notAuthorized: 0x0124,
  duplicateInvocation: 0x0210,
  unrecognizedOperation: 0x0211,
  mistypedArgument: 0x0212,
  resourceLimitation: 0x0213,

  // C-STORE (PS3.4 Table B.2-1).
  outOfResources: 0xa700,
  dataSetDoesNotMatchSOPClass: 0xa900,
  cannotUnderstand: 0xc000,
  coercionOfDataElements: 0xb000,
  elementsDiscarded: 0xb006,
  dataSetDoesNotMatchSOPClassWarning: 0xb007,

  // C-FIND, C-MOVE and C-GET (PS3.4 Tables C.4-1 to C.4-3).
  unableToCalculateNumberOfMatches: 0xa701,
  unableToPerformSubOperations: 0xa702,
  moveDestinationUnknown: 0xa801,
  identifierDoesNotMatchSOPClass: 0xa900,
  unableToProcess: 0xc000,
  completeWithFailures: 0xb000,
  matchingReachedResponseLimit: 0xb001,

  // Failure Reason (0008,1197) of storage commitment (PS3.3 C.14.1.1).
  duplicateTransactionUID: 0x0131,
} as const;

/** What a response means for the one who waits. */
export type StatusKind = "success" | "pending" | "cancel" | "warning" | "failure";

/** The kind of a status (PS3.7 C.1 to C.5). What no table knows is a failure. */
export function statusKind(status: number): StatusKind {
  switch (status) {
    case STATUS.success:
      return "success";
    case STATUS.pending:
    case STATUS.pendingWithUnsupportedKeys:
      return "pending";
    case STATUS.cancel:
      return "cancel";
    case STATUS.requestedOptionalAttributesNotSupported:
    case STATUS.attributeListError:
    case STATUS.attributeValueOutOfRange:
      return "warning";
    default:
      return status >>> 12 === 0xb ? "warning" : "failure";
  }
}

/** Words that hold for each service. Of the general ones, those of PS3.7 C. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [0x0000, "success"],
  [0xfe00, "cancelled"],
  [0xff00, "pending"],
  [0xff01, "pending, optional keys not supported"],
  [0x0001, "requested optional attributes not supported"],
  [0x0105, "no such attribute"],
  [0x0106, "invalid attribute value"],
  [0x0107, "attribute list error"],
  [0x0110, "processing failure"],
  [0x0111, "duplicate SOP instance"],
  [0x0112, "no such SOP instance"],
  [0x0113, "no such event type"],
  [0x0114, "no such argument"],
  [0x0115, "invalid argument value"],
  [0x0116, "attribute value out of range"],
  [0x0117, "invalid SOP instance"],
  [0x0118, "no such SOP class"],
  [0x0119, "class-instance conflict"],
  [0x0120, "missing attribute"],
  [0x0121, "missing attribute value"],
  [0x0122, "SOP class not supported"],
  [0x0123, "no such action"],
  [0x0124, "not authorized"],
  [0x0131, "duplicate transaction UID"],
  [0x0210, "duplicate invocation"],
  [0x0211, "unrecognized operation"],
  [0x0212, "mistyped argument"],
  [0x0213, "resource limitation"],
  [0xa701, "out of resources, unable to calculate number of matches"],
  [0xa702, "out of resources, unable to perform sub-operations"],
  [0xa801, "move destination unknown"],
  [0xb000, "complete with coerced elements or failed sub-operations"],
  [0xb001, "matching reached response limit"],
  [0xb006, "elements discarded"],
  [0xb007, "data set does not match SOP class"],
  // Print management (PS3.4 H.4).
  [0xb600, "memory allocation not supported"],
  [0xb601, "film session printing not supported"],
  [0xb602, "film session has an empty page"],
  [0xb603, "film box has an empty page"],
  [0xb604, "image larger than image box, demagnified"],
  [0xb605, "requested density outside of the printer's range"],
  [0xb609, "image larger than image box, cropped"],
  [0xb60a, "image larger than image box, decimated"],
  [0xc600, "film session has no film box"],
  [0xc601, "print queue is full"],
  [0xc602, "print queue is full"],
  [0xc603, "image larger than image box"],
  [0xc605, "not enough memory in the printer"],
  [0xc613, "combined print image larger than image box"],
  [0xc616, "a film box has not been printed yet"],
]);

/** Words for a status, with its number, as "A801 (move destination unknown)". */
export function describeStatus(status: number): string {
  const number = status.toString(16).toUpperCase().padStart(4, "0");
  return `${number} (${WORDS.get(status) ?? wordsOfRange(status)})`;
}

/** Of A7xx, A9xx and Cxxx the last digits are the peer's own. */
function wordsOfRange(status: number): string {
  if (status >>> 8 === 0xa7) return "out of resources";
  if (status >>> 8 === 0xa9) return "data set or identifier does not match SOP class";
  if (status >>> 12 === 0xc) return "cannot understand or unable to process";
  return statusKind(status) === "warning" ? "a warning" : "a failure";
}

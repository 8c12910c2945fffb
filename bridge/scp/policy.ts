/**
 * What the bridge serves, and to whom: the policy by which requests for associations are answered.
 * @module
 */
import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  isUsableUID,
} from "../../lib/dicom/uids.ts";
import { type RemoteAE, type Service, SERVICES } from "../../lib/config/remote_aes.ts";
import { answerFlags, answerStorage } from "../../lib/dul/extended_negotiation.ts";
import type { AcceptorPolicy, ContextPolicy } from "../../lib/dul/negotiate.ts";
import { serviceOf } from "./services.ts";

/** What holds for every AE. */
export interface PolicyOptions {
  /** Bytes of a P-DATA-TF that peers are told to send at most, where an AE has no limit of its own. */
  readonly maxPduLength: number;
  /** Requests of a peer that are worked on at once. */
  readonly operations: number;
}

/** Sub-operations of C-GET that may be under way at once, where the requestor takes as many. */
const SUBOPERATIONS = 8;

/** Identifiers are read and written in these. */
const IDENTIFIER_SYNTAXES = new Set([IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN]);

/** Of C-FIND (PS3.4 C.5.1.1): relational queries, and neither date-times, fuzzy names nor time zones. */
const FIND_FLAGS = [true];
/** Of C-MOVE and C-GET (PS3.4 C.5.2.1): relational retrieval. */
const RETRIEVE_FLAGS = [true];

/** The policy for a known AE, or for one that is not in the configuration. */
export function policyFor(ae: RemoteAE | undefined, options: PolicyOptions): AcceptorPolicy {
  const may: ReadonlySet<Service> = ae?.may ?? new Set(SERVICES);
  return {
    maximumLength: ae?.maxPduLength ?? options.maxPduLength,
    asynchronousOperations: { invoked: options.operations, performed: SUBOPERATIONS },
    prefer: ae?.prefer ?? "explicit",
    contextPolicy(abstractSyntax) {
      const service = isUsableUID(abstractSyntax) ? serviceOf(abstractSyntax) : undefined;
      if (service === "store") {
        // Whoever may get is sent instances on contexts of their classes.
        return may.has("store") || may.has("get") ? storage(may) : "forbidden";
      }
      if (service === undefined) return undefined;
      return may.has(service) ? CONTEXTS[service] : "forbidden";
    },
  };
}

/** Data sets are kept as they come, whatever their transfer syntax. */
function storage(may: ReadonlySet<Service>): ContextPolicy {
  return {
    accepts: isUsableUID,
    scu: may.has("store"),
    scp: may.has("get"),
    extended: answerStorage,
  };
}

const RETRIEVE: ContextPolicy = {
  accepts: (uid) => IDENTIFIER_SYNTAXES.has(uid),
  scu: true,
  scp: false,
  extended: (asked) => answerFlags(asked, RETRIEVE_FLAGS),
};

const CONTEXTS: Readonly<Record<Exclude<Service, "store">, ContextPolicy>> = {
  // No data set is ever sent.
  echo: { accepts: isUsableUID, scu: true, scp: false },
  find: { ...RETRIEVE, extended: (asked) => answerFlags(asked, FIND_FLAGS) },
  move: RETRIEVE,
  get: RETRIEVE,
};

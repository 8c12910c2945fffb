/**
 * What the bridge serves, and to whom: the policy by which requests for associations are answered.
 * @module
 */
import { isUsableUID } from "../../lib/dicom/uids.ts";
import { type RemoteAE, type Service, SERVICES } from "../../lib/config/remote_aes.ts";
import {
  FIND_FLAGS,
  IDENTIFIER_SYNTAXES,
  RETRIEVE_FLAGS,
  serviceOf,
  SUBOPERATIONS,
} from "../../lib/config/served.ts";
import { answerFlags, answerStorage } from "../../lib/dul/extended_negotiation.ts";
import type { AcceptorPolicy, ContextPolicy } from "../../lib/dul/negotiate.ts";

/** What holds for every AE. */
export interface PolicyOptions {
  /** Bytes of a P-DATA-TF that peers are told to send at most, where an AE has no limit of its own. */
  readonly maxPduLength: number;
  /** Requests of a peer that are worked on at once. */
  readonly operations: number;
}

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

/**
 * Requests and answers for tests of negotiation.
 * @module
 */
import { NO_USER_INFORMATION } from "../../lib/pdu/user_information_decode.ts";
import {
  type AssociateAC,
  type AssociateRQ,
  DICOM_APPLICATION_CONTEXT,
  type ProposedContext,
  type UserInformation,
} from "../../lib/pdu/pdu.ts";
import type { AcceptorPolicy, ContextPolicy } from "../../lib/dul/negotiate.ts";

const SILENT: UserInformation = {
  ...NO_USER_INFORMATION,
  maximumLength: 16384,
  ImplementationClassUID: "1.2.3",
};

/** A request of AE `PEER` to `GANTRY`. */
export function associateRQ(
  contexts: readonly ProposedContext[],
  user: Partial<UserInformation> = {},
  more: Partial<AssociateRQ> = {},
): AssociateRQ {
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAETitle: "GANTRY",
    callingAETitle: "PEER",
    titleBytes: Uint8Array.from({ length: 64 }, (_, index) => index),
    applicationContext: DICOM_APPLICATION_CONTEXT,
    contexts,
    user: { ...SILENT, ...user },
    ...more,
  };
}

/** An answer of a peer. */
export function associateAC(
  contexts: AssociateAC["contexts"],
  user: Partial<UserInformation> = {},
): AssociateAC {
  return {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    titleBytes: new Uint8Array(64),
    applicationContext: DICOM_APPLICATION_CONTEXT,
    contexts,
    user: { ...SILENT, ...user },
  };
}

/** A proposed context. */
export function proposed(
  id: number,
  abstractSyntax: string,
  ...transferSyntaxes: readonly string[]
): ProposedContext {
  return { id, abstractSyntax, transferSyntaxes };
}

/** A policy that serves some classes to whoever is SCU, in any transfer syntax. */
export function policyOf(
  classes: Readonly<Record<string, Partial<ContextPolicy> | "forbidden">>,
  more: Partial<AcceptorPolicy> = {},
): AcceptorPolicy {
  return {
    maximumLength: 65536,
    asynchronousOperations: { invoked: 16, performed: 1 },
    prefer: "explicit",
    contextPolicy: (abstractSyntax) => {
      const policy = classes[abstractSyntax];
      if (policy === undefined || policy === "forbidden") return policy;
      return { accepts: () => true, scu: true, scp: false, ...policy };
    },
    ...more,
  };
}

/**
 * What an acceptor answers to an A-ASSOCIATE-RQ (PS3.8 7.1.1, 9.3; PS3.7 D.3): rules of the standard
 * over a policy that knows what is served.
 * @module
 */
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../dicom/part10.ts";
import { IMPLICIT_VR_LITTLE_ENDIAN } from "../dicom/uids.ts";
import {
  type AnsweredContext,
  type AssociateAC,
  type AssociateRJ,
  type AssociateRQ,
  CONTEXT_RESULT,
  type ContextResult,
  DICOM_APPLICATION_CONTEXT,
  type ExtendedNegotiation,
  type ProposedContext,
  type RoleSelection,
  type UserIdentity,
  type UserInformation,
} from "../pdu/pdu.ts";
import { chooseTransferSyntax, type VRPreference } from "./choose_transfer_syntax.ts";
import { describeRejection, REJECTION } from "./rejection.ts";

/** What is served for one abstract syntax. */
export interface ContextPolicy {
  /** Whether data sets can be taken, or given, in a transfer syntax. */
  readonly accepts: (transferSyntax: string) => boolean;
  /** Whether the requestor may send requests. */
  readonly scu: boolean;
  /** Whether the requestor may be sent requests, as C-STORE during C-GET. */
  readonly scp: boolean;
  /** The answer to SOP Class Extended Negotiation; undefined, as without this, for none. */
  readonly extended?: (information: Uint8Array) => Uint8Array | undefined;
}

/** What an acceptor is ready to do for a requestor. */
export interface AcceptorPolicy {
  /** Bytes of a P-DATA-TF that may be sent here. */
  readonly maximumLength: number;
  /** Most requests under way at once: of the requestor, and of the acceptor. 0 is unlimited. */
  readonly asynchronousOperations: { readonly invoked: number; readonly performed: number };
  /** Which native transfer syntax comes first. */
  readonly prefer: VRPreference;
  /** What is served; undefined for what is not, `forbidden` for what this requestor may not ask for. */
  readonly contextPolicy: (abstractSyntax: string) => ContextPolicy | "forbidden" | undefined;
}

/** A context that was not accepted. */
export interface RefusedContext {
  readonly context: ProposedContext;
  readonly result: ContextResult;
}

/** The answer to an A-ASSOCIATE-RQ. */
export type Negotiation =
  | {
    readonly kind: "accepted";
    readonly answer: AssociateAC;
    readonly refused: readonly RefusedContext[];
  }
  | { readonly kind: "rejected"; readonly answer: AssociateRJ; readonly why: string };

/**
 * Answers a request: every context once, in the order proposed. Of contexts with the same id the
 * first counts. An association whose contexts are all refused is still accepted, so that the
 * requestor learns why.
 */
export function negotiate(request: AssociateRQ, policy: AcceptorPolicy): Negotiation {
  const rejection = rejectionOf(request);
  if (rejection !== undefined) {
    return { kind: "rejected", answer: rejection, why: describeRejection(rejection) };
  }
  const asked = ofProposedClasses(request);
  const roles = answeredRoles(asked.roles, policy);
  const answered: AnsweredContext[] = [];
  const refused: RefusedContext[] = [];
  for (const context of distinct(request.contexts, ({ id }) => id)) {
    const answer = answerContext(context, roles, policy);
    answered.push(answer);
    if (answer.result !== CONTEXT_RESULT.acceptance) {
      refused.push({ context, result: answer.result });
    }
  }
  return {
    kind: "accepted",
    answer: {
      type: "A-ASSOCIATE-AC",
      protocolVersion: 1,
      titleBytes: request.titleBytes,
      applicationContext: DICOM_APPLICATION_CONTEXT,
      contexts: answered,
      user: answeredUser(asked, roles, policy),
    },
    refused,
  };
}

/** What is wrong with a request whatever the policy. */
function rejectionOf(request: AssociateRQ): AssociateRJ | undefined {
  if ((request.protocolVersion & 1) === 0) return REJECTION.protocolVersionNotSupported;
  if (request.applicationContext !== DICOM_APPLICATION_CONTEXT) {
    return REJECTION.applicationContextNotSupported;
  }
  if (request.callingAETitle === "") return REJECTION.callingAETitleNotRecognized;
  if (request.calledAETitle === "") return REJECTION.calledAETitleNotRecognized;
  if (request.contexts.length === 0) return REJECTION.noReason;
  return undefined;
}

function answerContext(
  { id, abstractSyntax, transferSyntaxes }: ProposedContext,
  roles: readonly RoleSelection[],
  { contextPolicy, prefer }: AcceptorPolicy,
): AnsweredContext & { readonly result: ContextResult } {
  // An answer has one transfer syntax even where it is of no significance (PS3.8 9.3.3.2).
  const refuse = (result: ContextResult) => ({
    id,
    result,
    transferSyntax: transferSyntaxes[0] ?? IMPLICIT_VR_LITTLE_ENDIAN,
  });
  const policy = contextPolicy(abstractSyntax);
  if (policy === undefined) return refuse(CONTEXT_RESULT.abstractSyntaxNotSupported);
  if (policy === "forbidden") return refuse(CONTEXT_RESULT.userRejection);
  const role = roles.find(({ SOPClassUID }) => SOPClassUID === abstractSyntax);
  if (role === undefined ? !policy.scu : !role.scu && !role.scp) {
    return refuse(CONTEXT_RESULT.userRejection);
  }
  const transferSyntax = chooseTransferSyntax(transferSyntaxes, prefer, policy.accepts);
  if (transferSyntax === undefined) return refuse(CONTEXT_RESULT.transferSyntaxesNotSupported);
  return { id, result: CONTEXT_RESULT.acceptance, transferSyntax };
}

/** SCP/SCU Role Selection (PS3.7 D.3.3.4): at most what was asked for, and only for what is served. */
/**
 * What is asked for classes that no context proposes is not answered: it means nothing, and as many
 * answers as a request has room for would not fit into an answer.
 */
function ofProposedClasses({ contexts, user }: AssociateRQ): UserInformation {
  const proposed = new Set(contexts.map(({ abstractSyntax }) => abstractSyntax));
  const isProposed = (item: { readonly SOPClassUID: string }) => proposed.has(item.SOPClassUID);
  return {
    ...user,
    roles: user.roles.filter(isProposed),
    extended: user.extended.filter(isProposed),
  };
}

function answeredRoles(
  asked: readonly RoleSelection[],
  { contextPolicy }: AcceptorPolicy,
): RoleSelection[] {
  return distinct(asked, ({ SOPClassUID }) => SOPClassUID).flatMap((role) => {
    const policy = contextPolicy(role.SOPClassUID);
    if (policy === undefined || policy === "forbidden") return [];
    return {
      SOPClassUID: role.SOPClassUID,
      scu: role.scu && policy.scu,
      scp: role.scp && policy.scp,
    };
  });
}

function answeredUser(
  asked: UserInformation,
  roles: readonly RoleSelection[],
  policy: AcceptorPolicy,
): UserInformation {
  const { asynchronousOperations: window } = asked;
  const ours = policy.asynchronousOperations;
  return {
    maximumLength: policy.maximumLength,
    ImplementationClassUID: IMPLEMENTATION_CLASS_UID,
    ImplementationVersionName: IMPLEMENTATION_VERSION_NAME,
    asynchronousOperations: window && {
      invoked: fewer(window.invoked, ours.invoked),
      performed: fewer(window.performed, ours.performed),
    },
    roles,
    extended: answeredExtended(asked.extended, policy),
    commonExtended: [],
    userIdentity: undefined,
    userIdentityResponse: identityResponse(asked.userIdentity),
  };
}

function answeredExtended(
  asked: readonly ExtendedNegotiation[],
  { contextPolicy }: AcceptorPolicy,
): ExtendedNegotiation[] {
  return distinct(asked, ({ SOPClassUID }) => SOPClassUID).flatMap((item) => {
    const policy = contextPolicy(item.SOPClassUID);
    if (policy === undefined || policy === "forbidden") return [];
    const information = policy.extended?.(item.information);
    return information === undefined ? [] : { SOPClassUID: item.SOPClassUID, information };
  });
}

/**
 * User Identity Negotiation (PS3.7 D.3.3.7). Identities are taken without being checked; a response
 * to one with a ticket, an assertion or a token would have to prove something, so there is none.
 */
function identityResponse(identity: UserIdentity | undefined): Uint8Array | undefined {
  if (identity === undefined || !identity.positiveResponseRequested) return undefined;
  return identity.type === 1 || identity.type === 2 ? new Uint8Array() : undefined;
}

/** The smaller of two numbers of operations, of which 0 is unlimited (PS3.7 D.3.3.3). */
function fewer(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}

/** The first of each that have the same key. */
function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Item[] {
  const first = new Map<unknown, Item>();
  for (const item of items) {
    const key = keyOf(item);
    if (!first.has(key)) first.set(key, item);
  }
  return [...first.values()];
}

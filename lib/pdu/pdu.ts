/**
 * The protocol data units of the DICOM upper layer (PS3.8 9.3) and their items (PS3.8 9.3.2,
 * PS3.7 D.3.3), as values.
 * @module
 */

/** What a requestor proposes (PS3.8 9.3.2.2). */
export interface ProposedContext {
  /** Odd, 1 to 255; an even one of a careless peer is kept as it came. */
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** Why an acceptor took a context or not (PS3.8 Table 9-18). */
export const CONTEXT_RESULT = {
  acceptance: 0,
  userRejection: 1,
  noReason: 2,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const;

/** A value of {@linkcode CONTEXT_RESULT}. */
export type ContextResult = typeof CONTEXT_RESULT[keyof typeof CONTEXT_RESULT];

/** What an acceptor answers for each proposed context (PS3.8 9.3.3.2). */
export interface AnsweredContext {
  readonly id: number;
  /** Any byte: what is not in the table is a refusal too. */
  readonly result: number;
  /** Not significant, and may be empty, where the context was not accepted. */
  readonly transferSyntax: string;
}

/** SCP/SCU Role Selection (PS3.7 D.3.3.4): the roles that the requestor takes. */
export interface RoleSelection {
  readonly SOPClassUID: string;
  readonly scu: boolean;
  readonly scp: boolean;
}

/** SOP Class Extended Negotiation (PS3.7 D.3.3.5). */
export interface ExtendedNegotiation {
  readonly SOPClassUID: string;
  /** Service-class application information: each service class has its own. */
  readonly information: Uint8Array;
}

/** SOP Class Common Extended Negotiation (PS3.7 D.3.3.6). */
export interface CommonExtendedNegotiation {
  readonly SOPClassUID: string;
  readonly serviceClassUID: string;
  readonly relatedSOPClassUIDs: readonly string[];
}

/** Who asks (PS3.7 D.3.3.7). The fields are bytes: tickets and tokens are no text. Never logged. */
export interface UserIdentity {
  /** 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token; others as they came. */
  readonly type: number;
  readonly positiveResponseRequested: boolean;
  readonly primary: Uint8Array;
  /** The passcode of type 2, else empty. */
  readonly secondary: Uint8Array;
}

/** User Information (PS3.8 9.3.2.3, PS3.7 D.3.3): what each side says of itself. */
export interface UserInformation {
  /** Bytes of PDVs in one P-DATA-TF that the sender of this can take, 0 for any number; undefined where it says nothing. */
  readonly maximumLength: number | undefined;
  readonly ImplementationClassUID: string | undefined;
  readonly ImplementationVersionName: string | undefined;
  /** Asynchronous Operations Window; 0 is unlimited; undefined where not negotiated, which is 1 and 1. */
  readonly asynchronousOperations:
    | { readonly invoked: number; readonly performed: number }
    | undefined;
  readonly roles: readonly RoleSelection[];
  readonly extended: readonly ExtendedNegotiation[];
  /** In requests only. */
  readonly commonExtended: readonly CommonExtendedNegotiation[];
  /** In requests only. */
  readonly userIdentity: UserIdentity | undefined;
  /** In answers only: the server response of a User Identity; empty for types 1 and 2. */
  readonly userIdentityResponse: Uint8Array | undefined;
}

/** A-ASSOCIATE-RQ (PS3.8 9.3.2). */
export interface AssociateRQ {
  readonly type: "A-ASSOCIATE-RQ";
  /** Only bit 0 means anything. */
  readonly protocolVersion: number;
  /** Without leading and trailing spaces and NULs. */
  readonly calledAETitle: string;
  readonly callingAETitle: string;
  /** Bytes 11 to 74 as they came: an answer repeats them (PS3.8 Table 9-17). Empty in a request to send. */
  readonly titleBytes: Uint8Array;
  readonly applicationContext: string;
  readonly contexts: readonly ProposedContext[];
  readonly user: UserInformation;
}

/** A-ASSOCIATE-AC (PS3.8 9.3.3). */
export interface AssociateAC {
  readonly type: "A-ASSOCIATE-AC";
  readonly protocolVersion: number;
  /** Bytes 11 to 74 of the request. */
  readonly titleBytes: Uint8Array;
  readonly applicationContext: string;
  readonly contexts: readonly AnsweredContext[];
  readonly user: UserInformation;
}

/** A-ASSOCIATE-RJ (PS3.8 9.3.4), with the numbers of Table 9-21. */
export interface AssociateRJ {
  readonly type: "A-ASSOCIATE-RJ";
  /** 1 permanent, 2 transient. */
  readonly result: number;
  /** 1 service user, 2 service provider (ACSE), 3 service provider (presentation). */
  readonly source: number;
  readonly reason: number;
}

/**
 * A piece of a presentation data value out of a P-DATA-TF (PS3.8 9.3.5). Pieces come as they
 * arrive, so that a PDV of any size takes no memory: `isLast` is true at the end of a PDV that ends
 * its command or data set, and at no other piece.
 */
export interface DataPiece {
  readonly type: "P-DATA-TF";
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  /** A view of what was read, valid until the reader is used again. May be empty. */
  readonly data: Uint8Array;
}

/** A-RELEASE-RQ (PS3.8 9.3.6). */
export interface ReleaseRQ {
  readonly type: "A-RELEASE-RQ";
}

/** A-RELEASE-RP (PS3.8 9.3.7). */
export interface ReleaseRP {
  readonly type: "A-RELEASE-RP";
}

/** A-ABORT (PS3.8 9.3.8). */
export interface Abort {
  readonly type: "A-ABORT";
  /** 0 service user, 2 service provider. */
  readonly source: number;
  /** Significant from the service provider only: 0, 1, 2, 4, 5, 6 as in Table 9-26. */
  readonly reason: number;
}

/** Every unit whole, but the data of P-DATA-TF in pieces. */
export type Pdu =
  | AssociateRQ
  | AssociateAC
  | AssociateRJ
  | DataPiece
  | ReleaseRQ
  | ReleaseRP
  | Abort;

/** The only application context there is (PS3.7 A.2.1). */
export const DICOM_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

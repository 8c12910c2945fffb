/**
 * Actions of the upper layer protocol machine as data (PS3.8 Tables 9-6 to 9-9): what each one does,
 * in order, and the state after it.
 * @module
 */
import type { State } from "./events.ts";

/** One thing to do. `send…` is for the peer, `indicate…` and `confirm…` are for the local user. */
export type Effect =
  | "openTransport"
  | "acceptTransport"
  | "closeTransport"
  | "sendAssociateRQ"
  | "sendAssociateAC"
  | "sendAssociateRJ"
  | "sendData"
  | "sendReleaseRQ"
  | "sendReleaseRP"
  /** A-ABORT of the service user: source 0. */
  | "sendUserAbort"
  /** A-ABORT of the service provider: source 2, with the reason. */
  | "sendProviderAbort"
  | "indicateAssociate"
  | "confirmAccept"
  | "confirmReject"
  | "indicateData"
  | "indicateRelease"
  | "confirmRelease"
  /** A-ABORT or A-P-ABORT indication, as the source in the peer's PDU says. */
  | "indicateAbort"
  /** A-P-ABORT indication: the provider's own finding. */
  | "indicateProviderAbort"
  /** (Re)starts the association request, reject and release timer (PS3.8 9.1.4). */
  | "startArtim"
  /** Stops it, where it runs. */
  | "stopArtim";

/** What an event leads to. */
export interface Transition {
  /** To be carried out in this order. */
  readonly effects: readonly Effect[];
  readonly next: State;
}

/** Actions by name; AE-6 and AR-8 leave a choice and stand apart. */
export const OUTCOME = {
  "AE-1": { effects: ["openTransport"], next: "Sta4" },
  "AE-2": { effects: ["sendAssociateRQ"], next: "Sta5" },
  "AE-3": { effects: ["confirmAccept"], next: "Sta6" },
  "AE-4": { effects: ["confirmReject", "closeTransport"], next: "Sta1" },
  "AE-5": { effects: ["acceptTransport", "startArtim"], next: "Sta2" },
  "AE-7": { effects: ["sendAssociateAC"], next: "Sta6" },
  "AE-8": { effects: ["sendAssociateRJ", "startArtim"], next: "Sta13" },
  "DT-1": { effects: ["sendData"], next: "Sta6" },
  "DT-2": { effects: ["indicateData"], next: "Sta6" },
  "AR-1": { effects: ["sendReleaseRQ"], next: "Sta7" },
  "AR-2": { effects: ["indicateRelease"], next: "Sta8" },
  "AR-3": { effects: ["confirmRelease", "closeTransport"], next: "Sta1" },
  "AR-4": { effects: ["sendReleaseRP", "startArtim"], next: "Sta13" },
  "AR-5": { effects: ["stopArtim"], next: "Sta1" },
  "AR-6": { effects: ["indicateData"], next: "Sta7" },
  "AR-7": { effects: ["sendData"], next: "Sta8" },
  "AR-9": { effects: ["sendReleaseRP"], next: "Sta11" },
  "AR-10": { effects: ["confirmRelease"], next: "Sta12" },
  "AA-1": { effects: ["sendUserAbort", "startArtim"], next: "Sta13" },
  "AA-2": { effects: ["stopArtim", "closeTransport"], next: "Sta1" },
  "AA-3": { effects: ["indicateAbort", "closeTransport"], next: "Sta1" },
  "AA-4": { effects: ["indicateProviderAbort"], next: "Sta1" },
  "AA-5": { effects: ["stopArtim"], next: "Sta1" },
  "AA-6": { effects: [], next: "Sta13" },
  "AA-7": { effects: ["sendProviderAbort"], next: "Sta13" },
  "AA-8": { effects: ["sendProviderAbort", "indicateProviderAbort", "startArtim"], next: "Sta13" },
} as const satisfies Readonly<Record<string, Transition>>;

/** AE-6: a request that the provider itself can take is shown to the user, others are rejected. */
export const AE_6 = {
  acceptable: { effects: ["stopArtim", "indicateAssociate"], next: "Sta3" },
  unacceptable: { effects: ["stopArtim", "sendAssociateRJ", "startArtim"], next: "Sta13" },
} as const satisfies Readonly<Record<string, Transition>>;

/** AR-8: both sides asked for a release at once; the requestor of the association answers first. */
export const AR_8 = {
  requestor: { effects: ["indicateRelease"], next: "Sta9" },
  acceptor: { effects: ["indicateRelease"], next: "Sta10" },
} as const satisfies Readonly<Record<string, Transition>>;

/** An action of PS3.8 Tables 9-6 to 9-9. */
export type Action = keyof typeof OUTCOME | "AE-6" | "AR-8";

/**
 * States and events of the upper layer protocol machine (PS3.8 9.2.1, Tables 9-1 to 9-5 and 9-10),
 * under the names of the standard.
 * @module
 */
import type { Pdu } from "../pdu/pdu.ts";

/** States of an association (PS3.8 Tables 9-1 to 9-5). */
export type State =
  /** Idle. */
  | "Sta1"
  /** Transport connection open, awaiting A-ASSOCIATE-RQ. */
  | "Sta2"
  /** Awaiting the local A-ASSOCIATE response. */
  | "Sta3"
  /** Awaiting the transport connection. */
  | "Sta4"
  /** Awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ. */
  | "Sta5"
  /** Association established, ready for data. */
  | "Sta6"
  /** Awaiting A-RELEASE-RP. */
  | "Sta7"
  /** Awaiting the local A-RELEASE response. */
  | "Sta8"
  /** Release collision of the requestor: awaiting the local A-RELEASE response. */
  | "Sta9"
  /** Release collision of the acceptor: awaiting A-RELEASE-RP. */
  | "Sta10"
  /** Release collision of the requestor: awaiting A-RELEASE-RP. */
  | "Sta11"
  /** Release collision of the acceptor: awaiting the local A-RELEASE response. */
  | "Sta12"
  /** Awaiting the close of the transport connection. */
  | "Sta13";

/** Events by what happens, with their names in PS3.8 Table 9-10. A PDU's event is under its type. */
export const EVENT = {
  /** The local user asks for an association. */
  "A-ASSOCIATE request": "Evt1",
  /** The connection asked for is open. */
  "transport connection confirmation": "Evt2",
  "A-ASSOCIATE-AC": "Evt3",
  "A-ASSOCIATE-RJ": "Evt4",
  /** A peer has connected. */
  "transport connection indication": "Evt5",
  "A-ASSOCIATE-RQ": "Evt6",
  /** The local user accepts. */
  "A-ASSOCIATE response (accept)": "Evt7",
  /** The local user rejects. */
  "A-ASSOCIATE response (reject)": "Evt8",
  /** The local user has data to send. */
  "P-DATA request": "Evt9",
  "P-DATA-TF": "Evt10",
  /** The local user asks for a release. */
  "A-RELEASE request": "Evt11",
  "A-RELEASE-RQ": "Evt12",
  "A-RELEASE-RP": "Evt13",
  /** The local user agrees to a release. */
  "A-RELEASE response": "Evt14",
  /** The local user aborts. */
  "A-ABORT request": "Evt15",
  "A-ABORT": "Evt16",
  /** The connection closed or broke, or could not be opened. */
  "transport connection closed": "Evt17",
  "ARTIM expired": "Evt18",
  /**
   * An unrecognised or invalid PDU: whatever the reader or the message layer throws ProtocolError
   * for, from an unknown type to data on a context that was not accepted.
   */
  "invalid PDU": "Evt19",
} as const satisfies Record<Pdu["type"], string> & Record<string, string>;

/** An event of PS3.8 Table 9-10. */
export type Event = typeof EVENT[keyof typeof EVENT];

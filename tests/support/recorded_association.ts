/**
 * An association without a peer, for services: it keeps what they send.
 * @module
 */
import { NO_USER_INFORMATION } from "../../lib/pdu/user_information_decode.ts";
import {
  type Association,
  AssociationEnded,
  type Ending,
  type IncomingRequest,
  type Operation,
} from "../../bridge/net/association.ts";
import type { Command } from "../../lib/dimse/command.ts";

/** A message that was sent. */
export interface SentMessage {
  readonly command: Command;
  readonly dataSet: Uint8Array | undefined;
}

/** See {@linkcode recordAssociation}. */
export interface RecordedAssociation extends Association {
  readonly sent: readonly SentMessage[];
  /** Ends it as a broken connection does. */
  lose(): void;
}

/** Makes one; `onSend` runs before each message counts as sent. */
export function recordAssociation(
  onSend: (message: SentMessage) => void | Promise<void> = () => {},
): RecordedAssociation {
  const sent: SentMessage[] = [];
  const end = new AbortController();
  const ending: Ending = { kind: "lost" };
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  return {
    id: 1,
    localAETitle: "GANTRY",
    peer: {
      AETitle: "PEER",
      address: "127.0.0.1",
      port: 104,
      ImplementationClassUID: undefined,
      ImplementationVersionName: undefined,
    },
    contexts: [],
    peerInformation: NO_USER_INFORMATION,
    window: 1,
    nextMessageID: () => 1,
    async send(_contextId, command, dataSet) {
      if (end.signal.aborted) throw new AssociationEnded(ending);
      const pieces = dataSet instanceof Uint8Array
        ? [dataSet]
        : await Array.fromAsync(dataSet ?? []);
      const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
      const message = { command, dataSet: dataSet === undefined ? undefined : bytes };
      await onSend(message);
      sent.push(message);
    },
    async *request() {
      yield await Promise.reject<never>(new AssociationEnded(ending));
    },
    release: () => Promise.resolve(),
    abort() {},
    signal: end.signal,
    ended,
    sent,
    lose() {
      resolve(ending);
      end.abort();
    },
  };
}

/** Runs an operation as the driver does: the data set in pieces of 100 bytes, then `run`. */
export async function perform(operation: Operation, dataSet: Uint8Array): Promise<void> {
  for (let at = 0; at < dataSet.length; at += 100) {
    // What comes next is written over it.
    const piece = dataSet.slice(at, at + 100);
    await operation.write?.(piece);
    piece.fill(0xff);
  }
  await operation.run();
}

/** A request on a context of its own. */
export function incoming(
  association: Association,
  abstractSyntax: string,
  transferSyntax: string,
  command: Command,
): IncomingRequest {
  const context = {
    id: 1,
    abstractSyntax,
    transferSyntax,
    isOursToRequest: false,
    isPeersToRequest: true,
  };
  return { association, context, command };
}

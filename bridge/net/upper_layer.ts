/**
 * The upper layer on a connection (PS3.8 9): reads units, runs the state machine of lib/dul with
 * what they and the local user bring, carries out its effects, and keeps the timers.
 * @module
 */
import type { Effect } from "../../lib/dul/actions.ts";
import { EVENT, type Event, type State } from "../../lib/dul/events.ts";
import { type Role, transition } from "../../lib/dul/state_machine.ts";
import { ProtocolError } from "../../lib/errors.ts";
import {
  encodeAbort,
  encodeAssociateAC,
  encodeAssociateRJ,
  encodeAssociateRQ,
  encodeReleaseRP,
  encodeReleaseRQ,
} from "../../lib/pdu/encode.ts";
import { acceptedPDataBytes } from "../../lib/pdu/limits.ts";
import type {
  Abort,
  AssociateAC,
  AssociateRJ,
  AssociateRQ,
  DataPiece,
  Pdu,
} from "../../lib/pdu/pdu.ts";
import { PduReader } from "../../lib/pdu/reader.ts";
import { AssociationEnded, type Ending } from "./association.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Timers } from "./connect_options.ts";
import { Deadline } from "./deadline.ts";
import { PeerPatience } from "./peer_patience.ts";
import type { AssociationUser, Negotiator } from "./upper_layer_users.ts";
import { WriteQueue } from "./write_queue.ts";

/** A-ABORT sources (PS3.8 Table 9-26). */
const SERVICE_USER = 0;
const SERVICE_PROVIDER = 2;
/** A-ABORT reasons of the service provider. */
const UNRECOGNIZED_PDU = 1;
const UNEXPECTED_PDU = 2;

/** Bytes that are read at once, and thrown away, while only the peer's close is waited for. */
const DRAIN_BYTES = 16 * 1024;

/** What the upper layer runs on. */
export interface UpperLayerOptions {
  readonly stream: ByteStream;
  readonly role: Role;
  readonly timers: Timers;
  /** The longest P-DATA-TF that a peer is told to send; longer ones are taken up to a limit. */
  readonly maximumLength: number;
}

/** What effects may need of their event. */
interface Detail {
  readonly pdu?: Pdu;
  /** What the peer did wrong. */
  readonly error?: ProtocolError;
  /** Why the local user aborts. */
  readonly why?: string;
}

const NO_DETAIL: Detail = {};

/** One connection, from its opening to its close. */
export class UpperLayer {
  readonly #stream: ByteStream;
  readonly #role: Role;
  readonly #timers: Timers;
  readonly #negotiator: Negotiator;
  #user: AssociationUser | undefined;
  readonly #reader: PduReader;
  readonly #writes: WriteQueue;
  #state: State = "Sta1";
  #ending: Ending | undefined;
  #hasAgreedToRelease = false;
  /** ARTIM, or the wait for the answer to our own A-ASSOCIATE-RQ or A-RELEASE-RQ. */
  readonly #phase = new Deadline(() => this.#phaseExpired());
  /** The wait for what the peer has to send in an association that stands. */
  readonly #patience: PeerPatience;

  constructor(options: UpperLayerOptions, negotiator: Negotiator) {
    this.#stream = options.stream;
    this.#role = options.role;
    this.#timers = options.timers;
    this.#negotiator = negotiator;
    this.#reader = new PduReader(acceptedPDataBytes(options.maximumLength));
    this.#patience = new PeerPatience(this.#timers, (why) => this.abort(why));
    this.#writes = new WriteQueue(this.#stream, this.#timers.write, () => this.#stalled());
  }

  /** Serves a connection that a peer has opened; resolves when it is closed and nothing is left. */
  async serve(): Promise<void> {
    this.#on(EVENT["transport connection indication"]);
    await this.#run();
  }

  /** Asks for an association on a connection that this side has opened; resolves as `serve` does. */
  async request(request: AssociateRQ): Promise<void> {
    this.#on(EVENT["A-ASSOCIATE request"]);
    this.#on(EVENT["transport connection confirmation"], { pdu: request });
    await this.#run();
  }

  /** Accepts the request that was indicated. */
  accept(answer: AssociateAC, user: AssociationUser): void {
    this.#user = user;
    this.#on(EVENT["A-ASSOCIATE response (accept)"], { pdu: answer });
  }

  /** Rejects the request that was indicated. */
  reject(answer: AssociateRJ): void {
    this.#on(EVENT["A-ASSOCIATE response (reject)"], { pdu: answer });
  }

  /** Writes whole P-DATA-TF PDUs. Rejects with AssociationEnded where no data can be sent any more. */
  async writeData(pdus: Uint8Array): Promise<void> {
    if (transition(this.#state, EVENT["P-DATA request"], this.#role) === undefined) {
      throw new AssociationEnded(this.#ending ?? { kind: "released" });
    }
    try {
      await this.#writes.write(pdus);
    } catch {
      this.#lose();
      throw new AssociationEnded(this.#ending ?? { kind: "lost" });
    }
  }

  /** Asks for a release, where the association stands. */
  release(): void {
    this.#on(EVENT["A-RELEASE request"]);
  }

  /** Answers a release that was indicated. */
  agreeToRelease(): void {
    this.#hasAgreedToRelease = true;
    this.#on(EVENT["A-RELEASE response"]);
  }

  /** Aborts what there is. */
  abort(why: string): void {
    this.#on(EVENT["A-ABORT request"], { why });
  }

  /** Aborts, and closes the connection without waiting for the peer to do it. */
  stop(why: string): void {
    this.abort(why);
    this.#closeWhenSent();
  }

  /** Aborts because the peer broke the rules. */
  fail(error: ProtocolError): void {
    this.#on(EVENT["invalid PDU"], { error });
  }

  /** To be called when the user expects something else than before without a message having come. */
  expectationChanged(): void {
    if (this.#patience.isWaiting) this.#wait();
  }

  async #run(): Promise<void> {
    try {
      while (this.#state !== "Sta1" && await this.#readSome());
    } finally {
      await this.#drain();
      await this.#writes.flushed();
      this.#stream.close();
      this.#end({ kind: "lost" });
      this.#writes[Symbol.dispose]();
      this.#phase[Symbol.dispose]();
      this.#patience[Symbol.dispose]();
    }
  }

  /** False where there is nothing more to read, or to be understood. Throws what is not the peer's fault. */
  async #readSome(): Promise<boolean> {
    const length = await this.#read(this.#reader.space());
    if (length === null) return false;
    this.#reader.filled(length);
    try {
      for (let pdu = this.#reader.next(); pdu !== undefined; pdu = this.#reader.next()) {
        const taken = this.#on(EVENT[pdu.type], { pdu });
        if (taken !== undefined) await taken;
      }
      return true;
    } catch (error) {
      this.#break(error);
      return false;
    }
  }

  /** Number of bytes; null where there are no more, after what that means has been done. */
  async #read(buffer: Uint8Array): Promise<number | null> {
    this.#wait();
    try {
      const length = await this.#stream.read(buffer);
      this.#patience.received(length ?? 0);
      if (length !== null) return length;
      // The peer may have closed its direction only, and wait for answers.
      if (this.#state === "Sta6" || this.#state === "Sta8") await this.#user?.inputEnded();
    } catch {
      // The connection is broken: nobody waits any more.
    }
    this.#on(EVENT["transport connection closed"]);
    return null;
  }

  /** What was read cannot be understood. Throws what is not the peer's fault. */
  #break(error: unknown): void {
    const isForeign = error instanceof ProtocolError && this.#state === "Sta2" &&
      error.reason === UNRECOGNIZED_PDU;
    const fault = error instanceof ProtocolError
      ? error
      : new ProtocolError("A fault of this software", 0);
    this.#on(EVENT["invalid PDU"], { error: fault });
    // Whoever speaks another protocol does not know that it should close the connection.
    if (isForeign) this.#closeWhenSent();
    if (fault !== error) throw error;
  }

  /** Waits for the peer's close, or for ARTIM. What still comes is of no interest (AA-6). */
  async #drain(): Promise<void> {
    if (this.#state === "Sta1") return;
    const buffer = new Uint8Array(DRAIN_BYTES);
    while (await this.#read(buffer) !== null);
  }

  #on(event: Event, detail: Detail = NO_DETAIL): void | Promise<void> {
    const outcome = transition(this.#state, event, this.#role);
    if (outcome === undefined) return;
    this.#state = outcome.next;
    let taken: void | Promise<void> = undefined;
    for (const effect of outcome.effects) taken = this.#carryOut(effect, detail);
    this.expectationChanged();
    return taken;
  }

  #carryOut(effect: Effect, { pdu, error, why }: Detail): void | Promise<void> {
    switch (effect) {
      case "openTransport":
      case "acceptTransport":
        // The connection is open: whoever made this object did that.
        return;
      case "sendData":
        // writeData does, which tells when the data is written.
        return;
      case "closeTransport":
        return this.#stream.close();
      case "sendAssociateRQ":
        this.#phase.start(this.#timers.negotiation);
        return this.#send(encodeAssociateRQ(pdu as AssociateRQ));
      case "sendAssociateAC":
        return this.#send(encodeAssociateAC(pdu as AssociateAC));
      case "sendAssociateRJ":
        return this.#send(encodeAssociateRJ(pdu as AssociateRJ));
      case "sendReleaseRQ":
        this.#phase.start(this.#timers.negotiation);
        return this.#send(encodeReleaseRQ());
      case "sendReleaseRP":
        this.#send(encodeReleaseRP());
        // Nothing more can be sent: whoever waits has waited long enough.
        if (this.#state === "Sta13") this.#end({ kind: "released" });
        return;
      case "sendUserAbort":
        this.#end({ kind: "abortedHere", why: explain(pdu, error, why) });
        // AA-1 has the local user's source also for what the peer did in Sta2: say what it was.
        return this.#send(why === undefined ? providerAbort(error) : encodeAbort(SERVICE_USER, 0));
      case "sendProviderAbort":
        return this.#send(providerAbort(error));
      case "indicateAssociate":
        return this.#negotiator.associateIndicated(pdu as AssociateRQ);
      case "confirmAccept":
      case "confirmReject":
        this.#phase.stop();
        this.#user = this.#negotiator.associateConfirmed(pdu as AssociateAC | AssociateRJ);
        return;
      case "indicateData":
        return this.#user?.data(pdu as DataPiece);
      case "indicateRelease":
        return this.#user?.releaseIndicated();
      case "confirmRelease":
        this.#end({ kind: "released" });
        // Where both asked, the acceptor's answer had to wait for this one (AR-10).
        if (this.#hasAgreedToRelease) this.#on(EVENT["A-RELEASE response"]);
        return;
      case "indicateAbort": {
        const { source, reason } = pdu as Abort;
        return this.#end({ kind: "aborted", source, reason });
      }
      case "indicateProviderAbort": {
        const isLost = pdu === undefined && error === undefined;
        const why = explain(pdu, error, undefined);
        return this.#end(isLost ? { kind: "lost" } : { kind: "abortedHere", why });
      }
      case "startArtim":
        return this.#phase.start(this.#timers.artim);
      case "stopArtim":
        return this.#phase.stop();
    }
  }

  #send(pdu: Uint8Array): void {
    this.#writes.write(pdu).catch(() => this.#lose());
  }

  /** The connection is of no more use. */
  #lose(): void {
    this.#on(EVENT["transport connection closed"]);
    this.#stream.close();
  }

  #closeWhenSent(): void {
    this.#writes.flushed().then(() => this.#stream.close());
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#user?.end(ending);
    this.#negotiator.ended(ending);
  }

  #stalled(): void {
    this.#end({ kind: "abortedHere", why: "The peer takes no data" });
    this.#lose();
  }

  #phaseExpired(): void {
    if (this.#state === "Sta2" || this.#state === "Sta13") this.#on(EVENT["ARTIM expired"]);
    else this.abort(`No answer within ${this.#timers.negotiation} ms`);
  }

  #wait(): void {
    const user = this.#state === "Sta6" ? this.#user : undefined;
    if (user === undefined) return this.#patience.wait("nothing");
    this.#patience.wait(this.#reader.isInsidePdu ? "rest of PDU" : user.expected);
  }
}

function explain(pdu: Pdu | undefined, error: Error | undefined, why: string | undefined): string {
  return why ?? error?.message ?? `Unexpected ${pdu?.type ?? "end"}`;
}

function providerAbort(error: ProtocolError | undefined): Uint8Array {
  return encodeAbort(SERVICE_PROVIDER, error?.reason ?? UNEXPECTED_PDU);
}

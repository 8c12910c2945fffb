/**
 * How long the peer of an association may take for what it has to send next.
 * @module
 */
import type { Timers } from "./connect_options.ts";
import { Deadline } from "./deadline.ts";

/** What a peer has to do next: go on with a message, wait for us, or ask for something. */
export type Expectation = "rest of message" | "nothing" | "request";

/** The same, seen from below: a PDU that has begun comes before everything else. */
type Awaited = "rest of PDU" | Expectation;

/** Bytes of a PDU that count as progress: a peer that drips single bytes makes none. */
const PROGRESS_BYTES = 1024;

/** Runs while bytes of the peer are waited for, and not while what it sent is worked on. */
export class PeerPatience {
  readonly #timers: Timers;
  readonly #onLost: (why: string) => void;
  readonly #deadline = new Deadline(() => this.#expired());
  #awaited: Awaited = "nothing";
  #isWaiting = false;
  #bytes = 0;

  /** @param onLost the peer took too long, with what for */
  constructor(timers: Timers, onLost: (why: string) => void) {
    this.#timers = timers;
    this.#onLost = onLost;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Bytes are waited for from now on, or for another reason than before. */
  wait(awaited: Awaited): void {
    const isSamePdu = awaited === "rest of PDU" && this.#awaited === awaited;
    this.#isWaiting = true;
    this.#awaited = awaited;
    switch (awaited) {
      case "nothing":
        return this.#deadline.stop();
      case "rest of PDU":
        if (isSamePdu && this.#deadline.isRunning && this.#bytes < PROGRESS_BYTES) return;
        this.#bytes = 0;
        return this.#deadline.start(this.#timers.pdu);
      case "rest of message":
        return this.#deadline.start(this.#timers.message);
      case "request":
        return this.#deadline.start(this.#timers.idle);
    }
  }

  /** So many bytes have come. */
  received(bytes: number): void {
    this.#isWaiting = false;
    this.#bytes += bytes;
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }

  #expired(): void {
    // While what was read is being worked on, nobody waits for the peer.
    if (!this.#isWaiting) return;
    const { pdu, message, idle } = this.#timers;
    switch (this.#awaited) {
      case "nothing":
        return;
      case "rest of PDU":
        return this.#onLost(`The rest of a PDU did not come within ${pdu} ms`);
      case "rest of message":
        return this.#onLost(`The rest of a message did not come within ${message} ms`);
      case "request":
        return this.#onLost(`Idle for ${idle} ms`);
    }
  }
}

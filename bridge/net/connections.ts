/**
 * How many connections and associations there are, and whether there may be one more.
 * @module
 */
import { isLoopback } from "../../lib/config/addresses.ts";

/** How many there may be at once. */
export interface ListenLimits {
  /** Associations; further ones are refused as transient, so that the peer tries again. */
  readonly associations: number;
  /** Connections that are no associations (yet, or any more); further ones are closed at once. */
  readonly connections: number;
  /** Connections of one address beyond loopback, associations included; further ones are closed at once. */
  readonly connectionsOfAddress: number;
}

/** The defaults: more than a department has senders, and idle connections cost little. */
export const DEFAULT_LIMITS: ListenLimits = {
  associations: 200,
  connections: 4096,
  connectionsOfAddress: 256,
};

/** Counts against limits. What is taken is a place, given back by its disposal. */
export class Connections {
  readonly #limits: ListenLimits;
  readonly #ofAddress = new Map<string, number>();
  #all = 0;
  #associations = 0;

  constructor(limits: ListenLimits) {
    this.#limits = limits;
  }

  /** Connections that are no associations. */
  get idle(): number {
    return this.#all - this.#associations;
  }

  get associations(): number {
    return this.#associations;
  }

  /** A place for a connection; undefined where there is none. */
  takeConnection(): Disposable | undefined {
    if (this.idle >= this.#limits.connections) return undefined;
    this.#all++;
    return once(() => this.#all--);
  }

  /** A place among the connections of an address; undefined where there is none. */
  takeAddress(address: string): Disposable | undefined {
    const count = this.#ofAddress.get(address) ?? 0;
    if (count >= this.#limits.connectionsOfAddress && !isLoopback(address)) return undefined;
    this.#ofAddress.set(address, count + 1);
    return once(() => {
      const left = (this.#ofAddress.get(address) ?? 0) - 1;
      if (left > 0) this.#ofAddress.set(address, left);
      else this.#ofAddress.delete(address);
    });
  }

  /** A place for the association of a connection that has its place; undefined where there is none. */
  takeAssociation(): Disposable | undefined {
    if (this.#associations >= this.#limits.associations) return undefined;
    this.#associations++;
    return once(() => this.#associations--);
  }
}

function once(giveBack: () => void): Disposable {
  let isTaken = true;
  return {
    [Symbol.dispose]() {
      if (!isTaken) return;
      isTaken = false;
      giveBack();
    },
  };
}

/**
 * The servers, or archives of one, that instances go to, and how each of them is doing: one that
 * fails is left alone for a while, and is sent less at a time.
 * @module
 */
import type { GatewayError } from "../gateway/gateway.ts";
import type { Stow } from "../gateway/stow.ts";
import type { Log } from "../../lib/log.ts";
import { type BackOff, delayAfter } from "./backoff.ts";

/** Instances of one request at most: among small ones more would gain nothing. */
export const BATCH_PARTS = 100;

/** Where the instances for one called AE title go. */
export interface Destination {
  readonly stow: Stow;
  /** Instances that the next request may have. */
  readonly batchParts: number;
  /** Milliseconds, on the clock of performance.now(), before which nothing is to be sent. */
  readonly pausedUntil: number;
  /** A request was answered about its instances. */
  succeeded(): void;
  /** A request of so many instances failed as a whole. */
  failed(parts: number, error: GatewayError): void;
}

/** All destinations that something was sent to. */
export interface Destinations {
  /** The one that a called AE title names. */
  of(calledAETitle: string | undefined): Destination;
  /** Whether a request to one of them has failed, and none has succeeded since. */
  readonly isAnyFailing: boolean;
  /** When the first of those that are paused may be tried again, if all are; else 0. */
  readonly allPausedUntil: number;
}

/** Makes them as they are asked for. */
export function createDestinations(
  stowFor: (calledAETitle: string | undefined) => Stow,
  backOff: BackOff,
  log: Log,
): Destinations {
  // One for each archive: admission lets no other title call.
  const known = new Map<string | undefined, TrackedDestination>();
  return {
    of(calledAETitle) {
      const destination = known.get(calledAETitle) ??
        new TrackedDestination(stowFor(calledAETitle), calledAETitle, backOff, log);
      known.set(calledAETitle, destination);
      return destination;
    },
    get isAnyFailing() {
      return known.values().some((each) => each.isFailing);
    },
    get allPausedUntil() {
      const moments = [...known.values()].map((each) => each.pausedUntil);
      return moments.length === 0 ? 0 : Math.min(...moments);
    },
  };
}

class TrackedDestination implements Destination {
  readonly stow: Stow;
  readonly #calledAETitle: string | undefined;
  readonly #backOff: BackOff;
  readonly #log: Log;
  #batchParts = BATCH_PARTS;
  #failures = 0;
  #pausedUntil = 0;

  constructor(
    stow: Stow,
    calledAETitle: string | undefined,
    backOff: BackOff,
    log: Log,
  ) {
    this.stow = stow;
    this.#calledAETitle = calledAETitle;
    this.#backOff = backOff;
    this.#log = log;
  }

  get batchParts(): number {
    return this.#batchParts;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  succeeded(): void {
    this.#batchParts = Math.min(BATCH_PARTS, this.#batchParts * 2);
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#log({
      level: "info",
      message: "The server takes instances again",
      calledAETitle: this.#calledAETitle,
    });
  }

  failed(parts: number, error: GatewayError): void {
    // Smaller requests find the one instance that the server fails on, and spare a busy server.
    this.#batchParts = Math.max(1, parts >> 1);
    // What may be welcome in parts is sent so at once.
    if (error.kind === "refused") return;
    // Others that were under way at the same time say nothing new.
    if (performance.now() < this.#pausedUntil) return;
    const delay = delayAfter(++this.#failures, this.#backOff, error.retryAfter);
    this.#pausedUntil = performance.now() + delay;
    this.#log({
      level: "error",
      message: error.kind === "denied"
        ? "The server does not let the bridge store: check GANTRY_CORE_URL, GANTRY_CORE_TOKEN " +
          "and that the server has an archive of the called AE title; nothing is lost meanwhile"
        : "The server did not take instances: they are kept and tried again",
      calledAETitle: this.#calledAETitle,
      reason: error.message,
      status: error.status,
      tryAgainMilliseconds: Math.round(delay),
    });
  }
}

/**
 * How an archive is doing: one that fails is left alone for a while, and is sent less at a time.
 * @module
 */
import type { Log } from "../../lib/log.ts";
import type { GatewayError } from "../gateway/gateway.ts";
import { type BackOff, delayAfter } from "./backoff.ts";

/** Instances of one request at most: among small ones more would gain nothing. */
const BATCH_PARTS = 100;

/** The pace at which an archive takes instances. */
export class Pace {
  readonly #calledAETitle: string;
  readonly #backOff: BackOff;
  readonly #log: Log;
  #batchParts = BATCH_PARTS;
  #failures = 0;
  #pausedUntil = 0;

  constructor(calledAETitle: string, backOff: BackOff, log: Log) {
    this.#calledAETitle = calledAETitle;
    this.#backOff = backOff;
    this.#log = log;
  }

  /** Instances that the next request may have. */
  get batchParts(): number {
    return this.#batchParts;
  }

  /** Milliseconds, on the clock of performance.now(), before which nothing is to be sent. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** Whether a request has failed, and none has succeeded since. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** A request was answered about its instances. */
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

  /** A request of so many instances failed as a whole. */
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

/**
 * Sends one instance to the server while its sender waits (`ack: core`).
 * @module
 */
import { STATUS } from "../../lib/dimse/status.ts";
import { GatewayError, type StoreOutcome } from "../gateway/gateway.ts";
import type { Stow } from "../gateway/stow.ts";
import { BatchBody, singleBody, type StowBody } from "../gateway/stow_body.ts";
import { BACK_OFF, type BackOff, delayAfter } from "./backoff.ts";
import { chunksOf, readInto, readSent, sizeOf } from "./spooled_file.ts";
import { createTurns } from "./turns.ts";

/** How instances are delivered. */
export interface DeliverOptions {
  /** Storing at the archive of a called AE title. */
  readonly stowFor: (calledAETitle: string) => Stow;
  readonly backOff?: BackOff;
  /** Milliseconds until the sender is told to come again later; senders give up after as many. */
  readonly within?: number;
}

/**
 * Sends a file and answers what became of it: `failed` where the server did not say in time.
 * Rejects where the file cannot be read, and with the signal's reason.
 */
export type Deliver = (path: string, signal: AbortSignal) => Promise<StoreOutcome>;

/** Modalities commonly wait 30 seconds for a response. */
const WITHIN = 25_000;
/** Instances on their way at the same time; others wait. */
const DELIVERIES = 8;
/** Bytes up to which a file is sent in one piece, which is faster. */
const WHOLE_BYTES = 4 * 1024 * 1024;
/** What stands around it. */
const ENVELOPE_BYTES = 1024;

/** Makes it. */
export function createDeliver(
  { stowFor, backOff = BACK_OFF, within = WITHIN }: DeliverOptions,
): Deliver {
  const turn = createTurns(DELIVERIES);
  return async (path, signal) => {
    signal.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort();
    signal.addEventListener("abort", end);
    const timer = setTimeout(end, within);
    let outcome = LATE;
    try {
      const endTurn = await turn(ending.signal);
      try {
        const { SOPInstanceUID = "", calledAETitle = "" } = await readSent(path);
        const stow = stowFor(calledAETitle);
        for (let failures = 1;; failures++) {
          outcome = await attempt(stow, path, SOPInstanceUID, ending.signal);
          if (outcome.kind !== "failed") return outcome;
          await pause(delayAfter(failures, backOff), ending.signal);
        }
      } finally {
        endTurn();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (ending.signal.aborted) return outcome;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  };
}

const LATE: StoreOutcome = {
  kind: "failed",
  reason: STATUS.outOfResources,
  explanation: "The server did not answer in time",
};

async function attempt(
  stow: Stow,
  path: string,
  SOPInstanceUID: string,
  signal: AbortSignal,
): Promise<StoreOutcome> {
  try {
    const [outcome = LATE] = await stow({
      body: await bodyOf(path),
      SOPInstanceUIDs: [SOPInstanceUID],
      signal,
    });
    return outcome;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const explanation = error.message;
    return error.kind === "denied"
      ? { kind: "refused", reason: STATUS.notAuthorized, explanation }
      : { kind: "failed", reason: STATUS.outOfResources, explanation };
  }
}

async function bodyOf(path: string): Promise<StowBody> {
  const size = sizeOf(path) ?? 0;
  if (size > WHOLE_BYTES) return singleBody(chunksOf(path), size);
  const body = new BatchBody(size + ENVELOPE_BYTES);
  const space = body.space(size);
  if (space !== undefined) body.add(await readInto(path, space));
  return body.end();
}

/** Rejects where the signal aborts before. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end);
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/**
 * Brings the instances of one queue to their archive: what may pass is tried again, what the
 * archive refuses for good is laid aside, and a file goes only when the archive has named its
 * instance as stored.
 * @module
 */
import { errorFields, type Log } from "../../lib/log.ts";
import { GatewayError, type StoreOutcome } from "../gateway/gateway.ts";
import type { Stow } from "../gateway/stow.ts";
import type { BackOff } from "./backoff.ts";
import { type Batch, type Bodies, createBatches, type Item } from "./batches.ts";
import { Bell } from "./bell.ts";
import { Pace } from "./pace.ts";
import { Postponed } from "./postponed.ts";
import type { ReadyQueue } from "./ready_queue.ts";
import { createSettlement } from "./settlement.ts";
import type { Spool } from "./spool.ts";
import { REQUESTS, type Traffic } from "./traffic.ts";

/** What a lane works with. */
export interface LaneParts {
  readonly spool: Pick<Spool, "folder" | "spent" | "isReceiving">;
  readonly calledAETitle: string;
  readonly queue: ReadyQueue;
  readonly stow: Stow;
  readonly bodies: Bodies;
  readonly traffic: Traffic;
  readonly backOff: BackOff;
  readonly log: Log;
  /** Ends the lane, and what is under way in it. */
  readonly signal: AbortSignal;
}

/** Requests of a lane under way while instances arrive, which comes first, or while the server may be down. */
const REQUESTS_BESIDE = 1;

/** Rest after a request while instances arrive, as a part of the time that it took: the disk and the processor are theirs too. */
const REST = 1;

/** Instances that are worth a request while more arrive … */
const FEW = 8;
/** … or milliseconds after which fewer are. */
const LINGER_MS = 100;

/** Goes on until the signal aborts; resolves when nothing is under way any more. */
export async function runLane(parts: LaneParts): Promise<void> {
  const { spool, calledAETitle, queue, stow, bodies, traffic, backOff, log, signal } = parts;
  const bell = new Bell();
  const pace = new Pace(calledAETitle, backOff, log);
  const postponed = new Postponed();
  const settlement = createSettlement({ spool, postponed, backOff, log });
  const { unreadable } = settlement;
  const nextBatch = createBatches({ ready: queue, postponed, bodies, unreadable });
  const underWay = new Set<Promise<void>>();
  let lingersUntil: number | undefined;
  let restsUntil = 0;

  /** Milliseconds before which no request is to be begun; Infinity where one has to end before. */
  function whatToWaitFor(): number {
    const isReceiving = spool.isReceiving();
    const most = isReceiving || pace.isFailing ? REQUESTS_BESIDE : REQUESTS;
    if (underWay.size >= most || !traffic.hasRoom) return isReceiving ? LINGER_MS : Infinity;
    const now = performance.now();
    if (pace.pausedUntil > now) return pace.pausedUntil - now;
    if (!isReceiving) return 0;
    if (restsUntil > now) return restsUntil - now;
    if (queue.waiting >= FEW) return 0;
    lingersUntil ??= now + LINGER_MS;
    return lingersUntil - now;
  }

  async function gather(): Promise<Batch | undefined> {
    try {
      return await nextBatch(pace.batchParts);
    } catch (error) {
      log({ level: "error", message: "The spool cannot be read", ...errorFields(error) });
      await bell.wait(backOff.longest);
      return undefined;
    }
  }

  async function send(batch: Batch): Promise<void> {
    const { items, body } = batch;
    const begun = performance.now();
    const SOPInstanceUIDs = items.map(({ SOPInstanceUID }) => SOPInstanceUID);
    try {
      await settle(items, await stow({ body, SOPInstanceUIDs, signal }));
    } catch (error) {
      // What was under way stays where it is.
      if (!signal.aborted) failed(items, asGatewayError(error));
    } finally {
      batch.done();
      const now = performance.now();
      restsUntil = now + REST * (now - begun);
    }
  }

  /** Goes by what the server says of each instance. */
  async function settle(items: readonly Item[], outcomes: readonly StoreOutcome[]): Promise<void> {
    const stored: Item[] = [];
    const toRepeat: Item[] = [];
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index]!;
      switch (outcome.kind) {
        case "stored":
          stored.push(item);
          break;
        case "refused":
          await settlement.refused(item, outcome.reason, outcome.explanation);
          break;
        case "failed":
          toRepeat.push(item);
      }
    }
    await settlement.stored(stored);
    const [first] = outcomes;
    if (toRepeat.length === items.length && first?.kind === "failed") {
      return failed(items, new GatewayError(first.explanation, "passing", undefined));
    }
    pace.succeeded();
    if (toRepeat.length === 0) return;
    log({
      level: "error",
      message: "The server stored some instances of a request only: the others are tried again",
      instances: toRepeat.length,
    });
    for (const { waiting } of toRepeat) settlement.putOff(waiting, performance.now());
  }

  /** All of a request is to be sent again. */
  function failed(items: readonly Item[], error: GatewayError): void {
    pace.failed(items.length, error);
    for (const { waiting } of items) {
      // One that failed alone may be the reason: others go before it.
      if (items.length === 1) settlement.putOff(waiting, pace.pausedUntil);
      else postponed.add(waiting, error.kind === "refused" ? 0 : pace.pausedUntil);
    }
  }

  const ring = () => bell.ring();
  queue.onFilled(ring);
  traffic.onEnd(ring);
  signal.addEventListener("abort", ring);
  while (!signal.aborted) {
    const wait = whatToWaitFor();
    const batch = wait > 0 ? undefined : await gather();
    if (batch === undefined) {
      await bell.wait(wait > 0 ? wait : Math.max(0, postponed.nextDue - performance.now()));
    } else {
      lingersUntil = undefined;
      // Other lanes may have begun theirs while this one was gathered.
      while (!traffic.hasRoom && !signal.aborted) await bell.wait(Infinity);
      const sending = traffic.count(send(batch)).finally(() => {
        underWay.delete(sending);
        ring();
      });
      underWay.add(sending);
    }
  }
  await Promise.all(underWay);
}

/** A failure that no server is known to have caused is waited for like any that passes. */
function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const failure = new GatewayError("A request could not be made", "passing", undefined);
  failure.cause = error;
  return failure;
}

/**
 * Brings the instances of a spool to the server, forever: what may pass is tried again, what the
 * server refuses for good is laid aside, and a file goes only when the server has named its
 * instance as stored.
 * @module
 */
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import { GatewayError, type StoreOutcome } from "../gateway/gateway.ts";
import type { Stow } from "../gateway/stow.ts";
import { BACK_OFF, type BackOff, delayAfter } from "./backoff.ts";
import { type Batch, createBatches, type Item } from "./batches.ts";
import { Bell } from "./bell.ts";
import { bury } from "./dead_letters.ts";
import { createDestinations } from "./destinations.ts";
import { Postponed, type Waiting } from "./postponed.ts";
import type { Spool } from "./spool.ts";

/** What an uploader works with. */
export interface UploaderOptions {
  readonly spool: Pick<Spool, "folder" | "ready" | "spent" | "onReady" | "isReceiving">;
  /** Storing at the archive of a called AE title; undefined is that of a file that names none. */
  readonly stowFor: (calledAETitle: string | undefined) => Stow;
  readonly log: Log;
  readonly backOff?: BackOff;
}

/** An uploader at work. */
export interface Uploader {
  /** Ends what is under way; what is not known to be stored stays in the spool. */
  stop(): Promise<void>;
}

/** Requests under way at the same time … */
const REQUESTS = 4;
/** … and while instances arrive, which comes first, or while the server may be down. */
const REQUESTS_BESIDE = 1;

/** Instances that are worth a request while more arrive … */
const FEW = 8;
/** … or milliseconds after which fewer are. */
const LINGER_MS = 100;

/** Starts to bring instances to the server. */
export function startUploader(options: UploaderOptions): Uploader {
  const { spool, stowFor, log, backOff = BACK_OFF } = options;
  const stopping = new AbortController();
  const bell = new Bell();
  const postponed = new Postponed();
  const destinations = createDestinations(stowFor, backOff, log);
  const nextBatch = createBatches({ ready: spool.ready, postponed, destinations, unreadable });
  const underWay = new Set<Promise<void>>();
  let lingersUntil: number | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const wait = whatToWaitFor();
      const batch = wait > 0 ? undefined : await nextBatch();
      if (batch === undefined) {
        await bell.wait(wait > 0 ? wait : untilNextDue());
      } else {
        lingersUntil = undefined;
        const sending = send(batch).finally(() => {
          underWay.delete(sending);
          bell.ring();
        });
        underWay.add(sending);
      }
    }
  }

  /** Milliseconds before which no request is to be begun; Infinity until one ends. */
  function whatToWaitFor(): number {
    const isReceiving = spool.isReceiving();
    const most = isReceiving || destinations.isAnyFailing ? REQUESTS_BESIDE : REQUESTS;
    if (underWay.size >= most) return Infinity;
    const now = performance.now();
    const pause = destinations.allPausedUntil - now;
    if (pause > 0) return pause;
    if (!isReceiving || spool.ready.waiting >= FEW) return 0;
    lingersUntil ??= now + LINGER_MS;
    return lingersUntil - now;
  }

  function untilNextDue(): number {
    return Math.max(0, postponed.nextDue - performance.now());
  }

  async function send(batch: Batch): Promise<void> {
    const { destination, items, body } = batch;
    try {
      const outcomes = await destination.stow({
        body,
        SOPInstanceUIDs: items.map(({ SOPInstanceUID }) => SOPInstanceUID),
        signal: stopping.signal,
      });
      await settle(batch, outcomes);
    } catch (error) {
      // What was under way stays where it is.
      if (!stopping.signal.aborted) failed(batch, asGatewayError(error));
    } finally {
      batch.done();
    }
  }

  /** Goes by what the server says of each instance. */
  async function settle(batch: Batch, outcomes: readonly StoreOutcome[]): Promise<void> {
    const { destination, items } = batch;
    const stored: Item[] = [];
    const toRepeat: Item[] = [];
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index]!;
      switch (outcome.kind) {
        case "stored":
          stored.push(item);
          break;
        case "refused":
          await layAside(item.waiting, item, outcome);
          break;
        case "failed":
          toRepeat.push(item);
      }
    }
    await remove(stored);
    const [first] = outcomes;
    if (toRepeat.length === items.length && first?.kind === "failed") {
      return failed(batch, new GatewayError(first.explanation, "passing", undefined));
    }
    destination.succeeded();
    if (toRepeat.length === 0) return;
    log({
      level: "error",
      message: "The server stored some instances of a request only: the others are tried again",
      instances: toRepeat.length,
    });
    for (const { waiting } of toRepeat) putOff(waiting, performance.now());
  }

  /** Everything in a batch is to be sent again. */
  function failed({ destination, items }: Batch, error: GatewayError): void {
    destination.failed(items.length, error);
    for (const { waiting } of items) {
      // One that failed alone may be the reason: others go before it.
      if (items.length === 1) putOff(waiting, destination.pausedUntil);
      else postponed.add(waiting, error.kind === "refused" ? 0 : destination.pausedUntil);
    }
  }

  function putOff({ entry, attempts }: Waiting, from: number): void {
    postponed.add({ entry, attempts: attempts + 1 }, from + delayAfter(attempts + 1, backOff));
  }

  async function remove(items: readonly Item[]): Promise<void> {
    try {
      await spool.spent.add(items.map(({ waiting, size }) => ({ ...waiting.entry, size })));
    } catch (error) {
      log({
        level: "error",
        message: "Stored instances could not be removed from the spool: they are sent again later",
        ...errorFields(error),
      });
    }
    for (const { waiting } of items) waiting.entry.settled();
  }

  async function layAside(
    waiting: Waiting,
    sender: Pick<Item, "callingAETitle" | "calledAETitle">,
    { reason, explanation }: { readonly reason: number; readonly explanation: string },
  ): Promise<void> {
    const { callingAETitle, calledAETitle } = sender;
    const letter = { reason: describeStatus(reason), explanation, callingAETitle, calledAETitle };
    try {
      const file = await bury(spool.folder, waiting.entry.path, letter);
      waiting.entry.settled();
      log({
        level: "error",
        message: "An instance is refused for good: see its reason in the spool's folder dead",
        file,
        ...letter,
      });
    } catch (error) {
      log({
        level: "error",
        message: "An instance that is refused for good could not be laid aside",
        ...errorFields(error),
      });
      putOff(waiting, performance.now());
    }
  }

  async function unreadable(waiting: Waiting, error: unknown): Promise<void> {
    if (error instanceof DecodeError || error instanceof LimitError) {
      const refusal = { reason: STATUS.cannotUnderstand, explanation: error.message };
      return await layAside(waiting, NOBODY, refusal);
    }
    log({
      level: "error",
      message: "A file of the spool cannot be read: it is tried again",
      ...errorFields(error),
    });
    putOff(waiting, performance.now());
  }

  spool.onReady(() => bell.ring());
  const running = run();
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
      await Promise.all(underWay);
    },
  };
}

const NOBODY = { callingAETitle: undefined, calledAETitle: undefined };

/** A failure that no server is known to have caused is waited for like any that passes. */
function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const failure = new GatewayError("A request could not be made", "passing", undefined);
  failure.cause = error;
  return failure;
}

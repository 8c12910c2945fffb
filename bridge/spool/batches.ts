/**
 * Gathers instances that wait into requests: those for one destination, in the order in which they
 * came, as many as go into one body.
 * @module
 */
import { DecodeError } from "../../lib/errors.ts";
import { BatchBody, singleBody, type StowBody } from "../gateway/stow_body.ts";
import type { Destination, Destinations } from "./destinations.ts";
import type { Sent } from "./origin.ts";
import type { Postponed, Waiting } from "./postponed.ts";
import type { ReadyQueue } from "./ready_queue.ts";
import { chunksOf, readInto, readSent, sentOf, sizeOf } from "./spooled_file.ts";

/** Bytes of a body in one piece: eight CT images. What does not go into it streams by itself. */
const BODY_BYTES = 4.5 * 1024 * 1024;

/** Instances put off at most, 100 bytes each: as long as there are more, none is taken. */
const POSTPONED_MAX = 50_000;

/** An instance on its way. */
export interface Item extends Sent {
  readonly waiting: Waiting;
  readonly SOPInstanceUID: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** One request. */
export interface Batch {
  readonly destination: Destination;
  readonly items: readonly Item[];
  readonly body: StowBody;
  /** Gives back the memory of the body, which nobody reads after. */
  done(): void;
}

/** What batches are made of. */
export interface BatchParts {
  readonly ready: Pick<ReadyQueue, "take">;
  readonly postponed: Postponed;
  readonly destinations: Destinations;
  /** Is given what cannot be read, and why. */
  readonly unreadable: (waiting: Waiting, error: unknown) => Promise<void>;
}

/** The next request; undefined where nothing can be sent now. Not to be called again before it resolves. */
export type NextBatch = () => Promise<Batch | undefined>;

/** An instance that has been read so far as to know where it goes. */
interface Candidate {
  readonly item: Item;
  readonly destination: Destination;
  /** The file, where it has been read whole. */
  readonly bytes: Uint8Array | undefined;
}

/** Begins to gather. */
export function createBatches(parts: BatchParts): NextBatch {
  const { ready, postponed, destinations, unreadable } = parts;
  const bodies: BatchBody[] = [];
  /** Did not go into the batch before. */
  let held: Waiting | undefined;

  async function next(): Promise<Waiting | undefined> {
    const waiting = held ?? postponed.take(performance.now());
    held = undefined;
    if (waiting !== undefined || postponed.size >= POSTPONED_MAX) return waiting;
    const entry = await ready.take();
    return entry && { entry, attempts: 0 };
  }

  /** Reads a file into a body as far as it has room for it; undefined where it is not to be sent now. */
  async function read(waiting: Waiting, body: BatchBody): Promise<Candidate | undefined> {
    const { path } = waiting.entry;
    try {
      const size = sizeOf(path);
      if (size === undefined) {
        waiting.entry.settled();
        return undefined;
      }
      const space = body.space(size);
      // Where some are not to be sent, their heads are read before the rest is.
      const bytes = space === undefined || destinations.isAnyFailing
        ? undefined
        : await readInto(path, space);
      const { SOPInstanceUID, ...sent } = bytes === undefined
        ? await readSent(path)
        : sentOf(bytes);
      if (SOPInstanceUID === undefined) throw new DecodeError("The file's head names no instance");
      const destination = destinations.of(sent.calledAETitle);
      if (destination.pausedUntil <= performance.now()) {
        return { item: { waiting, SOPInstanceUID, size, ...sent }, destination, bytes };
      }
      postponed.add(waiting, destination.pausedUntil);
    } catch (error) {
      await unreadable(waiting, error);
    }
    return undefined;
  }

  async function gather(body: BatchBody): Promise<Omit<Batch, "done"> | undefined> {
    const items: Item[] = [];
    const uids = new Set<string>();
    let target: Destination | undefined;
    while (target === undefined || items.length < target.batchParts) {
      const waiting = await next();
      if (waiting === undefined) break;
      const candidate = await read(waiting, body);
      if (candidate === undefined) continue;
      const { item, destination } = candidate;
      const { size } = item;
      const space = body.space(size);
      const fits = space !== undefined && destination === (target ?? destination) &&
        !uids.has(item.SOPInstanceUID);
      if (!fits && items.length > 0) {
        held = waiting;
        break;
      }
      target = destination;
      items.push(item);
      if (space === undefined) {
        const { path } = waiting.entry;
        return { destination, items, body: singleBody(chunksOf(path), size) };
      }
      body.add(candidate.bytes ?? await readInto(waiting.entry.path, space));
      uids.add(item.SOPInstanceUID);
    }
    return target && { destination: target, items, body: body.end() };
  }

  return async () => {
    const body = bodies.pop() ?? new BatchBody(BODY_BYTES);
    const done = () => {
      body.clear();
      bodies.push(body);
    };
    const gathered = await gather(body);
    if (gathered === undefined) done();
    return gathered && { ...gathered, done };
  };
}

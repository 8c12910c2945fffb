/**
 * Gathers instances that wait into requests, in the order in which they came, as many as go into
 * one body.
 * @module
 */
import { DecodeError } from "../../lib/errors.ts";
import { BatchBody, singleBody, type StowBody } from "../gateway/stow_body.ts";
import type { Sent } from "./origin.ts";
import type { Postponed, Waiting } from "./postponed.ts";
import type { ReadyQueue } from "./ready_queue.ts";
import { chunksOf, readInto, readSent, sentOf, sizeOf } from "./spooled_file.ts";

/** Bytes of a body in one piece: eight CT images. What does not go into it streams by itself. */
const BODY_BYTES = 4.5 * 1024 * 1024;

/** Instances put off at most, some 100 bytes each: as long as there are more, none is taken. */
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
  readonly items: readonly Item[];
  readonly body: StowBody;
  /** Gives back the memory of the body, which nobody reads after. */
  done(): void;
}

/** Bodies in one piece that are used again and again. */
export class Bodies {
  readonly #kept: BatchBody[] = [];

  /** An empty one. */
  take(): BatchBody {
    return this.#kept.pop() ?? new BatchBody(BODY_BYTES);
  }

  /** Takes one back that nobody reads any more. */
  give(body: BatchBody): void {
    body.clear();
    this.#kept.push(body);
  }
}

/** What batches are made of. */
export interface BatchParts {
  readonly ready: Pick<ReadyQueue, "take">;
  readonly postponed: Postponed;
  readonly bodies: Bodies;
  /** Is given what cannot be read, and why. */
  readonly unreadable: (waiting: Waiting, error: unknown) => Promise<void>;
}

/**
 * Gathers the next request, of so many instances at most; undefined where nothing can be sent now.
 * Not to be called again before it resolves.
 */
export type NextBatch = (most: number) => Promise<Batch | undefined>;

/** Begins to gather. */
export function createBatches({ ready, postponed, bodies, unreadable }: BatchParts): NextBatch {
  /** Did not go into the batch before. */
  let held: Waiting | undefined;

  async function next(): Promise<Waiting | undefined> {
    const waiting = held ?? postponed.take(performance.now());
    held = undefined;
    if (waiting !== undefined || postponed.size >= POSTPONED_MAX) return waiting;
    const entry = await ready.take();
    return entry && { entry, attempts: 0 };
  }

  /** Reads a file, into the body where it has room for it; undefined where it is not to be sent now. */
  async function read(waiting: Waiting, body: BatchBody): Promise<Reading | undefined> {
    const { path } = waiting.entry;
    try {
      const size = sizeOf(path);
      if (size === undefined) {
        // Somebody has taken it away.
        waiting.entry.settled();
        return undefined;
      }
      const space = body.space(size);
      const { SOPInstanceUID, ...sent } = space === undefined
        ? await readSent(path)
        : sentOf(await readInto(path, space));
      if (SOPInstanceUID === undefined) throw new DecodeError("The file's head names no instance");
      return { item: { waiting, SOPInstanceUID, size, ...sent }, space };
    } catch (error) {
      await unreadable(waiting, error);
      return undefined;
    }
  }

  async function gather(body: BatchBody, most: number): Promise<Omit<Batch, "done"> | undefined> {
    const items: Item[] = [];
    const uids = new Set<string>();
    while (items.length < most) {
      const waiting = await next();
      if (waiting === undefined) break;
      const reading = await read(waiting, body);
      if (reading === undefined) continue;
      const { item, space } = reading;
      // The answer tells instances apart by their UIDs.
      if (items.length > 0 && (space === undefined || uids.has(item.SOPInstanceUID))) {
        held = waiting;
        break;
      }
      items.push(item);
      uids.add(item.SOPInstanceUID);
      if (space === undefined) {
        return { items, body: singleBody(chunksOf(waiting.entry.path), item.size) };
      }
      body.add(space);
    }
    return items.length === 0 ? undefined : { items, body: body.end() };
  }

  return async (most) => {
    const body = bodies.take();
    const gathered = await gather(body, most);
    if (gathered === undefined) bodies.give(body);
    return gathered && { ...gathered, done: () => bodies.give(body) };
  };
}

/** An instance and, unless it is too large for the body, its bytes there. */
interface Reading {
  readonly item: Item;
  readonly space: Uint8Array | undefined;
}

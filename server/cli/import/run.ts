/**
 * An import at work: several files are read at the same time, and while the next are read those
 * before become durable. Memory is bounded by how many, whatever their sizes.
 * @module
 */
import type { Progress } from "../progress.ts";
import type { Journal } from "./journal.ts";
import { type Found, type ImportItem, UnreadableError } from "./item.ts";
import type { ImportOutcome } from "./outcome.ts";
import { send } from "./send.ts";
import { slots } from "../slots.ts";
import type { Tally } from "./tally.ts";
import { type ImportTarget, LARGE_BYTES } from "./target.ts";

/** What an import is made of. */
export interface ImportParts {
  /** Everything that is given; may be asked for twice. */
  readonly found: () => AsyncIterable<Found>;
  readonly target: ImportTarget;
  readonly journal: Journal;
  readonly tally: Tally;
  readonly progress: Progress;
  /** Whether somebody looks at the progress, so that it is worth counting what there is to do. */
  readonly isSeen: boolean;
  /** Ends it: what is being read is given up, what has been read is settled. */
  readonly signal: AbortSignal;
}

/** Imports everything. Resolves when all is settled or `signal` says stop; throws ImportStopped. */
export async function runImport(parts: ImportParts): Promise<void> {
  const { found, target, journal, tally, progress } = parts;
  const stopping = new AbortController();
  const signal = AbortSignal.any([parts.signal, stopping.signal]);
  let failure: unknown;
  const stop = (error: unknown) => {
    failure ??= error;
    stopping.abort();
  };
  const reading = slots(target.readers);
  const pending = slots(target.pending);
  const large = slots(target.pendingLarge);
  const work = new Set<Promise<void>>();
  const todo = { files: 0, bytes: 0, isWhole: false };
  const done = { files: 0, bytes: 0 };

  function show(): void {
    const totals = todo.isWhole ? { total: todo.files, totalBytes: todo.bytes } : {};
    progress.show({ done: done.files, bytes: done.bytes, ...totals });
  }

  /** Counts what there is to do, beside the doing. */
  async function survey(): Promise<void> {
    for await (const one of found()) {
      if (signal.aborted) return;
      if (one.kind !== "item" || journal.isSettled(one)) continue;
      todo.files++;
      todo.bytes += one.size;
    }
    todo.isWhole = true;
  }

  async function importOne(item: ImportItem): Promise<void> {
    let read = 0;
    async function* counted() {
      for await (const chunk of item.read()) {
        signal.throwIfAborted();
        read += chunk.length;
        done.bytes += chunk.length;
        show();
        yield chunk;
      }
    }
    try {
      const { outcome, blobKey } = await send(target, item, counted()).finally(reading.release);
      const settled = await outcome;
      journal.settle(item, settled, blobKey);
      tally.add(item.label, item.size, settled);
    } catch (error) {
      if (signal.aborted && !(error instanceof UnreadableError)) return;
      if (!(error instanceof UnreadableError)) throw error;
      tally.add(item.label, item.size, unreadable(error.message));
    }
    done.files++;
    // What was not read: the rest of a file that is no DICOM.
    done.bytes += item.size - read;
    show();
  }

  const surveying = parts.isSeen ? survey().catch(stop) : Promise.resolve();
  try {
    for await (const one of found()) {
      if (signal.aborted) break;
      if (one.kind === "unreadable") tally.add(one.label, 0, unreadable(one.why));
      else if (!journal.isSettled(one)) {
        const isLarge = one.size > LARGE_BYTES;
        await Promise.all([reading.take(), pending.take(), isLarge && large.take()]);
        const doing = importOne(one).catch(stop).finally(() => {
          pending.release();
          if (isLarge) large.release();
          work.delete(doing);
        });
        work.add(doing);
      }
    }
  } catch (error) {
    stop(error);
  }
  await Promise.all([...work, surveying]);
  if (failure !== undefined) throw failure;
}

function unreadable(why: string): ImportOutcome {
  return { kind: "failed", reason: "cannot be read", explanation: why };
}

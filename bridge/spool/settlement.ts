/**
 * What becomes of instances after the server has said what it made of them.
 * @module
 */
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import { type BackOff, delayAfter } from "./backoff.ts";
import type { Item } from "./batches.ts";
import { bury } from "./dead_letters.ts";
import type { Sent } from "./origin.ts";
import type { Postponed, Waiting } from "./postponed.ts";
import type { Spool } from "./spool.ts";

/** What settles instances; nothing of it rejects. */
export interface Settlement {
  /** The server has them: their files go. */
  stored(items: readonly Item[]): Promise<void>;
  /** It will never have it: the file is laid aside with the reason. */
  refused(item: Item, reason: number, explanation: string): Promise<void>;
  /** It may have it another time, from a moment of performance.now() on. */
  putOff(waiting: Waiting, from: number): void;
  /** The file cannot be read: now, or ever, as the error says. */
  unreadable(waiting: Waiting, error: unknown): Promise<void>;
}

/** What settling works with. */
export interface SettlementParts {
  readonly spool: Pick<Spool, "folder" | "spent">;
  readonly postponed: Postponed;
  readonly backOff: BackOff;
  readonly log: Log;
}

/** Settles the instances of one queue. */
export function createSettlement({ spool, postponed, backOff, log }: SettlementParts): Settlement {
  function putOff({ entry, attempts }: Waiting, from: number): void {
    postponed.add({ entry, attempts: attempts + 1 }, from + delayAfter(attempts + 1, backOff));
  }

  function report(message: string, error: unknown): void {
    log({ level: "error", message, ...errorFields(error) });
  }

  async function layAside(
    waiting: Waiting,
    reason: number,
    explanation: string,
    { callingAETitle, calledAETitle }: Partial<Sent>,
  ): Promise<void> {
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
      report("An instance that is refused for good could not be laid aside", error);
      putOff(waiting, performance.now());
    }
  }

  return {
    putOff,
    async stored(items) {
      try {
        await spool.spent.add(items.map(({ waiting, size }) => ({ ...waiting.entry, size })));
      } catch (error) {
        report("Stored instances could not be removed: they are sent again after a restart", error);
      }
      for (const { waiting } of items) waiting.entry.settled();
    },
    refused: (item, reason, explanation) => layAside(item.waiting, reason, explanation, item),
    async unreadable(waiting, error) {
      if (error instanceof DecodeError || error instanceof LimitError) {
        return await layAside(waiting, STATUS.cannotUnderstand, error.message, {});
      }
      report("A file of the spool cannot be read: it is tried again", error);
      putOff(waiting, performance.now());
    },
  };
}

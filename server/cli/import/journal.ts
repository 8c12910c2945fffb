/**
 * What an import has done so far, in a file of the data folder: who starts the same import again
 * goes on where it ended, however it ended. A line is written when a file is settled, which is after
 * it is durable where it went: a line that a power cut takes away costs one more look at its file.
 * @module
 */
import { createHash } from "node:crypto";
import { UsageError } from "../command.ts";
import { isDiskFull } from "../disk_full.ts";
import type { ImportItem } from "./item.ts";
import type { ImportOutcome } from "./outcome.ts";
import type { Tally } from "./tally.ts";

/** Folder of the journals inside the data folder. */
const IMPORTS = "imports";

/** Raised where lines come to mean something else: journals of another version are begun anew. */
const VERSION = 1;

/** Characters that wait to be written. */
const HELD_MAX = 4096;

/** Which import a journal is about: the same one has the same. */
export interface ImportIdentity {
  /** Absolute, without links, in order. */
  readonly paths: readonly string[];
  readonly target: string;
}

/** A journal that this process alone has open. */
export interface Journal {
  /** Whether an earlier start settled it. */
  isSettled(item: ImportItem): boolean;
  /** Says that a blob is about to be made. */
  begin(blobKey: string): void;
  /** Says what became of an item, and in which blob it was tried; one that failed is not settled. */
  settle(item: ImportItem, outcome: ImportOutcome, blobKey: string | undefined): void;
  /** Blobs that an earlier start began and left behind, unless the index knows them. */
  readonly leftovers: readonly string[];
  /** Files that earlier starts settled. */
  readonly earlier: number;
  /** Lets go of it; `isDone`: there is nothing to go on with, so it goes away. */
  close(isDone: boolean): Promise<void>;
}

/** A settled item: identity, bytes, outcome, blob, and the label of one that was refused. */
type Line = [ImportItem["identity"], number, ImportOutcome, string | null, string?];

/**
 * Opens the journal of an import, or begins it, in a data folder. What earlier starts settled goes
 * into `tally`. Throws UsageError where another process is at the same import.
 */
export async function openJournal(
  data: string,
  identity: ImportIdentity,
  tally: Tally,
): Promise<Journal> {
  const folder = `${data}/${IMPORTS}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const name = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 32);
  const path = `${folder}/${name}.jsonl`;
  const file = await Deno.open(path, { create: true, read: true, append: true, mode: 0o600 });
  if (!await file.tryLock(true)) {
    file.close();
    throw new UsageError("The same import is under way in another process");
  }
  const encoder = new TextEncoder();
  let held = "";
  const hold = (line: unknown) => held += `${JSON.stringify(line)}\n`;
  const write = () => {
    const bytes = encoder.encode(held);
    held = "";
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
  };

  const settled = new Set<string>();
  const begun = new Set<string>();
  if (!await readLines(path, (line) => take(line))) {
    await file.truncate();
    hold({ version: VERSION, ...identity });
  } // The last line may have been cut off: what follows begins on a new one.
  else held = "\n";
  write();

  function take(line: unknown): void {
    if (typeof line === "string") begun.add(line);
    if (!Array.isArray(line)) return;
    const [identity, bytes, outcome, blobKey, label = ""] = line as Line;
    settled.add(keyOf(identity));
    if (blobKey !== null) begun.delete(blobKey);
    tally.add(label, bytes, outcome);
  }

  return {
    isSettled: ({ identity }) => settled.size > 0 && settled.has(keyOf(identity)),
    begin(blobKey) {
      hold(blobKey);
      write();
    },
    settle({ identity, size, label }, outcome, blobKey) {
      if (outcome.kind === "failed") return;
      const line: Line = [identity, size, outcome, blobKey ?? null];
      // Written with the next begin: a line that is lost costs no more than another look.
      hold(outcome.kind === "refused" ? [...line, label] : line);
      if (held.length > HELD_MAX) write();
    },
    leftovers: [...begun],
    earlier: settled.size,
    async close(isDone) {
      try {
        write();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
      }
      if (isDone) await Deno.remove(path);
      file.close();
    },
  };
}

/** Half of a SHA-256 in as little memory as it can be kept. */
function keyOf(identity: ImportItem["identity"]): string {
  return createHash("sha256").update(JSON.stringify(identity)).digest().toString("latin1", 0, 16);
}

/** Gives every whole line behind the first; false where the first is not that of a journal. */
async function readLines(path: string, take: (line: unknown) => void): Promise<boolean> {
  using file = await Deno.open(path);
  let isJournal = false;
  let rest = "";
  const text = file.readable.pipeThrough(new TextDecoderStream());
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const value = parsed(line);
      if (isJournal) take(value);
      else {
        const version = value !== null && typeof value === "object" && "version" in value
          ? value.version
          : undefined;
        if (version !== VERSION) return false;
        isJournal = true;
      }
    }
  }
  return isJournal;
}

/** A line's value; undefined where it was not written to its end. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

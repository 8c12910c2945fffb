/**
 * Work on pixels where nobody knows whether the platform has threads: in a worker if there is one
 * that answers, and otherwise on the thread that serves, as much as it can do without being missed.
 * @module
 */
import { fullFrameLength } from "./codecs/geometry.ts";
import type { EncodedFrame } from "./frame.ts";
import type { Answer, Task } from "./messages.ts";
import type { PoolWorker } from "./pool.ts";

/** How it is found out. */
export interface AnyWorkerOptions {
  /** Starts a worker; may throw. */
  readonly start: () => Worker;
  /** Milliseconds within which a worker that works has answered something small. */
  readonly patience: number;
}

/** Bytes of a frame, decoded or as it is stored, that are worked on without a thread: about a second. */
export const INLINE_BYTES = 16 * 1024 * 1024;

/** What no worker makes anything of; that it says so shows that it works. */
const KNOCK: Task = { kind: "describe", input: new Uint8Array(0) };

/** Starts workers for a pool: the platform's, until one of them turns out not to work. */
export function anyWorker({ start, patience }: AnyWorkerOptions): () => PoolWorker {
  let have: "threads" | "none" | undefined;

  /** Keeps what it is asked until it knows who is to do it. */
  function undecided(): PoolWorker {
    let thread: Worker;
    try {
      thread = start();
    } catch {
      have = "none";
      return inlineWorker();
    }
    let doer: PoolWorker | undefined;
    const asked: [Task, Transferable[]][] = [];

    function decide(by: PoolWorker): void {
      clearTimeout(timer);
      doer = by;
      doer.onmessage = (event) => worker.onmessage?.(event);
      doer.onerror = (event) => worker.onerror?.(event);
      for (const [task, transfer] of asked) doer.postMessage(task, transfer);
    }

    function giveUp(): void {
      thread.terminate();
      have = "none";
      decide(inlineWorker());
    }

    const timer = setTimeout(giveUp, patience);
    thread.onmessage = () => {
      have = "threads";
      decide(thread);
    };
    thread.onerror = (event) => {
      event.preventDefault();
      giveUp();
    };
    thread.postMessage(KNOCK);

    const worker: PoolWorker = {
      onmessage: null,
      onerror: null,
      postMessage(task, transfer) {
        if (doer === undefined) asked.push([task, transfer]);
        else doer.postMessage(task, transfer);
      },
      terminate() {
        clearTimeout(timer);
        (doer ?? thread).terminate();
      },
    };
    return worker;
  }

  return () => {
    if (have === "threads") return start();
    return have === "none" ? inlineWorker() : undecided();
  };
}

/** What is done without a thread is done one after the other, whoever was asked. */
let before: Promise<void> = Promise.resolve();

/** Works on the thread that it is called on, and refuses what would keep that too long. */
export function inlineWorker(): PoolWorker {
  let ended = false;

  async function answer(task: Task): Promise<Answer> {
    if (bytesOf(task) > INLINE_BYTES) return TOO_LARGE;
    const { answerTo } = await import("./work.ts");
    return await answerTo(task);
  }

  const worker: PoolWorker = {
    onmessage: null,
    onerror: null,
    postMessage(task, transfer) {
      // As a thread has it: nothing is shared with who asks.
      const own = structuredClone(task, { transfer });
      before = before.then(async () => {
        // Requests that came meanwhile are heard before the next piece of work.
        await new Promise((resolve) => setTimeout(resolve));
        if (ended) return;
        const data = await answer(own);
        if (!ended) worker.onmessage?.(new MessageEvent("message", { data }));
      }).catch((error) => {
        // As that of a thread, it is its pool's to end; others go on after it.
        if (!ended) worker.onerror?.(new ErrorEvent("error", { error, message: String(error) }));
      });
    },
    terminate() {
      ended = true;
    },
  };
  return worker;
}

const TOO_LARGE: Answer = {
  kind: "refused",
  why: "limit",
  message: "This server has no threads for such work, and " +
    `without them it takes frames of ${INLINE_BYTES / 1024 ** 2} MiB at most`,
};

/** The most bytes that a piece of work has at once of a frame or an object. */
function bytesOf(task: Task): number {
  switch (task.kind) {
    case "describe":
    case "describeState":
      return task.input.length;
    case "transcode":
      return frameBytes(task.input.frame);
    case "render": {
      const { frame, image } = task.input;
      return Math.max(frameBytes(frame), image instanceof Uint8Array ? image.length : 0);
    }
  }
}

function frameBytes({ bytes, format }: EncodedFrame): number {
  return Math.max(bytes.length, fullFrameLength(format));
}

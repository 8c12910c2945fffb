/**
 * What the processes that a test starts write.
 * @module
 */

/** What a stream has said so far. */
export interface Collected {
  text(): string;
  /** Resolves when the text holds what matches; to null where the stream ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray | null>;
  /** Resolves at the stream's end. */
  readonly done: Promise<void>;
}

/** Reads a stream to its end in the background, so that its writer never blocks. */
export function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Collected {
  let text = "";
  let isOver = false;
  let wake = () => {};
  let more = new Promise<void>((resolve) => wake = resolve);
  const next = () => {
    wake();
    more = new Promise<void>((resolve) => wake = resolve);
  };
  const done = (async () => {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text += piece;
      next();
    }
    isOver = true;
    next();
  })();
  return {
    text: () => text,
    async until(pattern) {
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null || isOver) return match;
        await more;
      }
    },
    done,
  };
}

/**
 * A command that ends when the process that started it does, however that ends: what runs for as long
 * as a test must not outlive one that was killed.
 */
export function dependent(
  program: string,
  args: readonly string[],
  signal: "KILL" | "TERM" = "KILL",
): readonly [program: string, args: string[]] {
  return ["setpriv", ["--pdeathsig", signal, program, ...args]];
}

/**
 * Processes that a test starts: what they write, and who they are.
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
export function collect(stream: ReadableStream<Uint8Array>): Collected {
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

/** The process below `ancestor` that runs `script`, a path from the root of the project. */
export function processOf(ancestor: number, script: string): number {
  const parents = new Map<number, number>();
  const running: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      const program = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      if (program.some((word) => word.endsWith(script))) running.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === ancestor || isBelow(parents.get(pid)));
  const found = running.find(isBelow);
  if (found === undefined) throw new Error(`No process below ${ancestor} runs ${script}`);
  return found;
}

/**
 * What a process asked of the system and when, out of the output of `strace -f -y`. That is in the
 * order in which the calls began and ended: a thread stands still until strace has written of it.
 * @module
 */

/** One call. */
export interface SystemCall {
  readonly name: string;
  /** As strace writes them. */
  readonly args: string;
  /** Path of the file that the first argument describes, `socket:[…]`, or "". */
  readonly file: string;
  /** Places in the order of everything that happened. */
  readonly begin: number;
  /** Infinity where the process ended first. */
  readonly end: number;
}

/** The calls that did not fail, in the order in which they began. */
export function readSystemCalls(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly begin: number }>();
  function add(whole: string, begin: number, end: number): void {
    const [, name, args = ""] = /^(\w+)\((.*?)(?:\) += \d.*)?$/.exec(whole) ?? [];
    if (name === undefined || / = -1 E[A-Z]+ \(.*\)$/.test(whole)) return;
    calls.push({ name, args, file: /^\d+<([^>]*)>/.exec(args)?.[1] ?? "", begin, end });
  }

  for (const [line, text] of trace.split("\n").entries()) {
    const [, pid = "", event = ""] = /^(\d+) +(.*)$/.exec(text) ?? [];
    const interrupted = /^(.*) <unfinished \.\.\.>$/.exec(event)?.[1];
    if (interrupted !== undefined) {
      unfinished.set(pid, { text: interrupted, begin: line });
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(event)?.[1];
    const start = unfinished.get(pid);
    if (rest === undefined || start === undefined) add(event, line, line);
    else {
      unfinished.delete(pid);
      add(start.text + rest, start.begin, line);
    }
  }
  for (const { text, begin } of unfinished.values()) add(text, begin, Infinity);
  return calls.sort((one, other) => one.begin - other.begin);
}

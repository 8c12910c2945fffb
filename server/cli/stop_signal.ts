/**
 * Ctrl-C for commands that can stop in between.
 * @module
 */

/** Listens until it is disposed. */
export interface StopSignal extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** A signal that comes this soon after the first is the same key press, passed on by a parent as well. Milliseconds. */
const SAME_SIGNAL = 500;

/** The exit code of who was interrupted. */
const INTERRUPTED = 130;

/** Begins to listen. A second signal ends the process where it stands. */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = () => {
    first ??= performance.now();
    if (performance.now() - first > SAME_SIGNAL) Deno.exit(INTERRUPTED);
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
    },
  };
}

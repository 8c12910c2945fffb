/**
 * Work that several callers may share.
 * @module
 */

/**
 * Lets calls share runs of `work`: a run serves every call made before it began, and calls made
 * while one is under way wait for the next.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function begin(): Promise<void> {
    next = undefined;
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  }

  return () => {
    if (running === undefined) return begin();
    return next ??= running.then(begin, begin);
  };
}

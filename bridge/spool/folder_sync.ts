/**
 * Makes the names in a folder durable, once for all who wait for it.
 * @module
 */

/** Resolves when every name that was in the folder at the call survives a power cut. */
export type FolderSync = () => Promise<void>;

/**
 * The sync of one folder. A sync serves every call made before it began; calls made while one is
 * under way share the next.
 */
export function createFolderSync(path: string): FolderSync {
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function begin(): Promise<void> {
    next = undefined;
    const run = syncFolder(path).finally(() => {
      if (underWay === run) underWay = undefined;
    });
    underWay = run;
    return run;
  }

  return () => underWay === undefined ? begin() : next ??= underWay.then(begin, begin);
}

/** Syncs a folder by itself. */
export async function syncFolder(path: string): Promise<void> {
  // To open what exists only looks up a name at hand: a wait for a thread would cost more.
  using folder = Deno.openSync(path);
  await folder.sync();
}

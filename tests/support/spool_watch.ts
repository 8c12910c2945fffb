/**
 * What waits in a spool, and when nothing does any more.
 * @module
 */

/** Names of the files below a folder of the spool. */
export function spooled(spool: string, folder: "incoming" | "ready" | "dead"): string[] {
  return [...filesBelow(`${spool}/${folder}`)];
}

/** Resolves when every acknowledged instance has left for the server. */
export async function untilUploaded(spool: string): Promise<void> {
  using watcher = Deno.watchFs(`${spool}/ready`);
  if (spooled(spool, "ready").length === 0) return;
  for await (const _change of watcher) {
    if (spooled(spool, "ready").length === 0) return;
  }
}

function* filesBelow(folder: string): Generator<string> {
  let entries;
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    // The bridge removes folders that it has emptied.
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) yield* filesBelow(`${folder}/${name}`);
    else yield name;
  }
}

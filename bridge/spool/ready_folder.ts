/**
 * The queues of a spool, one for each archive in a folder of its own: what one archive does not
 * take holds up no other's.
 * @module
 */
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { syncFolder } from "./folder_sync.ts";
import { ReadyQueue } from "./ready_queue.ts";
import { readSent } from "./spooled_file.ts";

/** Hears of a queue and of the AE title of the archive that it is for. */
export type QueueListener = (calledAETitle: string, queue: ReadyQueue) => void;

/** All queues. */
export interface ReadyFolder {
  /** The queue of the archive with an AE title; there must be few of them. Rejects where its folder cannot be made. */
  queueOf(calledAETitle: string): Promise<ReadyQueue>;
  /** Calls `listener` with each queue, those that come later too. */
  onQueue(listener: QueueListener): void;
}

/**
 * Opens the queues in the folder `root`. A file that lies in it by itself has been put there to be
 * sent: it goes to the archive that it names, or else to that of `aet`.
 */
export async function openReadyFolder(
  root: string,
  newName: () => string,
  aet: string,
): Promise<ReadyFolder> {
  const queues = new Map<string, Promise<ReadyQueue>>();
  const opened = new Map<string, ReadyQueue>();
  let listener: QueueListener = () => {};

  async function openQueue(calledAETitle: string): Promise<ReadyQueue> {
    try {
      const queue = await ReadyQueue.open(pathOf(calledAETitle), newName);
      await syncFolder(root);
      opened.set(calledAETitle, queue);
      listener(calledAETitle, queue);
      return queue;
    } catch (error) {
      queues.delete(calledAETitle);
      throw error;
    }
  }

  function queueOf(calledAETitle: string): Promise<ReadyQueue> {
    const known = queues.get(calledAETitle);
    if (known !== undefined) return known;
    const opening = openQueue(calledAETitle);
    queues.set(calledAETitle, opening);
    return opening;
  }

  const pathOf = (calledAETitle: string) => `${root}/${folderName(calledAETitle)}`;

  const entries = await Array.fromAsync(Deno.readDir(root));
  for (const { name } of entries.filter((entry) => entry.isFile)) {
    const title = await titleIn(`${root}/${name}`) ?? aet;
    await Deno.mkdir(pathOf(title), { recursive: true, mode: 0o700 });
    await Deno.rename(`${root}/${name}`, `${pathOf(title)}/${newName()}.dcm`);
    await queueOf(title);
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory)) {
    await queueOf(decodeURIComponent(name));
  }
  return {
    queueOf,
    onQueue(added) {
      listener = added;
      for (const [title, queue] of opened) listener(title, queue);
    },
  };
}

/** A name that is no path, whatever the title. */
function folderName(calledAETitle: string): string {
  return encodeURIComponent(calledAETitle).replaceAll(".", "%2E");
}

async function titleIn(path: string): Promise<string | undefined> {
  try {
    return (await readSent(path)).calledAETitle;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof LimitError) return undefined;
    throw error;
  }
}

/**
 * The durable queue between a C-STORE and the server. In its folder lie
 *
 * - `incoming/`: what is still arriving, in no order; emptied at the start
 * - `ready/`: instances that were acknowledged, until the server has them: a folder for each archive
 * - `dead/`: instances that the server refused for good, each with its reason beside it
 * - `spent/`: files whose instances the server has, for a moment; emptied at the start
 * - `bridge.lock`: says which process has the folder
 *
 * Every file is one of PS3.10. Names are made here, never from what peers send.
 * @module
 */
import { createUlids } from "../../lib/bytes/ulid.ts";
import { syncFolder } from "./folder_sync.ts";
import { IncomingFile } from "./incoming_file.ts";
import { openReadyFolder, type ReadyFolder } from "./ready_folder.ts";
import type { Place } from "./ready_queue.ts";
import { asWriteError, createRoom, OutOfRoomError } from "./room.ts";
import { SpentFiles } from "./spent_files.ts";
import { createWriteBuffers } from "./write_buffers.ts";

/** How a spool is opened. */
export interface SpoolOptions {
  readonly folder: string;
  /** Bytes of the disk that are left free; undefined for the default of room.ts. */
  readonly reserve?: number | undefined;
  /** AE title of the archive for files in `ready/` that name none. */
  readonly aet: string;
}

/** An instance that arrives. All that rejects leaves it to be aborted. */
export interface Arrival {
  /** Where its file lies, once it is finished. */
  readonly path: string;
  /** Takes the next bytes, which are copied before this returns or its promise resolves. Throws OutOfRoomError. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Resolves when the file is whole, though not durable. Throws OutOfRoomError. */
  finish(): Promise<void>;
  /** Resolves when the instance is durable, and is to be uploaded. Throws OutOfRoomError. */
  commit(): Promise<void>;
  /** Leaves nothing behind; does nothing after a commit. May be called again; never rejects. */
  abort(): Promise<void>;
}

/** The spool of a bridge. */
export interface Spool {
  readonly folder: string;
  /** Whether there is room for another instance. */
  hasRoom(): boolean;
  /**
   * Begins the file of an instance for the archive with this AE title, with what stands before the
   * data set. Throws OutOfRoomError.
   */
  begin(calledAETitle: string, head: Uint8Array): Arrival;
  /** Whether an instance began or was committed a moment ago. */
  isReceiving(): boolean;
  readonly ready: ReadyFolder;
  /** Files of ready instances go there once the server has them. */
  readonly spent: Pick<SpentFiles, "add">;
  /** Lets go of the folder. */
  close(): void;
}

/** Another process has the spool's folder. */
export class SpoolInUseError extends Error {
  override readonly name = "SpoolInUseError";
  constructor(folder: string) {
    super(`The spool ${folder} belongs to another bridge that is running: give each its own`);
  }
}

/** Milliseconds after an instance during which the next one is to be expected. */
const RECEIVING_MS = 250;

/**
 * Opens a spool, making its folders where they are missing. What was acknowledged before is ready
 * again; what was not is gone. Throws SpoolInUseError.
 */
export async function openSpool({ folder, reserve, aet }: SpoolOptions): Promise<Spool> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await takeLock(folder);
  try {
    await makeFolders(folder);
    const ulid = createUlids({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
    const newName = () => ulid().text;
    const ready = await openReadyFolder(`${folder}/ready`, newName, aet);
    const spent = new SpentFiles(`${folder}/spent`, newName);
    return spoolOver(folder, createRoom(folder, reserve), newName, ready, spent, () => {
      spent.clear();
      lock.close();
    });
  } catch (error) {
    lock.close();
    throw error;
  }
}

function spoolOver(
  folder: string,
  hasFree: () => boolean,
  newName: () => string,
  ready: ReadyFolder,
  spent: SpentFiles,
  close: () => void,
): Spool {
  const buffers = createWriteBuffers();
  let lastArrival = -Infinity;

  function hasRoom(): boolean {
    if (hasFree()) return true;
    // What is kept to save time must not cost an instance its place.
    spent.clear();
    return hasFree();
  }

  async function placeFor(calledAETitle: string): Promise<Place> {
    try {
      return await (await ready.queueOf(calledAETitle)).place();
    } catch (error) {
      throw asWriteError(error);
    }
  }

  function begin(calledAETitle: string, head: Uint8Array): Arrival {
    if (!hasRoom()) throw new OutOfRoomError();
    const file = new IncomingFile(`${folder}/incoming/${newName()}.dcm`, head, buffers, spent);
    lastArrival = performance.now();
    return {
      get path() {
        return file.path;
      },
      write: (bytes) => file.write(bytes),
      finish: () => file.finish(),
      async commit() {
        const place = await placeFor(calledAETitle);
        try {
          await file.commit(place);
          place.filled(true);
          lastArrival = performance.now();
        } catch (error) {
          await file.abort();
          place.filled(false);
          throw error;
        }
      },
      abort: () => file.abort(),
    };
  }

  return {
    folder,
    hasRoom,
    begin,
    isReceiving: () => performance.now() - lastArrival < RECEIVING_MS,
    ready,
    spent,
    close,
  };
}

/** The system lets go of the lock when the process ends, however it ends. */
async function takeLock(folder: string): Promise<Deno.FsFile> {
  const file = await Deno.open(`${folder}/bridge.lock`, { create: true, write: true, mode: 0o600 });
  if (!await file.tryLock(true)) {
    file.close();
    throw new SpoolInUseError(folder);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

async function makeFolders(folder: string): Promise<void> {
  for (const name of ["incoming", "spent"]) {
    await Deno.remove(`${folder}/${name}`, { recursive: true }).catch(ignoreMissing);
  }
  for (const name of ["incoming", "ready", "dead", "spent"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true, mode: 0o700 });
  }
  await syncFolder(folder);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

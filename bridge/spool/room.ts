/**
 * How much of its disk the spool leaves free, so that it is full in order: senders are told to come
 * back before a write fails, and what else lives on the disk goes on.
 * @module
 */
import { statfsSync } from "node:fs";

/** Bytes left free unless the configuration says otherwise: enough for logs and the index … */
export const RESERVE_BYTES = 1024 ** 3;
/** … or this part of the disk, where that is less: small disks are spools too. */
export const RESERVE_PART = 0.05;

/** There is no room for an instance: it may come again later. */
export class OutOfRoomError extends Error {
  override readonly name = "OutOfRoomError";
  constructor() {
    super("The disk of the spool is full");
  }
}

/** Answers whether the disk that `folder` is on has more free than the reserve, which is in bytes. */
export function createRoom(folder: string, reserve: number | undefined): () => boolean {
  // The call takes microseconds: to remember its answer would gain nothing.
  return () => {
    const { bavail, blocks, bsize } = statfsSync(folder);
    const left = reserve ?? Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_PART);
    return bavail * bsize > left;
  };
}

/** An error of writing a file, told apart from others where the disk or a quota is used up. */
export function asWriteError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT" ? new OutOfRoomError() : error;
}

/**
 * Files of the spool as they are read to be sent.
 * @module
 */
import { readFileHead } from "../../lib/dicom/file_head.ts";
import { DecodeError } from "../../lib/errors.ts";
import { type Sent, sentBy } from "./origin.ts";

/** Bytes in which a file's head lies: a spooled one has a few hundred, another hand's maybe more. */
const HEAD_BYTES = 64 * 1024;

/** Bytes of one read of a file that is streamed. */
const READ_BYTES = 256 * 1024;

/** Bytes of a file; undefined where it is gone. */
export function sizeOf(path: string): number | undefined {
  try {
    // To ask for what was just written or listed takes microseconds: a wait for a thread takes more.
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Reads a file, or its beginning, into `space`; answers the part that was filled. */
export async function readInto(path: string, space: Uint8Array): Promise<Uint8Array> {
  using file = Deno.openSync(path);
  let filled = 0;
  while (filled < space.length) {
    const count = await file.read(space.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return space.subarray(0, filled);
}

/** What the beginning of a file says of it. Throws DecodeError where it is no DICOM file. */
export function sentOf(beginning: Uint8Array): Sent {
  const head = readFileHead(beginning);
  if (head !== undefined) return sentBy(head.fileMeta);
  throw new DecodeError("The file has no data set");
}

/** As sentOf, from the file itself. */
export async function readSent(path: string): Promise<Sent> {
  return sentOf(await readInto(path, new Uint8Array(HEAD_BYTES)));
}

/** The bytes of a file. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  for (;;) {
    const chunk = new Uint8Array(READ_BYTES);
    const count = await file.read(chunk);
    if (count === null) return;
    yield chunk.subarray(0, count);
  }
}

/**
 * The files in an answer of WADO-RS (PS3.18 8.6.1.2, 10.4), each as a data set that is ready to be
 * sent: held where it is not long, else as a stream.
 * @module
 */
import { type FileHead, readFileHead } from "../../lib/dicom/file_head.ts";
import { fileMetaText, TRANSFER_SYNTAX_UID } from "../../lib/dicom/part10.ts";
import { isValidUID } from "../../lib/dicom/uids.ts";
import { DecodeError } from "../../lib/errors.ts";
import { boundaryOf, decodeMultipart } from "../../lib/multipart/decode.ts";
import { type MediaType, parseMediaType } from "../../lib/multipart/media_type.ts";
import { Deadline } from "../net/deadline.ts";
import { GatewayError, type RetrievedInstance } from "./gateway.ts";
import { connectionError } from "./http.ts";
import { CollectedBytes, type InstanceBuffers } from "./instance_buffers.ts";

/** Bytes of a data set up to which it is held, so that it can be fetched ahead; beyond, it streams. */
export const WHOLE_BYTES = 4 * 1024 * 1024;
/** Bytes that may stand before a data set: a few hundred in all files but those that lie. */
export const MAX_HEAD_BYTES = 1024 * 1024;
/** Bytes that are read at once; the connection has no more ready at a time. */
const READ_BYTES = 64 * 1024;
/** Milliseconds until more of an answer comes: a server that is stuck must not hold up a retrieval for ever. */
const MORE_WITHIN = 60_000;

const MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003;

/** An instance out of an answer, with its UID where the file says it. */
export interface InstanceFile extends RetrievedInstance {
  readonly SOPInstanceUID: string | undefined;
}

/** How an answer is read. */
export interface ReadOptions {
  readonly buffers: InstanceBuffers;
  /** Ends the answer. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; a minute without it. */
  readonly moreWithin?: number | undefined;
}

/**
 * The instances of an answer, one after another. The next one is looked for when the data set of the
 * one before has been read to its end, or returned: a stream that is left alone holds up the rest.
 * Throws GatewayError, as streams do.
 */
export async function* instanceFiles(
  response: Response,
  { buffers, signal, moreWithin = MORE_WITHIN }: ReadOptions,
): AsyncGenerator<InstanceFile, void, undefined> {
  try {
    for await (const { declared, chunks } of filesOf(response, moreWithin)) {
      const collected = new CollectedBytes(buffers);
      const { fileMeta, dataSetOffset } = await collectHead(collected, chunks);
      // What a file says of itself may be its sender's mistake, which the server has noticed.
      const transferSyntaxUID = declared ?? fileMetaText(fileMeta, TRANSFER_SYNTAX_UID);
      if (transferSyntaxUID === undefined) throw noFile();
      const SOPInstanceUID = fileMetaText(fileMeta, MEDIA_STORAGE_SOP_INSTANCE_UID);
      const isWhole = await collectRest(collected, chunks);
      const bytes = collected.bytes.subarray(dataSetOffset);
      const { dataSet, isRead } = isWhole ? { dataSet: bytes } : streamed(bytes, chunks, signal);
      yield { SOPInstanceUID, transferSyntaxUID, dataSet, release: () => collected.release() };
      await isRead;
    }
  } catch (error) {
    throw explained(error, signal);
  }
}

/** A file on its way. */
interface File {
  /** The transfer syntax that the answer names beside the file (PS3.18 8.7.3.5.2). */
  readonly declared: string | undefined;
  /** Its bytes; a chunk is good until the next is asked for. */
  readonly chunks: AsyncIterator<Uint8Array, unknown, undefined>;
}

async function* filesOf(
  response: Response,
  moreWithin: number,
): AsyncGenerator<File, void, undefined> {
  const type = parseMediaType(response.headers.get("Content-Type") ?? "");
  switch (type?.essence) {
    case "application/dicom": {
      const chunks = bodyOf(response, moreWithin);
      try {
        yield { declared: syntaxIn(type), chunks };
      } finally {
        await chunks.return();
      }
      return;
    }
    case "multipart/related": {
      const parts = decodeMultipart(bodyOf(response, moreWithin), boundaryOf(type));
      for await (const { headers, body } of parts) {
        const declared = syntaxIn(parseMediaType(headers.get("content-type") ?? ""));
        yield { declared, chunks: body[Symbol.asyncIterator]() };
      }
      return;
    }
    default:
      await response.body?.cancel();
      throw noFile();
  }
}

function syntaxIn(type: MediaType | undefined): string | undefined {
  const uid = type?.parameters.get("transfer-syntax");
  return uid !== undefined && isValidUID(uid) ? uid : undefined;
}

/** Read into the same memory again and again. */
async function* bodyOf(
  response: Response,
  moreWithin: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader({ mode: "byob" });
  let isStuck = false;
  using patience = new Deadline(() => {
    isStuck = true;
    // It ends the read that waits; that it was cut off is said there.
    reader.cancel().catch(() => {});
  });
  let buffer = new ArrayBuffer(READ_BYTES);
  try {
    for (;;) {
      patience.start(moreWithin);
      const { done, value } = await reader.read(new Uint8Array(buffer));
      patience.stop();
      if (isStuck) throw connectionError(new Error("The answer stopped coming"));
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    await reader.cancel();
  }
}

/** Collects bytes until the data set is reached. */
async function collectHead(collected: CollectedBytes, chunks: File["chunks"]): Promise<FileHead> {
  while (collected.length <= MAX_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    collected.push(next.value);
    const head = headIn(collected.bytes);
    if (head !== undefined) return head;
  }
  throw noFile();
}

function headIn(bytes: Uint8Array): FileHead | undefined {
  try {
    return readFileHead(bytes);
  } catch (error) {
    throw error instanceof DecodeError ? noFile() : error;
  }
}

/** Collects what is left of a file; false where that is too much. */
async function collectRest(collected: CollectedBytes, chunks: File["chunks"]): Promise<boolean> {
  while (collected.length <= WHOLE_BYTES) {
    const next = await chunks.next();
    if (next.done) return true;
    collected.push(next.value);
  }
  return false;
}

/** A data set that is read while it is sent, and when it has been. */
function streamed(
  beginning: Uint8Array,
  rest: File["chunks"],
  signal: AbortSignal | undefined,
): { readonly dataSet: AsyncIterable<Uint8Array>; readonly isRead: Promise<void> } {
  const read = Promise.withResolvers<void>();
  signal?.addEventListener("abort", () => read.resolve(), { once: true });
  const done = { done: true, value: undefined } as const;
  let first: Uint8Array | undefined = beginning;
  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (first !== undefined) {
      const value = first;
      first = undefined;
      return { done: false, value };
    }
    try {
      const result = await rest.next();
      if (!result.done) return result;
    } catch (error) {
      read.resolve();
      throw explained(error, signal);
    }
    read.resolve();
    return done;
  }
  function stop(): Promise<typeof done> {
    read.resolve();
    return Promise.resolve(done);
  }
  return {
    dataSet: { [Symbol.asyncIterator]: () => ({ next, return: stop }) },
    isRead: read.promise,
  };
}

function noFile(): GatewayError {
  return new GatewayError("The server's answer is no DICOM file", "refused", undefined);
}

/** What breaks off is the connection; what is no file at all is the server's own idea. */
function explained(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof GatewayError) return error;
  return connectionError(error);
}

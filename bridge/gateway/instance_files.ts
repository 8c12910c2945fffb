/**
 * The files in an answer of WADO-RS (PS3.18 8.6.1.2, 10.4), each as a data set that is ready to be
 * sent: in one piece where it is not long, else as a stream.
 * @module
 */
import { type FileHead, readFileHead } from "../../lib/dicom/file_head.ts";
import { fileMetaText, TRANSFER_SYNTAX_UID } from "../../lib/dicom/part10.ts";
import { DecodeError } from "../../lib/errors.ts";
import { boundaryOf, decodeMultipart } from "../../lib/multipart/decode.ts";
import { type MediaType, parseMediaType } from "../../lib/multipart/media_type.ts";
import { GatewayError, type RetrievedInstance } from "./gateway.ts";
import { connectionError } from "./http.ts";

/** Bytes of a data set up to which it is taken in one piece, which is faster; beyond, it streams. */
export const WHOLE_BYTES = 4 * 1024 * 1024;
/** Bytes that may stand before a data set: a few hundred in all files but those that lie. */
export const MAX_HEAD_BYTES = 1024 * 1024;
/** Around a data set: the file's head, those of the part, and delimiters. */
const ENVELOPE_BYTES = 64 * 1024;

const MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003;

/** An instance out of an answer, with its UID where the file says it. */
export interface InstanceFile extends RetrievedInstance {
  readonly SOPInstanceUID: string | undefined;
}

/**
 * The instances of an answer, one after another. The next one is looked for when the data set of the
 * one before has been read to its end, or returned: a stream that is left alone holds up the rest.
 * Throws GatewayError, as streams do.
 */
export async function* instanceFiles(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<InstanceFile, void, undefined> {
  try {
    for await (const { declared, chunks } of filesOf(response)) {
      const { head, first } = await headOf(chunks);
      const transferSyntaxUID = fileMetaText(head.fileMeta, TRANSFER_SYNTAX_UID) ?? declared;
      if (transferSyntaxUID === undefined) throw noFile();
      const SOPInstanceUID = fileMetaText(head.fileMeta, MEDIA_STORAGE_SOP_INSTANCE_UID);
      const { dataSet, isRead } = await gather(first, chunks, signal);
      yield { SOPInstanceUID, transferSyntaxUID, dataSet };
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
  /** Its bytes, in chunks that stay as they are. */
  readonly chunks: AsyncIterator<Uint8Array, unknown, undefined>;
}

async function* filesOf(response: Response): AsyncGenerator<File, void, undefined> {
  const type = parseMediaType(response.headers.get("Content-Type") ?? "");
  switch (type?.essence) {
    case "application/dicom":
      yield { declared: syntaxIn(type), chunks: bodyOf(response) };
      return;
    case "multipart/related":
      for await (const { headers, body } of decodeMultipart(bodyOf(response), boundaryOf(type))) {
        const declared = syntaxIn(parseMediaType(headers.get("content-type") ?? ""));
        yield { declared, chunks: body[Symbol.asyncIterator]() };
      }
      return;
    default:
      await response.body?.cancel();
      throw noFile();
  }
}

function syntaxIn(type: MediaType | undefined): string | undefined {
  return type?.parameters.get("transfer-syntax");
}

/** In one piece where it is not long, since that is faster. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const length = Number(response.headers.get("Content-Length") ?? Infinity);
  if (length <= WHOLE_BYTES + ENVELOPE_BYTES) yield new Uint8Array(await response.arrayBuffer());
  else if (response.body !== null) yield* response.body;
}

/** Reads the head, and what came with it of the data set. */
async function headOf(
  chunks: File["chunks"],
): Promise<{ readonly head: FileHead; readonly first: Uint8Array }> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length <= MAX_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    bytes = concat([bytes, next.value]);
    const head = headIn(bytes);
    if (head !== undefined) return { head, first: bytes.subarray(head.dataSetOffset) };
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

/** What is left of a data set: in one piece where it ends soon. */
async function gather(
  first: Uint8Array,
  rest: File["chunks"],
  signal: AbortSignal | undefined,
): Promise<{ readonly dataSet: RetrievedInstance["dataSet"]; readonly isRead?: Promise<void> }> {
  const pieces = [first];
  for (let length = first.length; length <= WHOLE_BYTES;) {
    const next = await rest.next();
    if (next.done) return { dataSet: concat(pieces) };
    pieces.push(next.value);
    length += next.value.length;
  }
  return streamed(pieces, rest, signal);
}

/** A data set that is read while it is sent, and when it has been. */
function streamed(
  pieces: Uint8Array[],
  rest: File["chunks"],
  signal: AbortSignal | undefined,
): { readonly dataSet: AsyncIterable<Uint8Array>; readonly isRead: Promise<void> } {
  const read = Promise.withResolvers<void>();
  signal?.addEventListener("abort", () => read.resolve(), { once: true });
  const done = { done: true, value: undefined } as const;
  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const ready = pieces.shift();
    if (ready !== undefined) return { done: false, value: ready };
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

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const filled = pieces.filter(({ length }) => length > 0);
  const [only = new Uint8Array(0)] = filled;
  if (filled.length <= 1) return only;
  const whole = new Uint8Array(filled.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of filled) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

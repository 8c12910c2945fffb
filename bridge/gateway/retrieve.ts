/**
 * WADO-RS of one instance (PS3.18 10.4): its data set, ready to be sent to a peer.
 * @module
 */
import { type FileHead, readFileHead } from "../../lib/dicom/file_head.ts";
import { fileMetaText, TRANSFER_SYNTAX_UID } from "../../lib/dicom/part10.ts";
import { isValidUID } from "../../lib/dicom/uids.ts";
import { DecodeError } from "../../lib/errors.ts";
import { boundaryOf, decodeMultipart, type Part } from "../../lib/multipart/decode.ts";
import { type MediaType, parseMediaType } from "../../lib/multipart/media_type.ts";
import {
  type Gateway,
  GatewayError,
  type InstanceAddress,
  type RetrievedInstance,
} from "./gateway.ts";
import { connectionError, gatewayError, type Http } from "./http.ts";

/** Bytes of a data set up to which it is taken in one piece, which is faster; beyond, it streams. */
export const WHOLE_BYTES = 4 * 1024 * 1024;
/** Transfer syntaxes that one request names: servers look at no more than a few. */
export const MAX_SYNTAXES_ASKED = 10;
/** Bytes that may stand before a data set: a few hundred in all files but those that lie. */
export const MAX_HEAD_BYTES = 1024 * 1024;
/** Milliseconds until the answer begins: a server that has to transcode takes its time. */
const ANSWER_WITHIN = 60_000;
/** The transfer syntax in which it is stored. */
const ANY = "*";
/** Around a data set: the file's head, those of the part, and delimiters. */
const ENVELOPE_BYTES = 64 * 1024;

/** Gateway.retrieve over HTTP. A data set that streams may end with a GatewayError too. */
export function createRetrieve(http: Http): Gateway["retrieve"] {
  return async (address, transferSyntaxes, signal) => {
    const asked = transferSyntaxes.filter((uid) => uid === ANY || isValidUID(uid))
      .slice(0, MAX_SYNTAXES_ASKED);
    const response = await http.request(pathOf(address), {
      headers: { Accept: acceptOf(asked) },
      answerWithin: ANSWER_WITHIN,
      signal,
    });
    if (response.status !== 200) throw await refusal(response);
    const { declared, chunks } = await openFile(response, signal);
    try {
      const { head, first } = await headOf(chunks);
      const transferSyntaxUID = fileMetaText(head.fileMeta, TRANSFER_SYNTAX_UID) ?? declared;
      if (transferSyntaxUID === undefined) throw refused("The server's answer is no DICOM file");
      if (!asked.some((uid) => uid === transferSyntaxUID || uid === ANY)) {
        throw refused("The server answered in a transfer syntax that was not asked for");
      }
      return { transferSyntaxUID, dataSet: await gather(first, chunks) };
    } catch (error) {
      await chunks.return();
      throw error;
    }
  };
}

function pathOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceAddress): string {
  return `studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`;
}

/** The form of an answer that PS3.18 10.4.4 demands of every server, the syntaxes in their order. */
function acceptOf(transferSyntaxes: readonly string[]): string {
  return transferSyntaxes.map((uid, index) => {
    const weight = index === 0 ? "" : `; q=${(1 - index / MAX_SYNTAXES_ASKED).toFixed(1)}`;
    return `multipart/related; type="application/dicom"; transfer-syntax=${uid}${weight}`;
  }).join(", ");
}

async function refusal(response: Response): Promise<GatewayError> {
  const { status } = response;
  if (status !== 406) return await gatewayError(response);
  await response.body?.cancel();
  return refused("The server cannot give it in a transfer syntax that is accepted", status);
}

function refused(message: string, status?: number): GatewayError {
  return new GatewayError(message, "refused", status);
}

/** A file on its way. */
interface File {
  /** The transfer syntax that the answer names beside the file (PS3.18 8.7.3.5.2). */
  readonly declared: string | undefined;
  /** Its bytes, in chunks that stay as they are. */
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
}

async function openFile(response: Response, signal: AbortSignal | undefined): Promise<File> {
  const type = parseMediaType(response.headers.get("Content-Type") ?? "");
  switch (type?.essence) {
    case "application/dicom":
      return { declared: syntaxIn(type), chunks: explained(bodyOf(response), signal) };
    case "multipart/related": {
      const parts = decodeMultipart(bodyOf(response), boundaryOf(type), { maxParts: 1 });
      const { value: part } = await explained(parts, signal).next();
      if (part === undefined) throw refused("The server's answer is empty");
      const partType = parseMediaType(part.headers.get("content-type") ?? "");
      return {
        declared: partType && syntaxIn(partType),
        chunks: explained(all(part, parts), signal),
      };
    }
    default:
      await response.body?.cancel();
      throw refused("The server's answer is not application/dicom");
  }
}

function syntaxIn({ parameters }: MediaType): string | undefined {
  return parameters.get("transfer-syntax");
}

/** The body is read to its end, behind the part too, so that the connection can be used again. */
async function* all(
  part: Part,
  parts: AsyncGenerator<Part, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* part.body;
    await parts.next();
  } finally {
    await parts.return();
  }
}

/** The same, ending with a GatewayError where the connection or the form of the answer breaks. */
async function* explained<T>(
  items: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof GatewayError ? error : connectionError(error);
  }
}

/** In one piece where it is not long, since that is faster. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const length = Number(response.headers.get("Content-Length") ?? Infinity);
  if (length <= WHOLE_BYTES + ENVELOPE_BYTES) yield new Uint8Array(await response.arrayBuffer());
  else if (response.body !== null) yield* response.body;
}

/** Reads the head, and what came with it of the data set. */
async function headOf(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ readonly head: FileHead; readonly first: Uint8Array }> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length <= MAX_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    bytes = concat([bytes, next.value]);
    const head = headIn(bytes);
    if (head !== undefined) return { head, first: bytes.subarray(head.dataSetOffset) };
  }
  throw refused("The server's answer is no DICOM file");
}

function headIn(bytes: Uint8Array): FileHead | undefined {
  try {
    return readFileHead(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refused("The server's answer is no DICOM file");
  }
}

/** What is left of a data set: in one piece where it ends soon. */
async function gather(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<RetrievedInstance["dataSet"]> {
  const pieces = [first];
  for (let length = first.length; length <= WHOLE_BYTES;) {
    const next = await rest.next();
    if (next.done) return concat(pieces);
    pieces.push(next.value);
    length += next.value.length;
  }
  return chained(pieces, rest);
}

async function* chained(
  pieces: Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) yield piece;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
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

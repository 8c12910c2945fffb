/**
 * Sends what a retrieval answers with: ETag and If-None-Match, Range on single bodies, multipart
 * framing, and never a clean end for a body that broke off.
 * @module
 */
import { crc32 } from "../../lib/bytes/crc32.ts";
import { closeDelimiter, multipartLength, partHead } from "../../lib/multipart/encode.ts";
import { formatMediaType } from "../../lib/multipart/media_type.ts";
import { entityTag, notModified } from "./conditional.ts";
import { contentRange, wantedRange } from "./range.ts";
import type { MultipartBody, Part, Representation } from "./representation.ts";
import { type Traffic, trafficOf } from "./traffic.ts";
import { addWarnings } from "./warning.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A year, and no question in between: the bytes of a revision never change. */
const LASTING = "private, max-age=31536000, immutable";
const PASSING = "private, no-cache";
/** Markup out of a data set is shown, but nothing in it runs: it would do so with our pages' rights. */
const INERT = { "Content-Security-Policy": "default-src 'none'; sandbox" };

/** The response to GET or HEAD. `base`: URL of the archive's root, for Content-Location. */
export async function representationResponse(
  request: Request,
  { etag, lasting, body }: Representation,
  base: string,
): Promise<Response> {
  // Locations and BulkDataURIs are part of the bytes.
  const tag = entityTag(etag, crc32(new TextEncoder().encode(base)).toString(36));
  const headers = {
    "Cache-Control": lasting ? LASTING : PASSING,
    "Vary": "Accept, Accept-Encoding",
  };
  switch (body.kind) {
    case "single":
      return await singleResponse(request, body.part, tag, {
        ...headers,
        "Content-Type": body.part.mediaType,
        ...(/xml|html/.test(body.part.mediaType) ? INERT : {}),
        ...locationOf(body.part, base),
        ...(body.part.coding === undefined ? {} : { "Content-Encoding": body.part.coding }),
        ...(body.part.fileName === undefined
          ? {}
          : { "Content-Disposition": `attachment; filename="${body.part.fileName}"` }),
      });
    case "multipart": {
      const unchanged = notModified(request, tag, headers);
      return unchanged ?? await multipartResponse(request, body, tag, headers, base);
    }
  }
}

async function singleResponse(
  request: Request,
  part: Part,
  etag: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  const { length: size } = part;
  const sent: Record<string, string> = { ...headers, ETag: etag };
  const range = size === undefined ? undefined : wantedRange(request, size, etag);
  if (size !== undefined) {
    sent["Accept-Ranges"] = "bytes";
    sent["Content-Length"] = String(range?.length ?? size);
    if (range !== undefined) sent["Content-Range"] = contentRange(range, size);
  }
  const body = request.method === "HEAD"
    ? null
    : await streamOf(part.read(range), trafficOf(request));
  return new Response(body, { status: range === undefined ? 200 : 206, headers: sent });
}

async function multipartResponse(
  request: Request,
  body: MultipartBody,
  etag: string,
  fixed: Readonly<Record<string, string>>,
  base: string,
): Promise<Response> {
  const { type, boundary, left } = body;
  const headers = new Headers({
    ...fixed,
    "ETag": etag,
    "Content-Type": formatMediaType("multipart/related", { type, boundary }),
  });
  if (left.out > 0) {
    const why = left.why ?? "they cannot be given in what Accept names";
    addWarnings(headers, base, [`${left.out} of ${left.of} are left out: ${why}`]);
  }
  const length = lengthOf(body, base);
  if (length !== undefined) headers.set("Content-Length", String(length));
  const status = left.out > 0 ? 206 : 200;
  const sent = request.method === "HEAD"
    ? null
    : await streamOf(framed(body, base), trafficOf(request));
  return new Response(sent, { status, headers });
}

/** Bytes of the whole body, where those of every part are known. */
function lengthOf({ parts, boundary }: MultipartBody, base: string): number | undefined {
  if (!Array.isArray(parts)) return undefined;
  const sized: { readonly head: Bytes; readonly length: number }[] = [];
  for (const part of parts as readonly Part[]) {
    if (part.length === undefined) return undefined;
    sized.push({ head: headOf(part, boundary, base, sized.length === 0), length: part.length });
  }
  return multipartLength(boundary, sized);
}

function headOf(part: Part, boundary: string, base: string, first: boolean): Bytes {
  const headers: Record<string, string> = {
    "Content-Type": part.mediaType,
    ...locationOf(part, base),
  };
  if (part.length !== undefined) headers["Content-Length"] = String(part.length);
  return partHead(boundary, headers, first);
}

function locationOf({ location }: Part, base: string): Record<string, string> {
  return location === undefined ? {} : { "Content-Location": base + location };
}

async function* framed({ parts, boundary }: MultipartBody, base: string): AsyncGenerator<Bytes> {
  const last = Array.isArray(parts) ? parts.length - 1 : undefined;
  const close = closeDelimiter(boundary);
  let index = 0;
  for await (const part of parts) {
    const head = headOf(part, boundary, base, index === 0);
    const isLast = index++ === last;
    if (part.fill !== undefined && part.length !== undefined) {
      yield await gathered(head, part.fill, part.length, isLast ? close : NOTHING);
      if (isLast) return;
    } else {
      yield head;
      yield* part.read();
    }
  }
  yield close;
}

/** Up to here a copy costs less than a stream. */
const COPIED_BYTES = 64 * 1024;

const NOTHING: Bytes = new Uint8Array(0);

/** A small part, its head and what follows it in one chunk: each chunk is a way to the socket. */
async function gathered(
  head: Bytes,
  fill: (target: Bytes) => Promise<void>,
  length: number,
  tail: Bytes,
): Promise<Bytes> {
  const chunk = new Uint8Array(head.length + length + tail.length);
  chunk.set(head);
  await fill(chunk.subarray(head.length, head.length + length));
  chunk.set(tail, head.length + length);
  return chunk;
}

/**
 * A body out of chunks. The first is made before there is a response, so that what fails at once is
 * answered as an error. While one chunk is on its way the next is made; an error later on breaks the
 * connection off. A small body is sent as it is: a Response copies what it is given, but costs less
 * than a stream.
 */
async function streamOf(chunks: AsyncGenerator<Bytes>, traffic: Traffic): Promise<BodyInit> {
  traffic.sent = 0;
  const first = await chunks.next();
  if (first.done) return new Uint8Array(0);
  const second = await chunks.next();
  if (!second.done) return streamed([first.value, second.value], chunks, traffic);
  if (first.value.length > COPIED_BYTES) return streamed([first.value], chunks, traffic);
  traffic.sent = first.value.length;
  return first.value;
}

/** The chunks as the socket pulls them, those at hand first, each asked for while the last is sent. */
function streamed(
  made: Bytes[],
  chunks: AsyncGenerator<Bytes>,
  traffic: Traffic,
): ReadableStream<Bytes> {
  let next = ask();

  function ask(): Promise<IteratorResult<Bytes>> {
    const asked = chunks.next();
    // It is awaited unless the client goes away, when nobody is left to be told.
    asked.catch(() => {});
    return asked;
  }

  function enqueue(controller: ReadableStreamDefaultController<Bytes>, chunk: Bytes): void {
    traffic.sent = (traffic.sent ?? 0) + chunk.length;
    controller.enqueue(chunk);
  }

  return new ReadableStream({
    async pull(controller) {
      const ready = made.shift();
      if (ready !== undefined) return enqueue(controller, ready);
      const result = await next;
      if (result.done) return controller.close();
      next = ask();
      enqueue(controller, result.value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

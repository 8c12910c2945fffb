/**
 * The response to a search, as DICOM JSON or as a multipart message of Native DICOM Models (PS3.18
 * 10.6.4): one text where the results are at hand, a stream where there are more.
 * @module
 */
import { closeDelimiter, partHead } from "../../lib/multipart/encode.ts";
import { formatMediaType } from "../../lib/multipart/media_type.ts";
import type { SearchAnswer } from "../services/search.ts";
import { resultXml } from "../services/search_xml.ts";
import type { MetadataRepresentation } from "../http/negotiate.ts";
import { textResponse } from "../http/text_response.ts";

/** Characters of a streamed answer that are sent at once. */
const CHUNK_LENGTH = 64 * 1024;

const encoder = new TextEncoder();

/** Makes the response; `headers` are those that do not depend on its form. */
export async function searchResponse(
  request: Request,
  answer: SearchAnswer,
  { form, mediaType, alone = false }: MetadataRepresentation,
  headers: Headers,
): Promise<Response> {
  headers.append("Vary", "Accept, Accept-Encoding");
  switch (form) {
    case "json": {
      headers.set("Content-Type", mediaType);
      if (answer.more !== undefined) return streamed(jsonChunks(answer), headers);
      const text = `[${answer.results.join(",")}]`;
      return await textResponse(text, request, headers);
    }
    case "xml": {
      const [only = ""] = answer.results;
      if (alone && answer.results.length === 1 && answer.more === undefined) {
        headers.set("Content-Type", mediaType);
        return await textResponse(resultXml(only), request, headers);
      }
      const boundary = crypto.randomUUID();
      headers.set(
        "Content-Type",
        formatMediaType("multipart/related", { type: mediaType, boundary }),
      );
      return streamed(xmlChunks(answer, mediaType, boundary), headers);
    }
  }
}

function streamed(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, headers: Headers): Response {
  return new Response(ReadableStream.from(chunks), { headers });
}

async function* resultsOf(answer: SearchAnswer): AsyncGenerator<string> {
  yield* answer.results;
  for await (const results of answer.more ?? []) yield* results;
}

async function* jsonChunks(answer: SearchAnswer): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let text = "[";
  let separator = "";
  for await (const result of resultsOf(answer)) {
    text += separator + result;
    separator = ",";
    if (text.length < CHUNK_LENGTH) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text + "]");
}

async function* xmlChunks(
  answer: SearchAnswer,
  mediaType: string,
  boundary: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let first = true;
  for await (const result of resultsOf(answer)) {
    yield partHead(boundary, { "Content-Type": mediaType }, first);
    yield encoder.encode(resultXml(result));
    first = false;
  }
  yield closeDelimiter(boundary);
}

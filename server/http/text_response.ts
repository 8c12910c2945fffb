/**
 * A response that is one text, compressed where that pays.
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { preferredCoding } from "./content_coding.ts";
import { sendsText } from "./traffic.ts";

/** Characters below which compression costs more than it saves. */
const COMPRESS_FROM = 16 * 1024;
/** Fast: the answer is made for one request. */
const COMPRESSION = { level: 1 };

const gzipAsync = promisify(gzip);

/** Makes the response; `headers` gets the coding. The caller says by which headers it varies. */
export async function textResponse(
  text: string,
  request: Request,
  headers: Headers,
): Promise<Response> {
  const isLarge = text.length >= COMPRESS_FROM;
  if (!isLarge || preferredCoding(request.headers.get("accept-encoding")) !== "gzip") {
    sendsText(request, text);
    return new Response(text, { headers });
  }
  const bytes = new Uint8Array(await gzipAsync(text, COMPRESSION));
  headers.set("Content-Encoding", "gzip");
  headers.set("Content-Length", String(bytes.length));
  return new Response(bytes, { headers });
}

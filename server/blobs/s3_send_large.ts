/**
 * Requests with large bodies, sent from the memory in which these are: `fetch` makes two copies of a
 * body, which stay until V8 next collects its whole heap.
 * @module
 */
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";

/** Bytes given to the connection at once. */
const PIECE = 256 * 1024;

/** A request whose body must not change until it is answered. */
export interface LargeRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** Sends it as `fetch` would; the answer's body, which is a short one, is there when this resolves. */
export async function sendLarge(
  url: URL,
  { method, headers, body, signal }: LargeRequest,
): Promise<Response> {
  signal.throwIfAborted();
  const sent = (url.protocol === "https:" ? secureRequest : request)(url, {
    method,
    headers: { ...Object.fromEntries(headers), "content-length": body.length },
    // A connection that is kept could have been closed by the other side without a word.
    agent: false,
  });
  const end = () => sent.destroy();
  signal.addEventListener("abort", end, { once: true });
  try {
    const answer = answerOf(sent);
    // An answer may come before the body is taken: it says why.
    await Promise.race([answer, write(sent, body)]);
    const message = await answer;
    const bytes = await new Blob(await Array.fromAsync(message)).bytes();
    const { statusCode: status = 0 } = message;
    return new Response(NO_BODY.has(status) ? null : bytes, {
      status,
      headers: headersOf(message),
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", end);
    sent.destroy();
  }
}

/** Statuses of answers that never have one. */
const NO_BODY = new Set([204, 205, 304]);

function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.on("error", reject);
    sent.once("close", () => reject(new Error("The connection was closed")));
  });
}

async function write(sent: ClientRequest, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.length; at += PIECE) {
    if (sent.destroyed) return;
    if (!sent.write(body.subarray(at, at + PIECE))) await drained(sent);
  }
  sent.end();
}

/** Resolves when more may be written, or nothing can be any more. */
function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sent.off("drain", done);
      sent.off("close", done);
      resolve();
    };
    sent.on("drain", done);
    sent.on("close", done);
  });
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return headers;
}

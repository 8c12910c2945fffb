/**
 * POST of large bodies. With `fetch` a body in one piece is copied twice, which takes as long as
 * all else together and leaves memory that is collected late, and one that streams goes without
 * the Content-Length that some servers insist on. Node's client has neither fault.
 * @module
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What is sent. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In one piece, or as it comes. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of the body. */
  readonly length: number;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** Connections that are kept for the next request. */
export interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Ends them. */
  close(): void;
}

/** Bytes of an answer: one about the largest request is far smaller. */
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Milliseconds that a connection is kept without use: less than servers commonly wait. */
const KEPT_MS = 4_000;

/** Makes a pool; it is empty before its first use. */
export function createConnections(): Connections {
  const options = { keepAlive: true, timeout: KEPT_MS };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

/**
 * Sends a request and resolves to its answer, whatever its status. Rejects where there is none, and
 * when the signal aborts. Without `connections` it has one of its own.
 */
export function post(request: PostRequest, connections?: Connections): Promise<Response> {
  const { url, headers, body, length, signal } = request;
  const isSecure = url.startsWith("https:");
  const agent = connections === undefined ? false : isSecure ? connections.https : connections.http;
  const options = {
    method: "POST",
    headers: { ...headers, "Content-Length": String(length) },
    agent,
    signal,
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? httpsRequest : httpRequest)(url, options);
    let isAnswered = false;
    outgoing.on("response", (incoming) => {
      isAnswered = true;
      // A server that answers early wants no more of the body.
      answerOf(incoming).then(resolve, reject).finally(() => outgoing.destroy());
    });
    outgoing.on("error", (error) => {
      const isWhole = body instanceof Uint8Array;
      // The server may have ended a connection that was kept just before it was used again.
      if (outgoing.reusedSocket && isWhole && !isAnswered && !signal.aborted) {
        resolve(post(request));
      } else reject(error);
    });
    if (body instanceof Uint8Array) outgoing.end(body);
    else pipeline(Readable.from(body), outgoing).catch(reject);
  });
}

async function answerOf(incoming: IncomingMessage): Promise<Response> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > ANSWER_BYTES) throw new RangeError("The answer is larger than any should be");
    text += decoder.decode(chunk, { stream: true });
  }
  const { statusCode: status = 500, headers } = incoming;
  const retryAfter = headers["retry-after"];
  return new Response(HAVE_NO_BODY.has(status) ? null : text, {
    status,
    headers: retryAfter === undefined ? {} : { "Retry-After": retryAfter },
  });
}

/** Statuses of which a Response has none. */
const HAVE_NO_BODY = new Set([204, 205, 304]);

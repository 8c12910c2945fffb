/**
 * POST of a file as it is read, with its length: `fetch` would send it without, which some servers
 * refuse. Node's client does not.
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
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes of the body. */
  readonly length: number;
}

/** An answer. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Sends requests over connections that it keeps. */
export interface Poster {
  /** Resolves to the answer, whatever its status. Rejects where there is none, or with what the body throws. */
  post(request: PostRequest): Promise<PostAnswer>;
  /** Ends the connections. */
  close(): void;
}

/** Bytes of an answer: one about one file is far smaller. */
const ANSWER_BYTES = 1024 * 1024;

/** Milliseconds without a byte after which a connection counts as broken. */
const SILENCE = 120_000;

/** Keeps up to `connections` open. */
export function createPoster(connections: number): Poster {
  const options = { keepAlive: true, maxSockets: connections };
  const agents = { "http:": new HttpAgent(options), "https:": new HttpsAgent(options) };

  return {
    post({ url, headers, body, length }) {
      const isSecure = url.startsWith("https:");
      return new Promise((resolve, reject) => {
        const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
          method: "POST",
          headers: { ...headers, "Content-Length": String(length) },
          agent: agents[isSecure ? "https:" : "http:"],
          timeout: SILENCE,
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error("the server is silent")));
        outgoing.on("response", (incoming) => {
          // Who answers before the body's end wants no more of it.
          const early = !outgoing.writableFinished;
          answerOf(incoming).then(resolve, reject).finally(() => early && outgoing.destroy());
        });
        outgoing.on("error", reject);
        pipeline(Readable.from(body, { objectMode: false }), outgoing).catch(reject);
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

async function answerOf(incoming: IncomingMessage): Promise<PostAnswer> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > ANSWER_BYTES) throw new RangeError("the answer is larger than any should be");
    text += decoder.decode(chunk, { stream: true });
  }
  const { statusCode: status = 500, headers } = incoming;
  return { status, retryAfter: headers["retry-after"], text };
}

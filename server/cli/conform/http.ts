/**
 * HTTP to a server that nothing is known of: every answer is bounded in time and size, and no key
 * goes anywhere but to the server that was named.
 * @module
 */
import { type MediaType, parseMediaType } from "../../../lib/multipart/media_type.ts";

/** Milliseconds until an answer must be complete. */
export const ANSWER_WITHIN = 30_000;
/** Bytes of one answer, after decompression: what is stored for the checks is below 100 kB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Redirects followed for one request. */
const MAX_REDIRECTS = 5;
/** Requests in a row without an answer, after which no more are sent. */
export const MAX_SILENCE = 3;

/** There is no answer, or none that ends. The message is a sentence. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  constructor(
    readonly kind: "no connection" | "late" | "large" | "broken off" | "elsewhere" | "given up",
    message: string,
  ) {
    super(message);
  }
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Content-Type, where it is one. */
  readonly mediaType: MediaType | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the request that was answered, behind redirects. */
  readonly url: string;
}

/** A request. */
export interface Ask {
  /** GET where it is left out. */
  readonly method?: string;
  /** Parameters of the query; a comma in a value stands between values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Value of Accept: every request has one (PS3.18 8.7.5); `*\/*` where it is left out. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** Whether the key is left out. */
  readonly anonymous?: boolean;
}

/** Where the server is, and how long it has. */
export interface HttpOptions {
  /** DICOMweb root. */
  readonly base: string;
  readonly token: string | undefined;
  /** Milliseconds; {@linkcode ANSWER_WITHIN} where it is left out. */
  readonly answerWithin?: number;
  /** Bytes; {@linkcode MAX_ANSWER_BYTES} where it is left out. */
  readonly maxAnswerBytes?: number;
}

/** Sends requests. */
export interface Http {
  /** DICOMweb root without a slash at its end. */
  readonly base: string;
  readonly hasToken: boolean;
  /** `target`: a path below the root, which begins with a slash, or a whole URL. Throws AnswerError. */
  send(target: string, ask?: Ask): Promise<Answer>;
  /** A URL of an answer, taken from where it stood; undefined where it leads to another server. */
  own(url: string, from: Answer): string | undefined;
}

/** Makes it; nothing is sent yet. */
export function createHttp(options: HttpOptions): Http {
  const { token, answerWithin = ANSWER_WITHIN, maxAnswerBytes = MAX_ANSWER_BYTES } = options;
  const base = options.base.replace(/\/+$/, "");
  const { origin } = new URL(base);
  let silence = 0;

  async function send(target: string, ask: Ask = {}): Promise<Answer> {
    if (silence >= MAX_SILENCE) {
      throw new AnswerError("given up", `The server left ${MAX_SILENCE} requests unanswered.`);
    }
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), answerWithin);
    try {
      const answer = await follow(urlOf(target, ask.query), ask, end.signal);
      silence = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      silence = error.kind === "late" || error.kind === "no connection" ? silence + 1 : 0;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  function urlOf(target: string, query: Ask["query"]): string {
    const url = target.startsWith("/") ? base + target : target;
    const parameters = Object.entries(query ?? {}).map(([name, value]) =>
      `${name}=${queryValue(value)}`
    );
    return parameters.length === 0 ? url : `${url}?${parameters.join("&")}`;
  }

  async function follow(first: string, ask: Ask, signal: AbortSignal): Promise<Answer> {
    let url = first;
    for (let redirects = 0;; redirects++) {
      const response = await answered(url, ask, signal);
      const location = response.headers.get("location");
      const leads = response.status >= 301 && response.status <= 308 && location !== null &&
        response.status !== 304;
      if (!leads || (ask.method ?? "GET") !== "GET") return await whole(response, url, signal);
      await response.body?.cancel();
      const next = URL.parse(location, url);
      if (next?.origin !== origin) {
        throw new AnswerError("elsewhere", "The answer is a redirect to another server.");
      }
      if (redirects === MAX_REDIRECTS) {
        throw new AnswerError("elsewhere", `There are more than ${MAX_REDIRECTS} redirects.`);
      }
      url = next.href;
    }
  }

  async function answered(url: string, ask: Ask, signal: AbortSignal): Promise<Response> {
    const { method = "GET", accept = "*/*", headers, body = null, anonymous = false } = ask;
    const key = token === undefined || anonymous ? {} : { Authorization: `Bearer ${token}` };
    try {
      return await fetch(url, {
        method,
        headers: { Accept: accept, ...key, ...headers },
        body,
        redirect: "manual",
        signal,
      });
    } catch (error) {
      throw failure(error, signal, "no connection", "The server did not answer");
    }
  }

  async function whole(response: Response, url: string, signal: AbortSignal): Promise<Answer> {
    const { status, headers } = response;
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of response.body ?? []) {
        length += chunk.length;
        if (length > maxAnswerBytes) {
          throw new AnswerError("large", `The answer is longer than ${maxAnswerBytes} bytes.`);
        }
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof AnswerError) throw error;
      throw failure(error, signal, "broken off", "The answer broke off before its end");
    }
    const mediaType = parseMediaType(headers.get("content-type") ?? "");
    return { status, headers, mediaType, body: joined(chunks, length), url };
  }

  function failure(
    error: unknown,
    signal: AbortSignal,
    kind: AnswerError["kind"],
    what: string,
  ): AnswerError {
    if (signal.aborted) {
      return new AnswerError("late", `There was no complete answer in ${answerWithin / 1000} s.`);
    }
    if (!(error instanceof Error)) throw error;
    return new AnswerError(kind, `${what}: ${firstLine(error.message)}.`);
  }

  return {
    base,
    hasToken: token !== undefined,
    send,
    own(url, from) {
      const whole = URL.parse(url, from.url);
      return whole?.origin === origin ? whole.href : undefined;
    },
  };
}

/** Characters that RFC 3986 and PS3.18 8.3.1 leave as they are in a query, and those between values. */
const PLAIN = /%(?:2C|24|3A|3B|40|2F|3F)/g;

/** A value percent-encoded where it has to be and nowhere else, since not every server decodes it. */
function queryValue(value: string): string {
  return encodeURIComponent(value).replace(PLAIN, decodeURIComponent);
}

/** The text of an answer, or of a part of one. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Byte arrays as one. `length`: of all together. */
export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** What an error says, without the URL that Deno puts into it. */
function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ ?(for|to) url \([^)]*\)/, "").slice(0, 200);
}

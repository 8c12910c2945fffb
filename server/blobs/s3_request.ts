/**
 * Requests to an object store: signed, with a time limit on each wait, and asked again within a
 * bound where that may help.
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import type { S3Place } from "../../lib/config/s3_place.ts";
import { UnavailableError } from "../unavailable.ts";
import { errorOf, TransientError } from "./s3_errors.ts";
import { sendLarge } from "./s3_send_large.ts";

/** Milliseconds that are waited, and bytes of a part. */
export interface S3Limits {
  /** For the head of an answer, beside the time that a body takes to be sent. */
  readonly firstByte: number;
  /** For the next bytes of a body. */
  readonly stall: number;
  /** From a call until it is given up; a body that goes on has its own time. */
  readonly total: number;
  /** Before the second attempt; doubled for each that follows, of which a random part is waited. */
  readonly backOff: number;
  /** Bytes of a part of a multipart upload, and the most that is sent at once. S3 wants 5 MiB. */
  readonly part: number;
  /** Bytes of a body from which on it is sent without a copy, over a connection of its own. */
  readonly large: number;
}

/** Limits of every store unless a test has its own. */
export const S3_LIMITS: S3Limits = {
  firstByte: 10_000,
  stall: 8_000,
  total: 15_000,
  backOff: 100,
  part: 8 * 1024 * 1024,
  large: 1024 * 1024,
};

/** A request. */
export interface S3Request {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  /** The blob's; the bucket itself without. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: {
    readonly bytes: Uint8Array<ArrayBuffer>; /** Hexadecimal. */
    readonly sha256: string;
  };
  /** Milliseconds that the store may take beyond the usual. */
  readonly patience?: number;
}

/** An answer of success. Its body is to be read to the end or cancelled. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The next bytes, undefined at the end. Throws TransientError where it breaks off or stalls. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** The rest of a short body. */
  text(): Promise<string>;
  cancel(): void;
}

/** What an attempt is given: when its call is given up, in milliseconds as `performance.now` has them. */
export interface Attempt {
  readonly number: number;
  readonly deadline: number;
}

/** A connection to a store. */
export interface S3Client {
  readonly place: S3Place;
  readonly limits: S3Limits;
  /** Sends it once. Throws TransientError and what `errorOf` makes of the answer. */
  send(request: S3Request, deadline: number, signal?: AbortSignal): Promise<S3Answer>;
  /**
   * Does `attempt` again, after a pause, as long as it throws TransientError. Throws
   * UnavailableError once `total` milliseconds (`limits.total` unless said) would pass.
   */
  persist<T>(
    attempt: (attempt: Attempt) => Promise<T>,
    options?: { readonly total?: number; readonly signal?: AbortSignal },
  ): Promise<T>;
  /** Both for what has a short answer, which it reads. */
  ask(request: S3Request): Promise<{ readonly headers: Headers; readonly text: string }>;
}

/** Beside the place. */
export interface S3Options {
  readonly limits?: Partial<S3Limits>;
  /** Called for each request that is sent again. */
  readonly onRetry?: () => void;
  readonly fetch?: typeof fetch;
}

const NO_BYTES = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Pause between attempts at most, in milliseconds. */
const LONGEST_PAUSE = 3_000;

/** Bytes a millisecond below which a connection counts as broken while a body is sent. */
const SLOWEST_UPLOAD = 256;

/** Characters of an answer that is read at once: a thousand keys of S3's longest in percent-encoding. */
const MAX_TEXT = 4 * 1024 * 1024;

/** Opens it; sends nothing yet. */
export function createS3Client(place: S3Place, options: S3Options = {}): S3Client {
  const limits = { ...S3_LIMITS, ...options.limits };
  const { onRetry = () => {} } = options;
  const base = baseOf(place);
  const keysOfDay = new Map<string, ArrayBuffer>();

  async function sign({ method, key, query, headers, body }: S3Request) {
    const url = new URL(base);
    if (key !== undefined) {
      url.pathname += `${url.pathname.endsWith("/") ? "" : "/"}${place.prefix}${key}`;
    }
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, "x-amz-content-sha256": body?.sha256 ?? NO_BYTES },
      service: "s3",
      region: place.region,
      accessKeyId: place.accessKeyId,
      secretAccessKey: place.secretAccessKey,
      ...(place.sessionToken === undefined ? {} : { sessionToken: place.sessionToken }),
      cache: keysOfDay,
    });
    const signed = await signer.sign();
    // Not part of the signature: proxies change it. Bytes must come as they are stored.
    signed.headers.set("accept-encoding", "identity");
    return { url: signed.url, headers: signed.headers };
  }

  async function exchange(
    url: URL,
    { method, body }: S3Request,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<Response> {
    const { fetch: given } = options;
    if (given === undefined && body !== undefined && body.bytes.length >= limits.large) {
      return await sendLarge(url, { method, headers, body: body.bytes, signal });
    }
    const init = {
      method,
      headers,
      body: body?.bytes ?? null,
      redirect: "manual",
      signal,
    } as const;
    return await (given ?? fetch)(url, init);
  }

  const client: S3Client = {
    place,
    limits,

    async send(request, deadline, signal) {
      const { url, headers } = await sign(request);
      const wait = watch(signal);
      const left = Math.min(limits.firstByte, Math.max(deadline - performance.now(), 0));
      const sending = (request.body?.bytes.length ?? 0) / SLOWEST_UPLOAD;
      let response: Response;
      try {
        response = await wait.within(
          left + sending + (request.patience ?? 0),
          () => exchange(url, request, headers, wait.signal),
        );
      } catch (error) {
        throw wait.end(error);
      }
      const answer = answerOf(response, wait, limits.stall);
      if (response.ok) return answer;
      const { status, headers: said } = response;
      const text = await answer.text();
      throw errorOf(
        { method: request.method, key: request.key, status, headers: said, text },
        place,
      );
    },

    async persist(attempt, { total = limits.total, signal } = {}) {
      const deadline = performance.now() + total;
      for (let number = 0;; number++) {
        try {
          return await attempt({ number, deadline });
        } catch (error) {
          if (!(error instanceof TransientError)) throw error;
          const longest = Math.min(limits.backOff * 2 ** number, LONGEST_PAUSE);
          const pause = (error.retryAfter ?? 0) + Math.random() * longest;
          if (performance.now() + pause > deadline) {
            throw new UnavailableError("object store", { cause: error });
          }
          await sleep(pause, signal);
          onRetry();
        }
      }
    },

    ask: (request) =>
      client.persist(async ({ deadline }) => {
        const answer = await client.send(request, deadline);
        return { headers: answer.headers, text: await answer.text() };
      }),
  };
  return client;
}

function baseOf({ endpoint, bucket, addressing }: S3Place): URL {
  if (addressing === "path") return new URL(`${endpoint}/${bucket}`);
  const url = new URL(`${endpoint}/`);
  url.host = `${bucket}.${url.host}`;
  return url;
}

/** The waits of one request, ended by a time limit each, or by the caller. */
interface Wait {
  readonly signal: AbortSignal;
  within<T>(milliseconds: number, wait: () => Promise<T>): Promise<T>;
  /** Lets the connection go. The result is the error to throw. */
  end(error?: unknown): unknown;
}

function watch(caller: AbortSignal | undefined): Wait {
  const controller = new AbortController();
  const cancelled = () => controller.abort(caller?.reason);
  if (caller?.aborted) cancelled();
  caller?.addEventListener("abort", cancelled, { once: true });
  return {
    signal: controller.signal,
    async within(milliseconds, wait) {
      const timer = setTimeout(
        () => controller.abort(new TransientError(`No answer in ${Math.round(milliseconds)} ms`)),
        milliseconds,
      );
      try {
        return await wait();
      } finally {
        clearTimeout(timer);
      }
    },
    end(error) {
      caller?.removeEventListener("abort", cancelled);
      controller.abort();
      if (caller?.aborted) return caller.reason;
      // Without the right to use the network it will not get better.
      const isOwn = error instanceof TransientError || error instanceof Deno.errors.NotCapable;
      return isOwn
        ? error
        : new TransientError("The connection failed", undefined, { cause: error });
    },
  };
}

function answerOf(response: Response, wait: Wait, stall: number): S3Answer {
  const reader = response.body?.getReader();
  if (reader === undefined) wait.end();

  /** What only aborts its signal leaves the connection open until the body is collected. */
  function letGo(): void {
    reader?.cancel().catch(() => {});
  }

  async function next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (reader === undefined) return undefined;
    let isStalled = false;
    const timer = setTimeout(() => {
      isStalled = true;
      letGo();
    }, stall);
    try {
      const { value } = await reader.read();
      if (isStalled) throw new TransientError(`No bytes in ${stall} ms`);
      if (value === undefined) wait.end();
      return value;
    } catch (error) {
      throw wait.end(error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    status: response.status,
    headers: response.headers,
    next,
    async text() {
      const decoder = new TextDecoder();
      let text = "";
      for (let bytes = await next(); bytes !== undefined; bytes = await next()) {
        text += decoder.decode(bytes, { stream: true });
        if (text.length <= MAX_TEXT) continue;
        letGo();
        wait.end();
        throw new TransientError("An answer was longer than any should be");
      }
      return text;
    },
    cancel() {
      letGo();
      wait.end();
    },
  };
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", cancelled);
      resolve();
    }, milliseconds);
    if (signal?.aborted) cancelled();
    else signal?.addEventListener("abort", cancelled, { once: true });
  });
}

/**
 * Requests to a libSQL server over plain HTTP, each bounded in time, and asked again where what kept
 * it from being answered may pass.
 * @module
 */
import { type Client, createClient, LibsqlError } from "@libsql/client/web";
import { UnavailableError } from "../unavailable.ts";
import { IndexError } from "./index_error.ts";

/** Where the server is. */
export interface RemotePlace {
  /** `libsql:` (which is HTTPS), `https:` or `http:`. */
  readonly url: string;
  readonly token: string | undefined;
}

/** Milliseconds. */
export interface RemoteTimes {
  /** For one answer: more than the 5 s after which the server ends a transaction. */
  readonly attempt: number;
  /** For all attempts together. */
  readonly total: number;
  /** Before the second attempt; doubled before each after it, up to a second. */
  readonly pause: number;
}

/** The usual ones: a server that restarts in a few seconds is waited for. */
export const REMOTE_TIMES: RemoteTimes = { attempt: 6_000, total: 15_000, pause: 50 };

const LONGEST_PAUSE = 1_000;

/** Requests on their way at a time; a server takes 128 from all its users together. */
const CONCURRENCY = 32;

/** One request. Its errors are those that `RemoteDatabase.insist` knows. */
export type Attempt<Result> = (client: Client, again: boolean) => Promise<Result>;

/** A libSQL server. */
export interface RemoteDatabase {
  /**
   * Makes a request until it is answered. `again`: one before may have done its work, though its
   * answer is lost. Rejects with UnavailableError when the time is up, with {@linkcode IndexError}
   * where the server refuses, and with what else the request rejects with.
   */
  insist<Result>(attempt: Attempt<Result>): Promise<Result>;
  close(): void;
}

/** What kept a request from being answered, and may pass. */
class PassingError extends Error {
  override readonly name = "PassingError";
  /** `done`: the server may have done what was asked. */
  constructor(message: string, readonly done: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A server at `place`; nothing is asked of it yet. Throws {@linkcode IndexError} for another kind of URL. */
export function remoteDatabase({ url, token }: RemotePlace, times: RemoteTimes): RemoteDatabase {
  const client = open({ url, token }, (request) => bounded(request, times.attempt));

  return {
    async insist(attempt) {
      const begun = performance.now();
      let again = false;
      for (let pause = times.pause;; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        try {
          return await attempt(client, again);
        } catch (error) {
          const failure = failureOf(error);
          if (!(failure instanceof PassingError)) throw failure;
          again ||= failure.done;
          const spent = performance.now() - begun;
          if (spent + pause + times.attempt > times.total) {
            throw new UnavailableError("index", { cause: failure });
          }
          // Servers that lost it at one time should not all come back at one time.
          const shortened = pause * (0.5 + Math.random() / 2);
          await new Promise((resolve) => setTimeout(resolve, shortened));
        }
      }
    },
    close: () => client.close(),
  };
}

function open(
  { url, token }: RemotePlace,
  fetch: (request: Request) => Promise<Response>,
): Client {
  // The client would also speak WebSocket, which is kept open and has no use here.
  if (!/^(libsql|https?):$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new IndexError("The URL of the index begins with libsql://, https:// or http://");
  }
  return createClient({
    url,
    ...(token === undefined ? {} : { authToken: token }),
    intMode: "number",
    concurrency: CONCURRENCY,
    fetch,
  });
}

/** One request and its whole answer. */
async function bounded(request: Request, milliseconds: number): Promise<Response> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error("The time is up")), milliseconds);
  let response: Response;
  let body: ArrayBuffer;
  try {
    response = await fetch(await once(request), { signal: ending.signal });
    body = await response.arrayBuffer();
  } catch (error) {
    throw new PassingError("There is no answer", !isUnconnected(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  refuse(request, response, body);
  return new Response(body, response);
}

/** The same with a body that can be sent once: another is sent again behind our back when its connection breaks. */
async function once(request: Request): Promise<Request> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const { url, method, headers } = request;
  return new Request(url, { method, headers, body: new Blob([bytes]).stream() });
}

/** Whether an error of fetch says that no connection was made, so that nothing was asked. */
function isUnconnected(error: unknown): boolean {
  return error instanceof TypeError && /\(Connect\)|dns error/.test(error.message);
}

/** Throws where an answer is none of a libSQL server that did its work or says why not. */
function refuse({ url }: Request, { status, headers }: Response, body: ArrayBuffer): void {
  if (status >= 500) throw new PassingError(`The answer is ${status}`, true);
  if (status === 429) throw new PassingError(`The answer is ${status}`, false);
  const { host } = new URL(url);
  if (status === 401 || status === 403) {
    throw new IndexError(
      `The index at ${host} does not take the token: give a valid one in GANTRY_INDEX_TOKEN`,
      { isAdvice: true },
    );
  }
  if (status === 200 && headers.get("content-type")?.includes("json")) return;
  const said = new TextDecoder().decode(body.slice(0, SAID_MAX)).trim();
  throw new IndexError(
    `${host} answers ${status} and is no libSQL database: correct GANTRY_INDEX_URL (${said})`,
  );
}

/** Bytes of an answer that are quoted. */
const SAID_MAX = 200;

/** Codes of {@linkcode isPassing}. */
const PASSING =
  /^(SQLITE_BUSY|SQLITE_LOCKED|TRANSACTION_TIMEOUT|TRANSACTION_BUSY|STREAM_EXPIRED|TOO_MANY)/;

function failureOf(error: unknown): unknown {
  if (!(error instanceof LibsqlError) || !isPassing(error)) return error;
  return new PassingError(error.message, false, { cause: error });
}

/** Whether the server says that it did nothing, and might another time. */
export function isPassing(error: LibsqlError): boolean {
  return PASSING.test(error.code);
}

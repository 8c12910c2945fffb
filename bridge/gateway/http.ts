/**
 * HTTP to one archive of the server: address, credentials, and what failures mean. Every
 * transaction goes through here.
 * @module
 */
import { GatewayError } from "./gateway.ts";

/** Where an archive is, and how to be let in. */
export interface HttpOptions {
  /** DICOMweb root, with or without a slash at its end. */
  readonly base: string;
  /** Sent as `Authorization: Bearer`; without one nothing is sent. */
  readonly token?: string | undefined;
}

/** A request below the DICOMweb root. */
export interface HttpRequest {
  /** GET without it. */
  readonly method?: "GET" | "POST";
  readonly parameters?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit["body"]>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the head of the answer must be here; without it as long as it takes. */
  readonly answerWithin?: number;
}

/** A way to send requests. */
export interface Http {
  /** DICOMweb root, without a slash at its end. */
  readonly base: string;
  /**
   * Sends a request and resolves to the answer, whatever its status; its body is to be read or
   * cancelled. The signal ends the body too.
   *
   * @param path below the root, as `studies/1.2/series`
   * @throws {GatewayError} `passing` where there is no answer, `refused` where it leads elsewhere:
   *   credentials are not taken to an address that nobody configured
   */
  request(path: string, request?: HttpRequest): Promise<Response>;
}

/** Makes it; nothing is connected yet. */
export function createHttp({ base, token }: HttpOptions): Http {
  const root = base.replace(/\/+$/, "");
  const credentials = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return {
    base: root,
    async request(path, { method = "GET", parameters, headers, body, signal, answerWithin } = {}) {
      const search = parameters === undefined || parameters.size === 0 ? "" : `?${parameters}`;
      const response = await fetchWithin(
        `${root}/${path}${search}`,
        {
          method,
          headers: { ...credentials, ...headers },
          body: body ?? null,
          redirect: "manual",
        },
        answerWithin,
        signal,
      );
      if (response.status < 300 || response.status >= 400 || response.status === 304) {
        return response;
      }
      await response.body?.cancel();
      throw new GatewayError(
        `The server answered ${response.status}: set the server's URL to where it leads`,
        "refused",
        response.status,
      );
    },
  };
}

/** What an answer that is no success means; its body is discarded. */
export async function gatewayError(response: Response): Promise<GatewayError> {
  await response.body?.cancel();
  const { status, headers } = response;
  const kind = kindOf(status);
  return new GatewayError(
    // As an Error Comment (0000,0902) it may have 64 characters.
    `The server answered ${status}${kind === "denied" ? ": check GANTRY_CORE_TOKEN" : ""}`,
    kind,
    status,
    retryAfter(headers.get("Retry-After")),
  );
}

/**
 * What a failure of the connection means, before an answer or inside of one. It passes; the error
 * itself is kept as the cause, and not in the message, since it may name a URL.
 */
export function connectionError(cause: unknown): GatewayError {
  const error = new GatewayError("There is no connection to the server", "passing", undefined);
  error.cause = cause;
  return error;
}

async function fetchWithin(
  url: string,
  init: RequestInit,
  milliseconds: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const limit = new AbortController();
  const timer = milliseconds === undefined
    ? undefined
    : setTimeout(() => limit.abort(), milliseconds);
  const signals = [signal, limit.signal].filter((each) => each !== undefined);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any(signals) });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error);
  } finally {
    clearTimeout(timer);
  }
}

function kindOf(status: number): GatewayError["kind"] {
  switch (status) {
    case 401:
    case 403:
      return "denied";
    case 408:
    case 425:
    case 429:
      return "passing";
    default:
      return status >= 500 && status !== 501 ? "passing" : "refused";
  }
}

/** Milliseconds that a Retry-After (RFC 9110 section 10.2.3) asks for. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/**
 * Whose page a request comes from, as the browser tells it (Fetch standard's Origin, and Fetch
 * Metadata): no script can set these headers.
 * @module
 */

/** Who asks. */
export type Asker =
  /** A page of ours, or a person by the address bar or a bookmark. */
  | "own"
  /** A page of another origin. */
  | "foreign"
  /** No browser; or one that reads, by plain HTTP, and then says nothing of it. */
  | "unknown";

/** Methods that change nothing. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Tells it. `own`: origins of our pages, as far as they are known here. */
export function askerOf(request: Request, own: readonly string[]): Asker {
  const site = request.headers.get("sec-fetch-site");
  // The browser has compared the page's origin with the URL that it asked for, whatever proxies do to that.
  if (site !== null) return site === "same-origin" || site === "none" ? "own" : "foreign";
  const origin = request.headers.get("origin");
  if (origin === null) return "unknown";
  return own.includes(origin) ? "own" : "foreign";
}

/** Whether a person followed a link, to what is then shown in a tab of its own. */
export function isVisit(request: Request): boolean {
  return request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate" &&
    request.headers.get("sec-fetch-dest") === "document";
}

/**
 * Cross-origin requests of browsers (the Fetch standard's CORS protocol) for the origins that the
 * configuration names.
 * @module
 */
import { type Asker, SAFE_METHODS } from "./page_origin.ts";
import { Problem } from "./problem.ts";

/** Allows every origin, but no cookies. */
export const ANY_ORIGIN = "*";

/** Response headers that a page's script may read. */
const EXPOSED = [
  "Accept-Ranges",
  "Allow",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Location",
  "Content-Range",
  "ETag",
  "Link",
  "Location",
  "Retry-After",
  "Warning",
  "WWW-Authenticate",
  "X-Total-Count",
].join(", ");

const METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

/** Seconds for which a browser may remember a preflight; Chromium takes no more. */
const MAX_AGE = "7200";

/** Adds to a response what lets the request's origin read it. `origins`: those configured. */
export function addCorsHeaders(
  headers: Headers,
  request: Request,
  origins: readonly string[],
): void {
  if (origins.length === 0) return;
  const anyOrigin = origins.includes(ANY_ORIGIN);
  // Caches must keep apart what differs by origin, even where this request named none.
  if (!anyOrigin) headers.append("Vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !isAllowed(origin, origins)) return;
  headers.set("Access-Control-Allow-Origin", anyOrigin ? ANY_ORIGIN : origin);
  if (!anyOrigin) headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Access-Control-Expose-Headers", EXPOSED);
}

/** Whether a browser asks what it may send, rather than sends it. */
export function isPreflight(request: Request): boolean {
  return request.method === "OPTIONS" && request.headers.has("origin") &&
    request.headers.has("access-control-request-method");
}

/** The answer to a preflight, before addCorsHeaders. Throws Problem 403 for an unknown origin. */
export function preflightResponse(request: Request, origins: readonly string[]): Response {
  if (!isAllowed(request.headers.get("origin") ?? "", origins)) throw unknownOrigin();
  const headers = new Headers({
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Max-Age": MAX_AGE,
    "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  });
  const wanted = request.headers.get("access-control-request-headers");
  // An origin that may read patient data may name its headers itself.
  if (wanted !== null) headers.set("Access-Control-Allow-Headers", wanted);
  return new Response(null, { status: 204, headers });
}

/**
 * Refuses with Problem 403 what a page of an unknown origin would change: some such requests need
 * no preflight, and a browser sends them even though the page never sees the answer. `origins`: those
 * that may.
 */
export function refuseForeignWrites(
  request: Request,
  asker: Asker,
  origins: readonly string[],
): void {
  if (SAFE_METHODS.has(request.method) || asker !== "foreign") return;
  if (!isAllowed(request.headers.get("origin") ?? "", origins)) throw unknownOrigin();
}

function isAllowed(origin: string, origins: readonly string[]): boolean {
  return origins.includes(ANY_ORIGIN) || origins.includes(origin);
}

function unknownOrigin(): Problem {
  return new Problem(403, "This web origin is unknown; add it to GANTRY_CORS_ORIGINS.");
}

/**
 * The cookie that keeps an API key in a browser, for pages and what they ask for; programs send
 * Authorization.
 * @module
 */
import { ANY_ORIGIN } from "./cors.ts";
import { type Asker, isVisit, SAFE_METHODS } from "./page_origin.ts";

/** A day's work at most: the browsers of shared workstations forget a key over night. Seconds. */
export const KEPT_SECONDS = 12 * 3600;

const PLAIN = "gantry_key";
/** No other host, and nothing that came unencrypted, can set one of this name (RFC 6265bis section 4.1.3.2). */
const SECURE = `__Host-${PLAIN}`;

const ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax";

/** Set-Cookie that keeps a key. `isSecure`: the client reaches us by https. */
export function keepKey(key: string, isSecure: boolean): string {
  return `${nameOf(isSecure)}=${key}; ${attributes(isSecure)}; Max-Age=${KEPT_SECONDS}`;
}

/** Set-Cookie that has the browser forget it. */
export function forgetKey(isSecure: boolean): string {
  return `${nameOf(isSecure)}=; ${attributes(isSecure)}; Max-Age=0`;
}

/** The key in the request's cookie. */
export function cookieKey(request: Request, isSecure: boolean): string | undefined {
  const header = request.headers.get("cookie");
  if (header === null) return undefined;
  const start = `${nameOf(isSecure)}=`;
  const pair = header.split(";").map((each) => each.trim()).find((each) => each.startsWith(start));
  return pair?.slice(start.length) || undefined;
}

/** Whether a request brings one, valid or not. */
export function hasKeyCookie(request: Request): boolean {
  return request.headers.get("cookie")?.includes(`${PLAIN}=`) ?? false;
}

/**
 * Whether the cookie speaks for whoever asks. A browser sends it with what pages of other origins on
 * the same site have it ask for, and with links from anywhere; of these only the pages of origins
 * that the configuration names, and people who follow links, may use it. `*` names nobody.
 *
 * @param origins those that the configuration names
 */
export function cookieCounts(
  request: Request,
  asker: Asker,
  origins: readonly string[],
): boolean {
  switch (asker) {
    case "own":
      return true;
    case "foreign": {
      const origin = request.headers.get("origin") ?? ANY_ORIGIN;
      return isVisit(request) || (origin !== ANY_ORIGIN && origins.includes(origin));
    }
    case "unknown":
      // Browsers name the origin of whatever is to change something.
      return SAFE_METHODS.has(request.method);
  }
}

function attributes(isSecure: boolean): string {
  return isSecure ? `${ATTRIBUTES}; Secure` : ATTRIBUTES;
}

function nameOf(isSecure: boolean): string {
  return isSecure ? SECURE : PLAIN;
}

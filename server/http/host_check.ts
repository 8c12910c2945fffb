/**
 * Defence against DNS rebinding: a page whose own name was made to point at 127.0.0.1 still sends
 * that name in Host. Used where the server listens on loopback.
 * @module
 */

const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Host name and port that a request is addressed to, in lower case. */
export function hostOf(request: Request): string {
  return (request.headers.get("host") ?? request.url.split("/", 3)[2] ?? "").toLowerCase();
}

/** Whether a request names this machine or one of `names` (lower case), on any port. */
export function isKnownHost(request: Request, names: readonly string[]): boolean {
  const name = hostOf(request).replace(/:\d*$/, "");
  return LOOPBACK.includes(name) || names.includes(name);
}

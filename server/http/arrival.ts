/**
 * How a request came to us: under which URL, from whom, and whether one of our pages asked.
 * @module
 */
import type { Network } from "../../lib/config/networks.ts";
import { reachedURL } from "./base_url.ts";
import { forwardedOf } from "./forwarded.ts";
import { hostOf } from "./host_check.ts";
import { type Asker, askerOf } from "./page_origin.ts";

/** What is known beforehand. */
export interface ArrivalOptions {
  /** URL under which clients reach the server, where it is not the one they send. */
  readonly publicURL: string | undefined;
  /** Proxies that are believed in what they say of a request. */
  readonly trustedProxies: readonly Network[];
  /** The port that the server listens on; undefined where it listens on none. */
  readonly port: () => number | undefined;
}

/** A request's way. */
export interface Arrival {
  /** Scheme, host and path prefix under which the client reached us, without a trailing slash. */
  readonly reached: string;
  /** The client's address, as far as it is known; otherwise that of what is between, or nothing. */
  readonly address: string;
  readonly asker: Asker;
}

/** Finds it. `remote`: who opened the connection. */
export function arrivalOf(
  request: Request,
  remote: Deno.Addr | undefined,
  { publicURL, trustedProxies, port }: ArrivalOptions,
): Arrival {
  const peer = remote !== undefined && "hostname" in remote ? remote.hostname : "";
  const forwarded = trustedProxies.length === 0
    ? undefined
    : forwardedOf(request.headers, peer, trustedProxies);
  const reached = reachedURL(request, { publicURL, port: port(), forwarded });
  return {
    reached,
    address: forwarded?.client ?? peer,
    asker: askerOf(request, ownOrigins(request, reached, forwarded !== undefined)),
  };
}

/**
 * Origins of our own pages; none where the request names no origin to compare with. Of a proxy that is not trusted we
 * do not know whether it ends TLS: then both schemes are.
 */
function ownOrigins(request: Request, reached: string, isTrusted: boolean): readonly string[] {
  if (!request.headers.has("origin")) return [];
  const origin = URL.parse(reached)?.origin ?? reached;
  if (isTrusted) return [origin];
  const host = hostOf(request);
  return [origin, `http://${host}`, `https://${host}`];
}

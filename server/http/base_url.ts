/**
 * Which archive a URL chose, and the URL of that archive's root.
 * @module
 */
import type { Forwarded } from "./forwarded.ts";

/** Path of the default archive's DICOMweb root. */
export const DEFAULT_ROOT = "/dicomweb";
/** Route template of the root that an AE title names. */
export const AET_ROOT = "/aets/:AE/rs";

/** Path of the URI service of the default archive, and that of an AE title's. */
export const DEFAULT_WADO = "/wado";
export const AET_WADO = "/aets/:AE/wado";

/** The archives and what leads to them. */
export interface Archives {
  /** Name of the archive under DEFAULT_ROOT. */
  readonly default: string;
  /** Name of the archive that an AE title is bound to. */
  byAet(title: string): string | undefined;
}

/** A root below which the DICOMweb resources lie. */
export type Root =
  /** `path` of the DICOMweb root as it stands in URLs. */
  | { readonly kind: "archive"; readonly archive: string; readonly path: string }
  | { readonly kind: "unknown title" };

/**
 * The root that a path, as Hono gives it, begins with, or beside which its URI service lies; undefined
 * where it has neither.
 */
export function rootOf(path: string, archives: Archives): Root | undefined {
  if (path === DEFAULT_ROOT || path.startsWith(`${DEFAULT_ROOT}/`) || path === DEFAULT_WADO) {
    return { kind: "archive", archive: archives.default, path: DEFAULT_ROOT };
  }
  const match = /^\/aets\/([^/]+)\/(?:rs(?=\/|$)|wado$)/.exec(path);
  if (match === null) return undefined;
  const title = decoded(match[1] ?? "");
  const archive = archives.byAet(title);
  if (archive === undefined) return { kind: "unknown title" };
  return { kind: "archive", archive, path: `/aets/${encodeURIComponent(title)}/rs` };
}

/** Hosts between whose clients and us nothing can have another port than ours. */
const LOOPBACK_WITHOUT_PORT = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])$/i;

/** What decides under which URL a client reached us. */
export interface Reaching {
  /** Wins over all else. */
  readonly publicURL: string | undefined;
  /**
   * The port that we listen on, for clients that leave it out of Host, as the Python
   * dicomweb-client does: they could not follow the URLs that we write.
   */
  readonly port: number | undefined;
  /** What trusted proxies say; undefined where the request came through none. */
  readonly forwarded: Forwarded | undefined;
}

/** Scheme, host and path prefix under which the client reached us, without a trailing slash. */
export function reachedURL(request: Request, { publicURL, port, forwarded }: Reaching): string {
  if (publicURL !== undefined) return publicURL.replace(/\/+$/, "");
  const { url } = request;
  const origin = url.slice(0, url.indexOf("/", url.indexOf("//") + 2));
  if (forwarded !== undefined) return forwardedURL(origin, forwarded);
  const isMissing = port !== undefined && port !== 80 && LOOPBACK_WITHOUT_PORT.test(origin);
  return isMissing ? `${origin}:${port}` : origin;
}

/** `origin`: what the proxy asked us by; it holds where the proxy does not say what the client asked it by. */
function forwardedURL(origin: string, { scheme, host, port, prefix }: Forwarded): string {
  const [own = "", asked = ""] = origin.split("://");
  const authority = host ?? asked;
  const missing = port === undefined || /:\d+$/.test(authority) ? "" : `:${port}`;
  const url = URL.parse(`${scheme ?? own}://${authority}${missing}`);
  return (url?.origin ?? origin) + prefix;
}

/** An AE title out of a URL; trailing spaces of a title mean nothing (PS3.5 section 6.2). */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment).trim();
  } catch {
    return "";
  }
}

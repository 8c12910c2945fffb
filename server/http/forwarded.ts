/**
 * What proxies say of a request that they pass on: `Forwarded` (RFC 7239), and the X-Forwarded-*
 * that most of them send. It is believed as far as it was said by hops that are trusted.
 * @module
 */
import { isWithin, type Network } from "../../lib/config/networks.ts";

/** How the client reached the outermost trusted proxy; undefined where that did not say, or said nonsense. */
export interface Forwarded {
  /** The client's address. */
  readonly client: string | undefined;
  readonly scheme: "http" | "https" | undefined;
  /** Name or address, an IPv6 address in brackets, and a port where the client named one. */
  readonly host: string | undefined;
  /** Port of a host that names none. */
  readonly port: number | undefined;
  /** Path that was taken away before ours: empty, or with a slash before and none after it. */
  readonly prefix: string;
}

/** Characters of what is read as a host or a prefix: beyond any that is meant. */
const MAX_LENGTH = 255;

/** A registered name or an address (RFC 3986 section 3.2.2), and a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
/** Segments of a path (RFC 3986 section 3.3), none of them empty or of dots alone. */
const PREFIX = /^(?:\/(?!(?:\.|%2e){1,2}(?:\/|$))(?:[\w.~!$&'()*+;=:@-]|%[0-9a-f]{2})+)+$/i;
/** Address of a node (RFC 7239 section 6), or as X-Forwarded-For has it: with a port or without. */
const NODE = /^(?:\[([^\]]*)\](?::\w+)?|([\d.]+)(?::\w+)?|([0-9a-f:.]+))$/i;

/** A pair in `Forwarded`, with what may stand between it and the next; names and values as in RFC 9110 section 5.6. */
const PAIR =
  /([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~:[\]-]+)|"((?:[^"\\]|\\.)*)")[ \t]*(;[ \t]*|,|$)/y;
const EMPTY = /[ \t]*(?:,[ \t]*)*/y;

/**
 * What is said of a request that came from `peer`; undefined where that is none of the trusted, so
 * that whatever the headers say may be the client's own words.
 *
 * X-Forwarded-* win where both are there: proxies that write them pass a client's `Forwarded` on as it is.
 */
export function forwardedOf(
  headers: Headers,
  peer: string,
  trusted: readonly Network[],
): Forwarded | undefined {
  if (!isWithin(trusted, peer)) return undefined;
  const isUsual = ["for", "proto", "host", "port", "prefix"].some((name) =>
    headers.has(`x-forwarded-${name}`)
  );
  return isUsual
    ? fromXForwarded(headers, trusted)
    : fromForwarded(headers.get("forwarded") ?? "", trusted);
}

function fromXForwarded(headers: Headers, trusted: readonly Network[]): Forwarded {
  const list = (name: string) =>
    (headers.get(`x-forwarded-${name}`) ?? "").split(",").map((entry) => entry.trim())
      .filter((entry) => entry !== "");
  const { client, hops } = walk(list("for"), trusted);
  // Each hop adds to the right of what it got; one that adds nothing has nothing to say.
  const outermost = (name: string) => list(name).slice(-hops).at(0) ?? "";
  return {
    client,
    scheme: parseScheme(outermost("proto")),
    host: parseHost(outermost("host")),
    port: parsePort(outermost("port")),
    prefix: list("prefix").slice(-hops).map(parsePrefix).join(""),
  };
}

function fromForwarded(text: string, trusted: readonly Network[]): Forwarded {
  const elements = parseForwarded(text) ?? [];
  const { client, hops } = walk(elements.map((element) => element.get("for") ?? ""), trusted);
  const said = elements.slice(-hops);
  const outermost = (name: string) => said.find((element) => element.has(name))?.get(name) ?? "";
  return {
    client,
    scheme: parseScheme(outermost("proto")),
    host: parseHost(outermost("host")),
    port: undefined,
    prefix: "",
  };
}

/**
 * Goes from the right, where the nearest proxy wrote whom it has the request from, to the first that
 * is not trusted. `hops`: how many trusted ones there are, the peer among them.
 */
function walk(
  nodes: readonly string[],
  trusted: readonly Network[],
): { readonly client: string | undefined; readonly hops: number } {
  let client: string | undefined;
  for (const [index, node] of nodes.toReversed().entries()) {
    client = parseNode(node);
    if (client === undefined || !isWithin(trusted, client)) return { client, hops: index + 1 };
  }
  return { client, hops: nodes.length + 1 };
}

/**
 * The elements of `Forwarded`, names in lower case; undefined where it is malformed anywhere: a client
 * could leave a quote open before what a proxy adds.
 */
export function parseForwarded(text: string): Map<string, string>[] | undefined {
  const elements: Map<string, string>[] = [];
  let element: Map<string, string> | undefined;
  for (let at = 0;;) {
    if (element === undefined) {
      EMPTY.lastIndex = at;
      EMPTY.test(text);
      at = EMPTY.lastIndex;
      if (at === text.length) return elements;
      elements.push(element = new Map());
    }
    PAIR.lastIndex = at;
    const [whole, name = "", token, quoted = "", separator] = PAIR.exec(text) ?? [];
    if (whole === undefined || element.has(name.toLowerCase())) return undefined;
    element.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, "$1"));
    at += whole.length;
    if (!separator?.startsWith(";")) element = undefined;
  }
}

function parseNode(text: string): string | undefined {
  const [, bracketed, ipv4, ipv6] = NODE.exec(text) ?? [];
  return bracketed ?? ipv4 ?? ipv6;
}

function parseScheme(text: string): Forwarded["scheme"] {
  const scheme = text.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}

function parseHost(text: string): string | undefined {
  const isHost = text.length <= MAX_LENGTH && HOST.test(text) && URL.canParse(`http://${text}`);
  return isHost ? text : undefined;
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function parsePrefix(text: string): string {
  const prefix = text.replace(/\/$/, "");
  return prefix.length <= MAX_LENGTH && PREFIX.test(prefix) ? prefix : "";
}

/**
 * Environment variables: how their values are read, and the forms that several of them share.
 * Written out rather than declared with zod, which takes longer to load than a cold start can spare.
 * @module
 */

/** Settings, and what is wrong with them: one sentence each, with the setting's name and what is allowed. */
export interface Parsed<T> {
  readonly settings: T;
  readonly problems: readonly string[];
}

/** Reads variables one by one and gathers what is wrong with them. */
export interface VariableReader<Name extends string> {
  /** One sentence for each variable that was read and is wrong. */
  readonly problems: readonly string[];
  /** The value without spaces around it; an empty one counts as unset. */
  text(name: Name): string | undefined;
  /** What `parse` makes of the value; where that is undefined the value is a problem, and `allowed` says what would be none. */
  parsed<T>(
    name: Name,
    parse: (text: string) => T | undefined,
    allowed: string,
  ): T | undefined;
  /** Adds a problem of another kind. The value is not repeated: it may be a secret. */
  refuse(name: Name, why: string): void;
}

/** A reader of the variables that `read` gives. */
export function variableReader<Name extends string>(
  read: (name: Name) => string | undefined,
): VariableReader<Name> {
  const problems: string[] = [];
  const text = (name: Name) => read(name)?.trim() || undefined;
  return {
    problems,
    text,
    parsed(name, parse, allowed) {
      const value = text(name);
      if (value === undefined) return undefined;
      const result = parse(value);
      if (result === undefined) problems.push(`${name} is ${shown(value)}: ${allowed}`);
      return result;
    },
    refuse(name, why) {
      problems.push(`${name} ${why}`);
    },
  };
}

/** A value, for a message that is logged: of a URL, what is before the host or in a query may be a secret. */
function shown(value: string): string {
  return /[@?]/.test(value)
    ? "wrong (and not repeated here, for it may hold a secret)"
    : JSON.stringify(value);
}

/** What {@linkcode isHeaderText} allows. */
export const HEADER_TEXT = "may hold printable ASCII without spaces only: it goes into a header";

/** Whether a secret can be sent in a header. One that cannot would be quoted by the error that says so. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** What {@linkcode parseHost} allows. */
export const HOST = "an IP address or a host name, without a port";

/** An IP address or a host name, without the brackets of an IPv6 address. */
export function parseHost(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  const isIPv6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare);
  const isName = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(bare);
  return isIPv6 || isName ? bare : undefined;
}

/** What {@linkcode parsePort} allows. */
export const PORT = "a whole number from 0 to 65535; 0 picks a free port";

/** A port to listen on. */
export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** What {@linkcode parsePath} allows, after "a folder's" or "a file's". */
export const PATH = "path, without a comma";

/** A path; Deno separates those of a permission flag by commas. */
export function parsePath(text: string): string | undefined {
  return text.includes(",") || text.includes("\0") ? undefined : text;
}

/** A URL of the web. A host may not have a comma: that separates those of a permission flag. */
export function parseHttpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isFine = url !== null && /^https?:$/.test(url.protocol) && !url.host.includes(",");
  return isFine ? url : undefined;
}

/** What {@linkcode parseBaseUrl} allows. */
export const BASE_URL = "an http:// or https:// URL, without a query";

/** A URL that paths are put after: without query, fragment, credentials and trailing slashes. */
export function parseBaseUrl(text: string): string | undefined {
  const url = parseHttpUrl(text);
  if (url === undefined || url.search || url.hash || url.username || url.password) return undefined;
  return url.href.replace(/\/+$/, "");
}

/** What {@linkcode parseFlag} allows. */
export const FLAG = '"1" or "0"';

/** Yes or no. */
export function parseFlag(text: string): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined;
}

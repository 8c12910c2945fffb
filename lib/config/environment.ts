/**
 * The server's settings out of environment variables. Written out rather than declared with zod,
 * which takes longer to load than a cold start can spare.
 * @module
 */

/** What the environment decides; every variable is optional. */
export interface EnvironmentSettings {
  /** Address to listen on, without brackets. GANTRY_HOST. */
  readonly host: string;
  /** 0 picks a free one. GANTRY_PORT. */
  readonly port: number;
  /** Folder of the index, the blobs and the key secret. GANTRY_DATA. */
  readonly data: string;
  /** Origin (and path) under which clients reach the server, where it is not the address they dial. GANTRY_PUBLIC_URL. */
  readonly publicUrl: string | undefined;
  /** Web origins that may read answers; `*` for every one. GANTRY_CORS_ORIGINS. */
  readonly corsOrigins: readonly string[];
  /** Path of the configuration file. GANTRY_CONFIG. */
  readonly configFile: string | undefined;
  /** Serve beyond loopback without a key. GANTRY_INSECURE. */
  readonly insecure: boolean;
}

/** Settings, and what is wrong with them: one sentence each, with the setting's name and what is allowed. */
export interface Parsed<T> {
  readonly settings: T;
  readonly problems: readonly string[];
}

/** Every variable that the server reads. */
export const ENVIRONMENT = [
  "GANTRY_HOST",
  "GANTRY_PORT",
  "GANTRY_DATA",
  "GANTRY_INDEX_URL",
  "GANTRY_INDEX_TOKEN",
  "GANTRY_BLOBS_URL",
  "GANTRY_PUBLIC_URL",
  "GANTRY_CORS_ORIGINS",
  "GANTRY_CONFIG",
  "GANTRY_INSECURE",
] as const;

/** One of the variables' names. */
export type Variable = (typeof ENVIRONMENT)[number];

/**
 * Reads all variables through `read` (an empty value counts as unset) and lists every problem at
 * once. Where a variable is wrong, `settings` holds its default.
 */
export function parseEnvironment(
  read: (name: Variable) => string | undefined,
): Parsed<EnvironmentSettings> {
  const problems: string[] = [];
  const value = (name: Variable) => read(name)?.trim() || undefined;
  const wrong = (name: Variable, text: string, allowed: string) => {
    problems.push(`${name} is ${JSON.stringify(text)}: ${allowed}`);
  };

  function parsed<T>(
    name: Variable,
    parse: (text: string) => T | undefined,
    allowed: string,
  ): T | undefined {
    const text = value(name);
    if (text === undefined) return undefined;
    const result = parse(text);
    if (result === undefined) wrong(name, text, allowed);
    return result;
  }

  // A token is never repeated in a message, and the URLs may carry one.
  const unsupported = (name: Variable, instead: string) => {
    if (value(name) !== undefined) {
      problems.push(`${name} is not supported yet: leave it unset, and ${instead}`);
    }
  };
  unsupported("GANTRY_INDEX_URL", "the index is a file in GANTRY_DATA");
  unsupported("GANTRY_INDEX_TOKEN", "the index is a file in GANTRY_DATA");
  unsupported("GANTRY_BLOBS_URL", "objects are files in GANTRY_DATA");

  const settings = {
    host: parsed("GANTRY_HOST", host, "an IP address or a host name, without a port") ??
      "127.0.0.1",
    port: parsed("GANTRY_PORT", port, "a whole number from 0 to 65535; 0 picks a free port") ??
      8080,
    data: parsed("GANTRY_DATA", path, "a folder's path, without a comma") ?? "./data",
    publicUrl: parsed("GANTRY_PUBLIC_URL", baseUrl, "an http:// or https:// URL, without a query"),
    corsOrigins: parsed(
      "GANTRY_CORS_ORIGINS",
      origins,
      'origins such as "https://viewer.example.org", separated by commas, or "*"',
    ) ?? [],
    configFile: parsed("GANTRY_CONFIG", path, "a file's path, without a comma"),
    insecure: parsed("GANTRY_INSECURE", flag, '"1" or "0"') ?? false,
  };
  return { settings, problems };
}

/** Whether only programs on the same machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function host(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  const isIPv6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare);
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(bare);
  return isIPv6 || isName ? bare : undefined;
}

function port(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** Deno separates the paths of a permission flag by commas. */
function path(text: string): string | undefined {
  return text.includes(",") || text.includes("\0") ? undefined : text;
}

function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

function baseUrl(text: string): string | undefined {
  const url = httpUrl(text);
  if (url === undefined || url.search || url.hash || url.username || url.password) return undefined;
  return url.href.replace(/\/+$/, "");
}

function origins(text: string): string[] | undefined {
  const list = text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  const isOrigin = (entry: string) => entry === "*" || httpUrl(entry)?.origin === entry;
  return list.every(isOrigin) ? list : undefined;
}

function flag(text: string): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined;
}

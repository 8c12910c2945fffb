/**
 * The server's settings out of environment variables.
 * @module
 */
import { AE_TITLE, DEFAULT_AET, parseAETitle } from "./ae_title.ts";
import { isLoopback } from "./addresses.ts";
import { DEFAULT_DIMSE_HOST, DEFAULT_DIMSE_PORT } from "./dimse_settings.ts";
import { readStorage, STORAGE_VARIABLES, type StoragePlaces } from "./storage.ts";
import { type Network, NETWORKS, parseNetworks } from "./networks.ts";
import {
  BASE_URL,
  FLAG,
  HOST,
  parseBaseUrl,
  type Parsed,
  parseFlag,
  parseHost,
  parseHttpUrl,
  parsePath,
  parsePort,
  PATH,
  PORT,
  variableReader,
} from "./variables.ts";

/** What the environment decides; every variable is optional. */
export interface EnvironmentSettings extends StoragePlaces {
  /** Address to listen on, without brackets. GANTRY_HOST. */
  readonly host: string;
  /** 0 picks a free one. GANTRY_PORT. */
  readonly port: number;
  /** Port of the same address on which `/metrics`, and nothing else, needs no key. GANTRY_METRICS_PORT. */
  readonly metricsPort: number | undefined;
  /** Folder of what is kept on this machine. GANTRY_DATA. */
  readonly data: string;
  /** Origin (and path) under which clients reach the server, where it is not the address they dial. GANTRY_PUBLIC_URL. */
  readonly publicUrl: string | undefined;
  /** Proxies whose word about a request's origin counts (Forwarded, X-Forwarded-*); none without it. GANTRY_TRUSTED_PROXIES. */
  readonly trustedProxies: readonly Network[];
  /** Web origins that may read answers; `*` for every one. GANTRY_CORS_ORIGINS. */
  readonly corsOrigins: readonly string[];
  /** Path of the configuration file. GANTRY_CONFIG. */
  readonly configFile: string | undefined;
  /** Serve beyond loopback without a key. GANTRY_INSECURE. */
  readonly insecure: boolean;
  /** This installation's own AE title, that of the default archive where no archive has it. GANTRY_AET. */
  readonly aet: string;
  /** Accepted as an API key that reads and writes, while the process runs: `start` makes one for its bridge. Beyond loopback it is key enough for a start. GANTRY_BRIDGE_TOKEN. */
  readonly bridgeToken: string | undefined;
  /** Where a bridge listens, as far as this process is told; pages show it. GANTRY_DIMSE_HOST, GANTRY_DIMSE_PORT. */
  readonly dimse: DimseAddress | undefined;
}

/** Where a bridge listens. */
export interface DimseAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0: a free one, which only the bridge knows. */
  readonly port: number;
}

/** Every variable that the server reads. */
export const ENVIRONMENT = [
  "GANTRY_HOST",
  "GANTRY_PORT",
  "GANTRY_METRICS_PORT",
  "GANTRY_DATA",
  ...STORAGE_VARIABLES,
  "GANTRY_PUBLIC_URL",
  "GANTRY_TRUSTED_PROXIES",
  "GANTRY_CORS_ORIGINS",
  "GANTRY_CONFIG",
  "GANTRY_INSECURE",
  "GANTRY_AET",
  "GANTRY_BRIDGE_TOKEN",
  "GANTRY_DIMSE_HOST",
  "GANTRY_DIMSE_PORT",
] as const;

/** One of the variables' names. */
export type Variable = (typeof ENVIRONMENT)[number];

/** Beyond guessing, and fit for a header. */
const TOKEN = "needs at least 32 letters, digits, - and _";

/**
 * Reads all variables through `read` (an empty value counts as unset) and lists every problem at
 * once. Where a variable is wrong, `settings` holds its default.
 */
export function parseEnvironment(
  read: (name: Variable) => string | undefined,
): Parsed<EnvironmentSettings> {
  const reader = variableReader(read);
  const { problems, text, parsed, refuse } = reader;

  const bridgeToken = text("GANTRY_BRIDGE_TOKEN");
  if (bridgeToken !== undefined && !/^[\w-]{32,}$/.test(bridgeToken)) {
    refuse("GANTRY_BRIDGE_TOKEN", TOKEN);
  }

  const dimseHost = parsed("GANTRY_DIMSE_HOST", parseHost, HOST);
  const dimsePort = parsed("GANTRY_DIMSE_PORT", parsePort, PORT);
  // Whoever gave the token starts a bridge as well.
  const hasBridge = bridgeToken ?? dimseHost ?? dimsePort;

  const settings = {
    host: parsed("GANTRY_HOST", parseHost, HOST) ?? "127.0.0.1",
    port: parsed("GANTRY_PORT", parsePort, PORT) ?? 8080,
    metricsPort: parsed("GANTRY_METRICS_PORT", parsePort, PORT),
    data: parsed("GANTRY_DATA", parsePath, `a folder's ${PATH}`) ?? "./data",
    ...readStorage(reader),
    publicUrl: parsed("GANTRY_PUBLIC_URL", parseBaseUrl, BASE_URL),
    trustedProxies: parsed("GANTRY_TRUSTED_PROXIES", parseNetworks, NETWORKS) ?? [],
    corsOrigins: parsed(
      "GANTRY_CORS_ORIGINS",
      origins,
      'origins such as "https://viewer.example.org", separated by commas, or "*"',
    ) ?? [],
    configFile: parsed("GANTRY_CONFIG", parsePath, `a file's ${PATH}`),
    insecure: parsed("GANTRY_INSECURE", parseFlag, FLAG) ?? false,
    aet: parsed("GANTRY_AET", parseAETitle, AE_TITLE) ?? DEFAULT_AET,
    bridgeToken,
    dimse: hasBridge === undefined ? undefined : {
      host: dimseHost ?? DEFAULT_DIMSE_HOST,
      port: dimsePort ?? DEFAULT_DIMSE_PORT,
    },
  };
  return { settings, problems };
}

function origins(text: string): string[] | undefined {
  const list = text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  const isOrigin = (entry: string) => entry === "*" || parseHttpUrl(entry)?.origin === entry;
  return list.every(isOrigin) ? list : undefined;
}

/**
 * Whether only programs on this machine can reach the server, as far as its settings say: who sets a
 * name for others, or trusts a proxy, lets them in before loopback.
 */
export function isForThisMachine(
  { host, publicUrl, trustedProxies }: Pick<
    EnvironmentSettings,
    "host" | "publicUrl" | "trustedProxies"
  >,
): boolean {
  const named = publicUrl === undefined ? host : new URL(publicUrl).hostname;
  return isLoopback(host) && trustedProxies.length === 0 &&
    isLoopback(named.replace(/^\[(.*)\]$/, "$1"));
}

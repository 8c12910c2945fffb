/**
 * The bridge's settings out of environment variables.
 * @module
 */
import { AE_TITLE, DEFAULT_AET, parseAETitle } from "./ae_title.ts";
import { DEFAULT_DIMSE_HOST, DEFAULT_DIMSE_PORT } from "./dimse_settings.ts";
import {
  FLAG,
  HOST,
  parseBaseUrl,
  type Parsed,
  parseFlag,
  parseHost,
  parsePath,
  parsePort,
  PATH,
  PORT,
  variableReader,
} from "./variables.ts";

/** What the environment decides; every variable is optional. */
export interface BridgeEnvironment {
  /** DICOMweb root of the server, without a trailing slash; `{AE}` in it stands for the called AE title. GANTRY_CORE_URL. */
  readonly coreUrl: string;
  /** Sent to the server as a Bearer token. GANTRY_CORE_TOKEN. */
  readonly coreToken: string | undefined;
  /** The bridge's own AE title. GANTRY_AET. */
  readonly aet: string;
  /** Address to listen on, without brackets. GANTRY_DIMSE_HOST. */
  readonly host: string;
  /** 0 picks a free one. GANTRY_DIMSE_PORT. */
  readonly port: number;
  /** Folder of what the server does not have yet. GANTRY_SPOOL. */
  readonly spool: string;
  /** Path of the configuration file. GANTRY_CONFIG. */
  readonly configFile: string | undefined;
  /** Serve beyond loopback without known AEs. GANTRY_INSECURE. */
  readonly insecure: boolean;
}

/** Every variable that the bridge reads. */
export const BRIDGE_ENVIRONMENT = [
  "GANTRY_CORE_URL",
  "GANTRY_CORE_TOKEN",
  "GANTRY_AET",
  "GANTRY_DIMSE_HOST",
  "GANTRY_DIMSE_PORT",
  "GANTRY_SPOOL",
  "GANTRY_CONFIG",
  "GANTRY_INSECURE",
] as const;

/** One of the variables' names. */
export type BridgeVariable = (typeof BRIDGE_ENVIRONMENT)[number];

/** What stands for the called AE title in GANTRY_CORE_URL. */
export const AE_PLACE = "{AE}";

/**
 * Reads all variables through `read` (an empty value counts as unset) and lists every problem at
 * once. Where a variable is wrong, `settings` holds its default.
 */
export function parseBridgeEnvironment(
  read: (name: BridgeVariable) => string | undefined,
): Parsed<BridgeEnvironment> {
  const { problems, text, parsed, refuse } = variableReader(read);
  const coreToken = text("GANTRY_CORE_TOKEN");
  if (coreToken !== undefined && !/^[\x21-\x7E]+$/.test(coreToken)) {
    refuse("GANTRY_CORE_TOKEN", "needs printable ASCII characters without spaces");
  }
  const settings = {
    coreUrl: parsed(
      "GANTRY_CORE_URL",
      coreUrl,
      `an http:// or https:// URL, without a query; ${AE_PLACE} in its path for the called AE title`,
    ) ?? "http://127.0.0.1:8080/dicomweb",
    coreToken,
    aet: parsed("GANTRY_AET", parseAETitle, AE_TITLE) ?? DEFAULT_AET,
    host: parsed("GANTRY_DIMSE_HOST", parseHost, HOST) ?? DEFAULT_DIMSE_HOST,
    port: parsed("GANTRY_DIMSE_PORT", parsePort, PORT) ?? DEFAULT_DIMSE_PORT,
    spool: parsed("GANTRY_SPOOL", parsePath, `a folder's ${PATH}`) ?? "./data/spool",
    configFile: parsed("GANTRY_CONFIG", parsePath, `a file's ${PATH}`),
    insecure: parsed("GANTRY_INSECURE", parseFlag, FLAG) ?? false,
  };
  return { settings, problems };
}

/** The URL with `{AE}` as it was written: a URL's own form has the braces escaped. */
function coreUrl(text: string): string | undefined {
  const url = parseBaseUrl(text);
  if (url === undefined || /[{}]|%7[BD]/i.test(new URL(url).host)) return undefined;
  return url.replaceAll("%7BAE%7D", AE_PLACE);
}

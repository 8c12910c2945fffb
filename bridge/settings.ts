/**
 * All settings of a process of the bridge: the environment's, and those of the file that it names.
 * @module
 */
import { isLoopback } from "../lib/config/addresses.ts";
import {
  type BridgeEnvironment,
  type BridgeVariable,
  parseBridgeEnvironment,
} from "../lib/config/bridge_environment.ts";
import type { DimseSettings } from "../lib/config/dimse_settings.ts";
import { readConfigFile } from "../lib/config/read_config_file.ts";
import type { Parsed } from "../lib/config/variables.ts";

/** What a process of the bridge goes by. */
export type BridgeSettings = BridgeEnvironment & DimseSettings;

/** Reads all settings; lists what is wrong in either place. */
export async function readBridgeSettings(
  variable: (name: BridgeVariable) => string | undefined,
  readText: (path: string) => Promise<string>,
): Promise<Parsed<BridgeSettings>> {
  const environment = parseBridgeEnvironment(variable);
  const { configFile, aet } = environment.settings;
  const file = await readConfigFile(configFile, aet, readText);
  return {
    settings: { ...environment.settings, ...file.settings.bridge },
    problems: [...environment.problems, ...file.problems],
  };
}

/** Why the bridge may not start as it is set; undefined where it may. */
export function openDoor({ host, aes, insecure }: BridgeSettings): string | undefined {
  if (isLoopback(host) || insecure || aes.length > 0) return undefined;
  return `GANTRY_DIMSE_HOST ${host} can be reached from other machines and no AE is known: ` +
    "list those that may connect as `aes` in the file of GANTRY_CONFIG, " +
    "or set GANTRY_INSECURE=1 to let everyone in";
}

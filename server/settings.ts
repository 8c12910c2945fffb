/**
 * All settings of a process of the server: the environment's, and those of the file that it names.
 * @module
 */
import type { FileSettings } from "../lib/config/archives.ts";
import {
  type EnvironmentSettings,
  parseEnvironment,
  type Variable,
} from "../lib/config/environment.ts";
import { readConfigFile } from "../lib/config/read_config_file.ts";
import type { Parsed } from "../lib/config/variables.ts";

/** What a process of the server goes by. */
export type Settings = EnvironmentSettings & FileSettings;

/** Reads all settings; lists what is wrong in either place. */
export async function readSettings(
  variable: (name: Variable) => string | undefined,
  readText: (path: string) => Promise<string>,
): Promise<Parsed<Settings>> {
  const environment = parseEnvironment(variable);
  const { configFile, aet } = environment.settings;
  const file = await readConfigFile(configFile, aet, readText);
  return {
    settings: { ...environment.settings, ...file.settings.server },
    problems: [...environment.problems, ...file.problems],
  };
}

/**
 * All settings of a process of the server: the environment's, and those of the file that it names.
 * @module
 */
import { type FileSettings, withDefaults } from "../lib/config/archives.ts";
import {
  type EnvironmentSettings,
  type Parsed,
  parseEnvironment,
  type Variable,
} from "../lib/config/environment.ts";

/** What a process of the server goes by. */
export type Settings = EnvironmentSettings & FileSettings;

/** Reads all settings; lists what is wrong in either place. */
export async function readSettings(
  variable: (name: Variable) => string | undefined,
  readText: (path: string) => Promise<string>,
): Promise<Parsed<Settings>> {
  const environment = parseEnvironment(variable);
  const { configFile } = environment.settings;
  const file = configFile === undefined
    ? { settings: withDefaults({}), problems: [] }
    : await readConfigFile(configFile, readText);
  return {
    settings: { ...environment.settings, ...file.settings },
    problems: [...environment.problems, ...file.problems],
  };
}

async function readConfigFile(
  path: string,
  readText: (path: string) => Promise<string>,
): Promise<Parsed<FileSettings>> {
  let text;
  try {
    text = await readText(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      settings: withDefaults({}),
      problems: [`GANTRY_CONFIG is ${JSON.stringify(path)}: a file that can be read (${reason})`],
    };
  }
  const { parseConfigFile } = await import("../lib/config/file.ts");
  const { settings, problems } = parseConfigFile(text);
  return { settings, problems: problems.map((problem) => `${path}: ${problem}`) };
}

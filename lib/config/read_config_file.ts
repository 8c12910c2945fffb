/**
 * The configuration file from wherever a process has it.
 * @module
 */
import { withDefaults } from "./archives.ts";
import { dimseWithDefaults } from "./dimse_settings.ts";
import type { ConfigFile } from "./file.ts";
import type { Parsed } from "./variables.ts";

/**
 * Reads and parses the file; the schema is loaded only where there is one. Lists every problem, a
 * file that cannot be read among them. `aet` is this installation's own title.
 */
export async function readConfigFile(
  path: string | undefined,
  aet: string,
  readText: (path: string) => Promise<string>,
): Promise<Parsed<ConfigFile>> {
  const none = { server: withDefaults({}, aet), bridge: dimseWithDefaults({}, aet) };
  if (path === undefined) return { settings: none, problems: [] };
  let text;
  try {
    text = await readText(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      settings: none,
      problems: [`GANTRY_CONFIG is ${JSON.stringify(path)}: a file that can be read (${reason})`],
    };
  }
  const { parseConfigFile } = await import("./file.ts");
  const { settings, problems } = parseConfigFile(text, aet);
  return { settings, problems: problems.map((problem) => `${path}: ${problem}`) };
}

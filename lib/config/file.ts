/**
 * The configuration file, one for both processes: archives and limits of the server, the bridge's
 * remote AEs and its listening. Loaded only where a file is given.
 * @module
 */
import type { z } from "zod";
import { DEFAULT_AET } from "./ae_title.ts";
import { type FileSettings, withDefaults } from "./archives.ts";
import { type DimseSettings, dimseWithDefaults } from "./dimse_settings.ts";
import { configFile, NAMES_OF } from "./file_schema.ts";
import { nearest } from "./nearest.ts";
import type { Parsed } from "./variables.ts";

/** What the file decides, for each process. */
export interface ConfigFile {
  readonly server: FileSettings;
  readonly bridge: DimseSettings;
}

/**
 * Reads the text of a configuration file and lists every problem at once; `settings` is whole only
 * without problems. `aet` is this installation's own title, which needs no place in the file.
 */
export function parseConfigFile(text: string, aet: string = DEFAULT_AET): Parsed<ConfigFile> {
  const failed = (problems: readonly string[]): Parsed<ConfigFile> => ({
    settings: { server: withDefaults({}, aet), bridge: dimseWithDefaults({}, aet) },
    problems,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed([`not JSON: ${(error as SyntaxError).message}`]);
  }
  const result = configFile.safeParse(value, { error: (issue) => sentence(issue) });
  if (!result.success) return failed(result.error.issues.flatMap(describe));
  const settings = {
    server: withDefaults(result.data, aet),
    bridge: dimseWithDefaults(result.data, aet),
  };
  const { archives } = settings.server;
  const problems = [
    ...repeated("archives: the name", archives.map((each) => each.name)),
    ...repeated("archives: the AE title", archives.flatMap((each) => each.aets)),
    ...repeated("aes: the title", settings.bridge.aes.map((each) => each.title)),
  ];
  return { settings, problems };
}

/** What is allowed, in the place of zod's own words. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is needed" : `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")}`;
    case "too_small":
      return `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = pathText(issue.path);
  if (issue.code !== "unrecognized_keys") return [`${at || "the file"}: ${issue.message}`];
  const part = partOf(issue.path);
  return issue.keys.map((key) => {
    const near = nearest(key, NAMES_OF[part] ?? []);
    const known = at === "" ? key : `${at}.${key}`;
    return `${known}: no such setting${near === undefined ? "" : `; did you mean "${near}"?`}`;
  });
}

/** The name of the part in NAMES_OF: without indices, and whatever a profile is called. */
function partOf(path: readonly PropertyKey[]): string {
  return path.filter((name) => typeof name === "string").join(".")
    .replace(/^(deidentification\.profiles)\.[^.]+/, "$1.*");
}

/** `archives[0].aets[1]`, as one would write it in code. */
function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`)
    .join("").replace(/^\./, "");
}

function repeated(what: string, values: readonly string[]): string[] {
  const again = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(again)].map((value) => `${what} ${JSON.stringify(value)} is there twice`);
}

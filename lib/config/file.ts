/**
 * The configuration file: archives, limits, and the remote AEs of the bridge, so that one file
 * serves both processes. Loaded only where a file is given, since zod takes 30 ms to load.
 * @module
 */
import { z } from "zod";
import type { Parsed } from "./environment.ts";
import { type FileSettings, withDefaults } from "./archives.ts";

const aeTitle = z.string().regex(
  /^(?! )[\x20-\x5B\x5D-\x7E]{1,16}(?<! )$/,
  "an AE title: 1 to 16 printable ASCII characters, no backslash (PS3.5 table 6.2-1)",
);

const archive = z.strictObject({
  name: z.string().regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    "1 to 64 lower-case letters, digits, - and _; the first a letter or digit",
  ),
  aets: z.array(aeTitle).default([]),
  conflict: z.enum(["refuse", "replace"]).default("refuse"),
});

const remoteAe = z.strictObject({
  title: aeTitle,
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  tls: z.boolean().optional(),
  ack: z.enum(["spool", "core"]).optional(),
  charset: z.string().optional(),
});

const limits = z.strictObject({
  concurrentRequests: z.int().min(1).optional(),
  graceHours: z.number().min(0).max(24 * 3650).optional(),
});

const file = z.strictObject({
  archives: z.array(archive).optional(),
  limits: limits.optional(),
  aes: z.array(remoteAe).optional(),
  unknownAes: z.enum(["refuse", "accept"]).optional(),
});

/** Every name that may stand in the file, for suggestions. */
const NAMES = [file, archive, remoteAe, limits].flatMap((schema) => Object.keys(schema.shape));

/** Reads the text of a configuration file and lists every problem at once; `settings` is whole only without problems. */
export function parseConfigFile(text: string): Parsed<FileSettings> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failed([`not JSON: ${(error as SyntaxError).message}`]);
  }
  const result = file.safeParse(value, { error: (issue) => sentence(issue) });
  if (!result.success) return failed(result.error.issues.flatMap(describe));
  const settings = withDefaults(result.data);
  const problems = [
    ...repeated("archives: the name", settings.archives.map((each) => each.name)),
    ...repeated("archives: the AE title", settings.archives.flatMap((each) => each.aets)),
    ...repeated("aes: the title", (result.data.aes ?? []).map((each) => each.title)),
  ];
  return { settings, problems };
}

function failed(problems: readonly string[]): Parsed<FileSettings> {
  return { settings: withDefaults({}), problems };
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
  return issue.keys.map((key) => {
    const near = nearest(key, NAMES);
    const known = at === "" ? key : `${at}.${key}`;
    return `${known}: no such setting${near === undefined ? "" : `; did you mean "${near}"?`}`;
  });
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

/** The name that is closest to what was written, if it is close enough to be a slip. */
function nearest(written: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

import { assertEquals } from "@std/assert";
import { withDefaults } from "../../../lib/config/archives.ts";
import { parseConfigFile } from "../../../lib/config/file.ts";

const parse = (value: unknown) => parseConfigFile(JSON.stringify(value));

Deno.test("parseConfigFile: an empty object leaves the defaults", () => {
  assertEquals(parse({}), { settings: withDefaults({}), problems: [] });
  assertEquals(withDefaults({}), {
    archives: [{ name: "default", aets: ["GANTRY"], conflict: "refuse" }],
    concurrentRequests: undefined,
    grace: 86_400_000,
  });
});

Deno.test("parseConfigFile: takes archives, limits and the bridge's settings", () => {
  const { settings, problems } = parse({
    aes: [{
      title: "PACS1",
      host: "10.0.0.5",
      port: 104,
      tls: false,
      ack: "spool",
      charset: "ISO_IR 100",
    }],
    unknownAes: "refuse",
    archives: [{ name: "research", aets: ["RESEARCH", "R 2"], conflict: "replace" }],
    limits: { concurrentRequests: 32, graceHours: 0.5 },
  });
  assertEquals(problems, []);
  assertEquals(settings, {
    archives: [
      { name: "default", aets: [], conflict: "refuse" },
      { name: "research", aets: ["RESEARCH", "R 2"], conflict: "replace" },
    ],
    concurrentRequests: 32,
    grace: 1_800_000,
  });
});

Deno.test("parseConfigFile: lists every problem with its place and what is allowed", () => {
  const { problems } = parse({
    archives: [{ aets: ["WAY_TOO_LONG_A_TITLE"], conflict: "overwrite" }],
    limits: { concurrentRequests: 0, graceHours: "day" },
    aes: [{ title: "PACS1", host: "10.0.0.5", port: 70000 }],
  });
  assertEquals(problems, [
    "archives[0].name: is needed",
    "archives[0].aets[0]: an AE title: 1 to 16 printable ASCII characters, no backslash (PS3.5 table 6.2-1)",
    'archives[0].conflict: must be one of "refuse", "replace"',
    "limits.concurrentRequests: must be at least 1",
    "limits.graceHours: must be of type number",
    "aes[0].port: must be at most 65535",
  ]);
});

Deno.test("parseConfigFile: suggests the name that an unknown one is close to", () => {
  assertEquals(parse({ archive: [], limits: { graceHour: 1 }, colour: 1 }).problems, [
    'limits.graceHour: no such setting; did you mean "graceHours"?',
    'archive: no such setting; did you mean "archives"?',
    "colour: no such setting",
  ]);
});

Deno.test("parseConfigFile: refuses a name or an AE title that is there twice", () => {
  const { problems } = parse({
    archives: [{ name: "a", aets: ["ONE"] }, { name: "a", aets: ["ONE"] }],
  });
  assertEquals(problems, [
    'archives: the name "a" is there twice',
    'archives: the AE title "ONE" is there twice',
  ]);
});

Deno.test("parseConfigFile: says where a file is not JSON", () => {
  const { problems } = parseConfigFile('{"archives": [,]}');
  assertEquals(problems.length, 1);
  assertEquals(problems[0]!.startsWith("not JSON: "), true);
  assertEquals(parse([]).problems, ["the file: must be of type object"]);
});

import { assert, assertEquals } from "@std/assert";
import { parseEnvironment } from "../../../lib/config/environment.ts";

const parse = (variables: Record<string, string>) => parseEnvironment((name) => variables[name]);

Deno.test("parseEnvironment: has a default for everything", () => {
  assertEquals(parse({}), {
    settings: {
      host: "127.0.0.1",
      port: 8080,
      metricsPort: undefined,
      data: "./data",
      index: { kind: "file" },
      blobs: { kind: "folder" },
      publicUrl: undefined,
      corsOrigins: [],
      configFile: undefined,
      insecure: false,
      aet: "GANTRY",
      bridgeToken: undefined,
      dimse: undefined,
    },
    problems: [],
  });
});

Deno.test("parseEnvironment: reads every variable", () => {
  const { settings, problems } = parse({
    GANTRY_HOST: "[::1]",
    GANTRY_PORT: "0",
    GANTRY_METRICS_PORT: "9091",
    GANTRY_DATA: "/srv/gantry",
    GANTRY_PUBLIC_URL: "https://pacs.example.org/imaging/",
    GANTRY_CORS_ORIGINS: "https://viewer.example.org, http://localhost:3000",
    GANTRY_CONFIG: "gantry.json",
    GANTRY_INSECURE: "1",
    GANTRY_AET: "HOSPITAL",
    GANTRY_BRIDGE_TOKEN: "0123456789abcdefghijklmnopqrstuv",
    GANTRY_DIMSE_HOST: "0.0.0.0",
    GANTRY_DIMSE_PORT: "104",
  });
  assertEquals(problems, []);
  assertEquals(settings, {
    host: "::1",
    port: 0,
    metricsPort: 9091,
    data: "/srv/gantry",
    index: { kind: "file" },
    blobs: { kind: "folder" },
    publicUrl: "https://pacs.example.org/imaging",
    corsOrigins: ["https://viewer.example.org", "http://localhost:3000"],
    configFile: "gantry.json",
    insecure: true,
    aet: "HOSPITAL",
    bridgeToken: "0123456789abcdefghijklmnopqrstuv",
    dimse: { host: "0.0.0.0", port: 104 },
  });
});

Deno.test("parseEnvironment: knows where a bridge listens that is started with it", () => {
  const started = parse({ GANTRY_BRIDGE_TOKEN: "0123456789abcdefghijklmnopqrstuv" });
  assertEquals(started.settings.dimse, { host: "127.0.0.1", port: 11112 });
  const elsewhere = parse({ GANTRY_DIMSE_HOST: "10.0.0.7" });
  assertEquals(elsewhere.settings.dimse, { host: "10.0.0.7", port: 11112 });
});

Deno.test("parseEnvironment: takes an empty value as unset", () => {
  assertEquals(parse({ GANTRY_PORT: "", GANTRY_INDEX_URL: " " }), parse({}));
});

Deno.test("parseEnvironment: lists every problem with the setting and what it allows", () => {
  const { settings, problems } = parse({
    GANTRY_HOST: "http://localhost",
    GANTRY_PORT: "65536",
    GANTRY_PUBLIC_URL: "pacs.example.org",
    GANTRY_CORS_ORIGINS: "https://viewer.example.org/path",
    GANTRY_INSECURE: "yes",
    GANTRY_AET: "A\\B",
  });
  assertEquals(settings, parse({}).settings);
  assertEquals(problems, [
    'GANTRY_HOST is "http://localhost": an IP address or a host name, without a port',
    'GANTRY_PORT is "65536": a whole number from 0 to 65535; 0 picks a free port',
    'GANTRY_PUBLIC_URL is "pacs.example.org": an http:// or https:// URL, without a query',
    'GANTRY_CORS_ORIGINS is "https://viewer.example.org/path": origins such as ' +
    '"https://viewer.example.org", separated by commas, or "*"',
    'GANTRY_INSECURE is "yes": "1" or "0"',
    'GANTRY_AET is "A\\\\B": an AE title: 1 to 16 printable ASCII characters, no backslash ' +
    "(PS3.5 table 6.2-1)",
  ]);
});

Deno.test("parseEnvironment: repeats no token", () => {
  const { problems } = parse({
    GANTRY_INDEX_TOKEN: "hunter2",
    GANTRY_INDEX_URL: "libsql://db?authToken=hunter2",
    GANTRY_BRIDGE_TOKEN: "hunter2",
  });
  assertEquals(problems.length, 2);
  assert(!problems.join().includes("hunter2"));
});

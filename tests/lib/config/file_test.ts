import { assertEquals } from "@std/assert";
import { withDefaults } from "../../../lib/config/archives.ts";
import { deidWithDefaults } from "../../../lib/config/deidentification.ts";
import { dimseWithDefaults } from "../../../lib/config/dimse_settings.ts";
import { parseConfigFile } from "../../../lib/config/file.ts";
import type { RemoteAE, Service } from "../../../lib/config/remote_aes.ts";

const parse = (value: unknown) => parseConfigFile(JSON.stringify(value));

Deno.test("parseConfigFile: an empty object leaves the defaults", () => {
  assertEquals(parse({}), {
    settings: { server: withDefaults({}), bridge: dimseWithDefaults({}) },
    problems: [],
  });
  assertEquals(withDefaults({}), {
    archives: [{ name: "default", aets: ["GANTRY"], conflict: "refuse" }],
    concurrentRequests: undefined,
    grace: 86_400_000,
    deidentification: deidWithDefaults(),
  });
  assertEquals(dimseWithDefaults({}), {
    aes: [],
    unknownAes: "accept",
    archiveTitles: ["GANTRY"],
    maxPduLength: 65_536,
    associations: 200,
    idle: 300_000,
    tls: undefined,
    proxyProtocol: false,
    spoolReserve: undefined,
  });
});

Deno.test("parseConfigFile: takes archives and limits", () => {
  const { settings, problems } = parse({
    archives: [{ name: "research", aets: ["RESEARCH", "R 2"], conflict: "replace" }],
    limits: { concurrentRequests: 32, graceHours: 0.5 },
  });
  assertEquals(problems, []);
  assertEquals(settings.server, {
    archives: [
      { name: "default", aets: ["GANTRY"], conflict: "refuse" },
      { name: "research", aets: ["RESEARCH", "R 2"], conflict: "replace" },
    ],
    concurrentRequests: 32,
    grace: 1_800_000,
    deidentification: deidWithDefaults(),
  });
  assertEquals(settings.bridge.archiveTitles, ["GANTRY", "RESEARCH", "R 2"]);
});

Deno.test("parseConfigFile: the own title is the default archive's where no other has it", () => {
  const written = JSON.stringify({ archives: [{ name: "research", aets: ["RESEARCH"] }] });
  const aetsOf = (own: string) =>
    parseConfigFile(written, own).settings.server.archives.map(({ aets }) => aets);
  assertEquals(aetsOf("HOSPITAL"), [["HOSPITAL"], ["RESEARCH"]]);
  assertEquals(aetsOf("RESEARCH"), [[], ["RESEARCH"]]);
});

Deno.test("parseConfigFile: takes AEs, with everything open that is not said", () => {
  const { settings, problems } = parse({
    aes: [
      { title: "CT1", host: "10.0.0.5", port: 104 },
      {
        title: "PACS1",
        host: "pacs.example.org",
        port: 2762,
        tls: { ca: "ca.pem", cert: "own.pem", key: "own.key" },
        may: ["find", "move"],
        maxPduLength: 16384,
        charset: "\\ISO 2022 IR 87",
        ack: "core",
        prefer: "implicit",
        checkAddress: false,
      },
      { title: "PACS2", host: "::1", port: 11112, tls: true },
    ],
  });
  assertEquals(problems, []);
  const open: RemoteAE = {
    title: "CT1",
    host: "10.0.0.5",
    port: 104,
    tls: undefined,
    may: new Set(["echo", "store", "find", "move", "get"]),
    maxPduLength: undefined,
    charset: undefined,
    ack: "spool",
    prefer: "explicit",
    checkAddress: true,
  };
  assertEquals(settings.bridge.aes, [
    open,
    {
      title: "PACS1",
      host: "pacs.example.org",
      port: 2762,
      tls: { ca: "ca.pem", cert: "own.pem", key: "own.key" },
      may: new Set<Service>(["find", "move"]),
      maxPduLength: 16384,
      charset: "\\ISO 2022 IR 87",
      ack: "core",
      prefer: "implicit",
      checkAddress: false,
    },
    {
      ...open,
      title: "PACS2",
      host: "::1",
      port: 11112,
      tls: { ca: undefined, cert: undefined, key: undefined },
    },
  ]);
  assertEquals(settings.bridge.unknownAes, "refuse");
  assertEquals(parse({ unknownAes: "refuse" }).settings.bridge.unknownAes, "refuse");
});

Deno.test("parseConfigFile: takes what the bridge listens with", () => {
  const { settings, problems } = parse({
    dimse: {
      maxPduLength: 131072,
      associations: 20,
      idleMinutes: 60,
      proxyProtocol: true,
      spoolReserveMiB: 2,
      tls: { cert: "own.pem", key: "own.key", clientCa: "ca.pem" },
    },
  });
  assertEquals(problems, []);
  assertEquals(settings.bridge, {
    ...dimseWithDefaults({}),
    maxPduLength: 131072,
    associations: 20,
    idle: 3_600_000,
    proxyProtocol: true,
    spoolReserve: 2_097_152,
    tls: { port: 2762, cert: "own.pem", key: "own.key", clientCa: "ca.pem" },
  });
});

Deno.test("parseConfigFile: says what an AE may have", () => {
  const { problems } = parse({
    aes: [{
      title: "CT1",
      host: "10.0.0.5:104",
      port: 104,
      tls: { cert: "own.pem" },
      may: ["print"],
      charset: "latin1",
    }],
    dimse: { tls: { cert: "a,b", key: "own.key" }, maxPduLen: 1 },
  });
  assertEquals(parse({ aes: [{ title: "CT1", host: "ct1", port: 104, tls: "yes" }] }).problems, [
    "aes[0].tls: must be true, or an object with ca, cert and key",
  ]);
  assertEquals(problems, [
    "aes[0].host: an IP address or a host name, without a port",
    "aes[0].tls: cert and key go together",
    'aes[0].may[0]: must be one of "echo", "store", "find", "move", "get"',
    'aes[0].charset: defined terms of Specific Character Set, as "ISO_IR 192" (PS3.3 C.12.1.1.2)',
    "dimse.tls.cert: a PEM file's path, without a comma",
    'dimse.maxPduLen: no such setting; did you mean "maxPduLength"?',
  ]);
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

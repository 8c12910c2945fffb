import { assert, assertEquals } from "@std/assert";
import { parseBridgeEnvironment } from "../../../lib/config/bridge_environment.ts";

const parse = (variables: Record<string, string>) =>
  parseBridgeEnvironment((name) => variables[name]);

Deno.test("parseBridgeEnvironment: has a default for everything", () => {
  assertEquals(parse({}), {
    settings: {
      coreUrl: "http://127.0.0.1:8080/dicomweb",
      coreToken: undefined,
      aet: "GANTRY",
      host: "127.0.0.1",
      port: 11112,
      spool: "./data/spool",
      configFile: undefined,
      insecure: false,
    },
    problems: [],
  });
});

Deno.test("parseBridgeEnvironment: reads every variable", () => {
  const { settings, problems } = parse({
    GANTRY_CORE_URL: "https://pacs.example.org/aets/{AE}/rs/",
    GANTRY_CORE_TOKEN: "gantry_a_b",
    GANTRY_AET: "BRIDGE 1",
    GANTRY_DIMSE_HOST: "0.0.0.0",
    GANTRY_DIMSE_PORT: "104",
    GANTRY_SPOOL: "/srv/spool",
    GANTRY_CONFIG: "gantry.json",
    GANTRY_INSECURE: "1",
  });
  assertEquals(problems, []);
  assertEquals(settings, {
    coreUrl: "https://pacs.example.org/aets/{AE}/rs",
    coreToken: "gantry_a_b",
    aet: "BRIDGE 1",
    host: "0.0.0.0",
    port: 104,
    spool: "/srv/spool",
    configFile: "gantry.json",
    insecure: true,
  });
});

Deno.test("parseBridgeEnvironment: the called title has its place in the path alone", () => {
  for (const url of ["http://{AE}.example.org/rs", "http://h:{AE}/rs", "http://h/rs?ae={AE}"]) {
    assertEquals(parse({ GANTRY_CORE_URL: url }).problems.length, 1, url);
  }
});

Deno.test("parseBridgeEnvironment: lists every problem, and repeats no token", () => {
  const { settings, problems } = parse({
    GANTRY_CORE_URL: "pacs.example.org",
    GANTRY_CORE_TOKEN: "hunter 2",
    GANTRY_AET: "SEVENTEEN LETTERS",
    GANTRY_DIMSE_PORT: "dicom",
  });
  assertEquals(problems.map((problem) => problem.split(" ")[0]), [
    "GANTRY_CORE_TOKEN",
    "GANTRY_CORE_URL",
    "GANTRY_AET",
    "GANTRY_DIMSE_PORT",
  ]);
  assert(!problems.join().includes("hunter"));
  assertEquals(settings.aet, "GANTRY");
});

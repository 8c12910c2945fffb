import { assertEquals, assertStringIncludes } from "@std/assert";
import { openDoor, readBridgeSettings } from "../../bridge/settings.ts";

const read = (variables: Record<string, string>, config: unknown = {}) =>
  readBridgeSettings(
    (name) => name === "GANTRY_CONFIG" ? "gantry.json" : variables[name],
    () => Promise.resolve(JSON.stringify(config)),
  );

Deno.test("readBridgeSettings: puts the environment and the file together", async () => {
  const { settings, problems } = await read({ GANTRY_AET: "BRIDGE" }, {
    archives: [{ name: "research", aets: ["RESEARCH"] }],
    aes: [{ title: "CT1", host: "10.0.0.5", port: 104 }],
  });
  assertEquals(problems, []);
  assertEquals(settings.aet, "BRIDGE");
  assertEquals(settings.archiveTitles, ["BRIDGE", "RESEARCH"]);
  assertEquals(settings.aes.map(({ title }) => title), ["CT1"]);
});

Deno.test("readBridgeSettings: lists what is wrong in either place", async () => {
  const { problems } = await read({ GANTRY_DIMSE_PORT: "dicom" }, { ae: [] });
  assertEquals(problems.length, 2);
  assertStringIncludes(problems[1]!, 'gantry.json: ae: no such setting; did you mean "aes"?');
});

Deno.test("openDoor: beyond loopback somebody has to be known", async () => {
  const ae = { title: "CT1", host: "10.0.0.5", port: 104 };
  const refusal = async (variables: Record<string, string>, config: unknown = {}) =>
    openDoor((await read(variables, config)).settings);
  const beyond = { GANTRY_DIMSE_HOST: "0.0.0.0" };
  assertEquals(await refusal({}), undefined);
  assertStringIncludes(await refusal(beyond) ?? "", "`aes`");
  assertEquals(await refusal(beyond, { aes: [ae] }), undefined);
  assertEquals(await refusal({ ...beyond, GANTRY_INSECURE: "1" }), undefined);
});

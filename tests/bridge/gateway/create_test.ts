import { assertEquals } from "@std/assert";
import { createGateways } from "../../../bridge/gateway/create.ts";

const options = {
  coreUrl: "http://127.0.0.1:8080/aets/{AE}/rs",
  coreToken: undefined,
  aet: "GANTRY",
  archiveTitles: ["GANTRY", "R 2"],
};

Deno.test("createGateways: each called title has its archive's URL", () => {
  const { titles, httpFor, gatewayFor } = createGateways(options);
  assertEquals(titles, ["GANTRY", "R 2"]);
  assertEquals(httpFor("R 2")?.base, "http://127.0.0.1:8080/aets/R%202/rs");
  assertEquals(gatewayFor("OTHER"), undefined);
});

Deno.test("createGateways: one archive is reached by the own title alone", () => {
  const { titles, httpFor } = createGateways({ ...options, coreUrl: "http://127.0.0.1/dicomweb" });
  assertEquals(titles, ["GANTRY"]);
  assertEquals(httpFor("GANTRY")?.base, "http://127.0.0.1/dicomweb");
  assertEquals(httpFor("R 2"), undefined);
});

import { assertEquals, assertRejects } from "@std/assert";
import { type Gateway, GatewayError } from "../../../bridge/gateway/gateway.ts";
import { findInstances } from "../../../bridge/scp/retrieved_instances.ts";
import { dataSet, element } from "../../support/data_sets.ts";

/** A server that finds one instance, of patient P1, whatever it is asked. */
const gateway: Gateway = {
  async *search() {
    yield await Promise.resolve(dataSet(
      element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
      element(0x00080018, "UI", "1.4"),
      element(0x00100020, "LO", "P1,2 "),
      element(0x0020000D, "UI", "1.2"),
      element(0x0020000E, "UI", "1.3"),
    ));
  },
  retrieve: () => Promise.reject(new Error("Nothing is to be retrieved")),
  // deno-lint-ignore require-yield -- it has nothing to give
  async *retrieveSeries() {
    await Promise.reject(new Error("Nothing is to be retrieved"));
  },
};

async function found(keys: Readonly<Record<string, string>>): Promise<string[]> {
  const searches = [{ path: "instances", parameters: new URLSearchParams(keys) }];
  const instances = await findInstances(gateway, searches, new AbortController().signal);
  return instances.map(({ SOPInstanceUID }) => SOPInstanceUID);
}

Deno.test("findInstances: takes what has one of the values of each key", async () => {
  assertEquals(await found({}), ["1.4"]);
  assertEquals(await found({ PatientID: "P1,2", SOPInstanceUID: "1.5,1.4" }), ["1.4"]);
  assertEquals(await found({ StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3,1.7" }), ["1.4"]);
});

Deno.test("findInstances: sends nothing where the server passes over a key", async () => {
  const others = [
    { PatientID: "P1" },
    { PatientID: "P9" },
    { StudyInstanceUID: "1.9" },
    { SeriesInstanceUID: "1.8,1.9" },
    { SOPInstanceUID: "1.44" },
  ];
  for (const keys of others) {
    const error = await assertRejects(() => found(keys), GatewayError);
    assertEquals(error.kind, "refused");
  }
});

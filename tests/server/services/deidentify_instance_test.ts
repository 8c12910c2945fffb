import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { deidWithDefaults } from "../../../lib/config/deidentification.ts";
import { deidentifyInstance, keyedValuesOf } from "../../../server/services/deidentify_instance.ts";
import { scan } from "../../support/element_list.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const profiles = deidWithDefaults({
  profiles: { one: { options: [], key: "shared" }, two: { options: [], key: "shared" } },
});
const settings = (name: string) => {
  const found = profiles.get(name);
  assert(found !== undefined);
  return found;
};

Deno.test("keyedValuesOf: profiles of one key replace alike, other keys and secrets otherwise", () => {
  const uid = (secret: string, name: string) => keyedValuesOf(secret, settings(name)).uid("1.2.3");
  assertEquals(uid("secret", "one"), uid("secret", "two"));
  assertNotEquals(uid("secret", "one"), uid("secret", "basic"));
  assertNotEquals(uid("secret", "one"), uid("other", "one"));
});

Deno.test("deidentifyInstance: answers a scanned object's new UIDs and the verdict on its pixels", async () => {
  const { dataSet } = await scan(ctInstance());
  const keyed = keyedValuesOf("secret", settings("basic"));
  const found = deidentifyInstance(dataSet, settings("basic"), keyed);
  assertEquals(found.pixels, { kind: "clear" });
  assertEquals(found.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
  assertEquals(found.SOPInstanceUID, keyed.uid("1.2.826.0.1.3680043.10.1.3"));
  assertEquals(found.StudyInstanceUID, keyed.uid("1.2.826.0.1.3680043.10.1.1"));
  assertEquals(found.dataSet.get(0x7fe00010), dataSet.get(0x7fe00010));
});

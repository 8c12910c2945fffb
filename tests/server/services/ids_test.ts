import { assertEquals } from "@std/assert";
import { createIds } from "../../../server/services/ids.ts";

Deno.test("createIds: a blob's key has the archive and the day", () => {
  const ids = createIds({ now: () => 1469918176385, random: (bytes) => bytes.fill(0) });
  assertEquals(ids.blobKey("default"), "default/2016-07-30/01ARYZ6S410000000000000000");
});

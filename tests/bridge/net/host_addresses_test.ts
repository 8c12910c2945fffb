import { assert, assertEquals } from "@std/assert";
import { createAddressesOf } from "../../../bridge/net/host_addresses.ts";

Deno.test("createAddressesOf: an address is its own, a name has those of the system", async () => {
  const addressesOf = createAddressesOf();
  assertEquals([...await addressesOf("0:0:0:0:0:0:0:1")], ["::1"]);
  const local = await addressesOf("localhost");
  assert(local.has("127.0.0.1") || local.has("::1"));
  assertEquals(await addressesOf("localhost"), local);
});

Deno.test("createAddressesOf: a name that is unknown has none", async () => {
  assertEquals((await createAddressesOf()("no-such-host.invalid")).size, 0);
});

import { assertEquals } from "@std/assert";
import { Connections } from "../../../bridge/net/connections.ts";

const LIMITS = { associations: 1, connections: 2, connectionsOfAddress: 1 };

Deno.test("Connections: has as many places as the limits say, and gives back each one once", () => {
  const connections = new Connections(LIMITS);
  const [first, second, third] = [1, 2, 3].map(() => connections.takeConnection());
  assertEquals([first, second, third].map((place) => place !== undefined), [true, true, false]);
  first![Symbol.dispose]();
  first![Symbol.dispose]();
  assertEquals(connections.idle, 1);
  assertEquals([1, 2].map(() => connections.takeConnection() !== undefined), [true, false]);
});

Deno.test("Connections: an association leaves its connection's place to another", () => {
  const connections = new Connections(LIMITS);
  const places = [1, 2].map(() => connections.takeConnection());
  const association = connections.takeAssociation();
  assertEquals([connections.associations, connections.idle], [1, 1]);
  assertEquals(connections.takeAssociation(), undefined);
  const third = connections.takeConnection();
  assertEquals(third !== undefined, true);
  for (const place of [association, third, ...places]) place?.[Symbol.dispose]();
  assertEquals([connections.associations, connections.idle], [0, 0]);
});

Deno.test("Connections: limits those of an address, but not of this machine", () => {
  const connections = new Connections(LIMITS);
  const take = (address: string) => connections.takeAddress(address);
  const first = take("10.0.0.5");
  assertEquals(
    ["10.0.0.5", "10.0.0.6", "127.0.0.1", "127.0.0.1"].map((each) => take(each) !== undefined),
    [
      false,
      true,
      true,
      true,
    ],
  );
  first?.[Symbol.dispose]();
  assertEquals(take("10.0.0.5") !== undefined, true);
});

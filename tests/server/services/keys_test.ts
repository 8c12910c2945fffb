import { assert, assertEquals, assertMatch } from "@std/assert";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import {
  createKeyService,
  KEYS_BELIEVED_FOR,
  type KeyService,
} from "../../../server/services/keys.ts";
import type { Index } from "../../../server/index/index.ts";

const secret = new Uint8Array(32).fill(7);

/** Two services over one index, as of a server and of the command line, and their common clock. */
async function withKeys(
  run: (
    parts: {
      server: KeyService;
      cli: KeyService;
      index: Index;
      clock: { now: number };
      open: (open: boolean) => KeyService;
    },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const index = await openLocalIndex(`${folder}/index.db`);
  const clock = { now: 1_000_000 };
  const make = (open: boolean) => createKeyService(index, { secret, open, now: () => clock.now });
  try {
    await run({ server: make(false), cli: make(false), index, clock, open: make });
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("create: makes a key of its form, and the index holds no part of its secret", () =>
  withKeys(async ({ server, index }) => {
    const { id, key } = await server.create("gateway", ["read", "write"]);
    assertMatch(key, /^gantry_[0-9A-Za-z]{8}_[0-9A-Za-z]{33}$/);
    assertEquals(key.split("_")[1], id);
    const [row] = await index.keys();
    assertEquals(row?.name, "gateway");
    assertMatch(row?.hash ?? "", /^[0-9a-f]{64}$/);
    assert(!JSON.stringify(row).includes(key.split("_")[2]!));
  }));

Deno.test("authenticate: grants a key's scopes, and nothing to another", () =>
  withKeys(async ({ server, open }) => {
    const { key } = await server.create("viewer", ["read"]);
    assertEquals(await server.authenticate(key), {
      kind: "granted",
      scopes: new Set(["read"] as const),
    });
    assertEquals(await server.authenticate(undefined), { kind: "missing" });
    const other = key.slice(0, -1) + (key.endsWith("a") ? "b" : "a");
    for (const wrong of [other, `${key}a`, "", "gantry_", key.toUpperCase(), "a".repeat(10_000)]) {
      assertEquals(await server.authenticate(wrong), { kind: "wrong" });
    }
    assertEquals(await open(true).authenticate(undefined), { kind: "missing" });
  }));

Deno.test("authenticate: asks for a key before the first was made, unless open", () =>
  withKeys(async ({ server, open }) => {
    assertEquals(await server.authenticate(undefined), { kind: "none made" });
    const { kind } = await open(true).authenticate(undefined);
    assertEquals(kind, "granted");
  }));

Deno.test("revoke: ends a key that another process believes in within a second", () =>
  withKeys(async ({ server, cli, clock, open }) => {
    const { id, key } = await cli.create("viewer", ["read"]);
    assertEquals((await server.authenticate(key)).kind, "granted");
    assertEquals(await cli.revoke(id), true);
    clock.now += KEYS_BELIEVED_FOR;
    assertEquals(await server.authenticate(key), { kind: "wrong" });
    assertEquals(await cli.revoke(id), false);
    assertEquals(await cli.revoke("nobody"), false);
    // The last key went: that lets no one in.
    assertEquals(await open(true).authenticate(undefined), { kind: "missing" });
  }));

Deno.test("revoke: ends a key though the clock is set back", () =>
  withKeys(async ({ server, cli, clock }) => {
    const { id, key } = await cli.create("viewer", ["read"]);
    assertEquals((await server.authenticate(key)).kind, "granted");
    await cli.revoke(id);
    clock.now -= 500_000;
    assertEquals(await server.authenticate(key), { kind: "wrong" });
  }));

Deno.test("authenticate: reads the index once for all that ask at the same time", () =>
  withKeys(async ({ cli, index, clock }) => {
    const { key } = await cli.create("viewer", ["read"]);
    let reads = 0;
    const counted: Index = { ...index, keys: () => (reads++, index.keys()) };
    const service = createKeyService(counted, { secret, open: false, now: () => clock.now });
    await Promise.all(Array.from({ length: 50 }, () => service.authenticate(key)));
    await service.authenticate(key);
    assertEquals(reads, 1);
  }));

Deno.test("authenticate: the bridge's token reads and writes, whatever keys there are", () =>
  withKeys(async ({ server, index }) => {
    const bridgeToken = "b".repeat(43);
    const service = createKeyService(index, { secret, open: true, bridgeToken });
    const granted = { kind: "granted", scopes: new Set(["read", "write"] as const) } as const;
    assertEquals(await service.authenticate(bridgeToken), granted);
    assertEquals(await service.anyLive(), false);
    await server.create("viewer", ["read"]);
    const later = createKeyService(index, { secret, open: true, bridgeToken });
    assertEquals(await later.authenticate(bridgeToken), granted);
    assertEquals(await later.authenticate("b".repeat(42)), { kind: "wrong" });
    assertEquals(await server.authenticate(bridgeToken), { kind: "wrong" });
  }));

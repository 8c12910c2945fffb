import { assert, assertEquals } from "@std/assert";
import type { Index } from "../../../server/index/index.ts";
import { openRemoteIndex } from "../../../server/index/open_remote.ts";
import { openReplicaIndex, type ReplicaIndexOptions } from "../../../server/index/open_replica.ts";
import { UnavailableError } from "../../../server/unavailable.ts";
import { type RegisterIndexTest, testIndex } from "../../contract/index.ts";
import { testSharedIndex } from "../../contract/index_shared.ts";
import { addAll, ARCHIVE, newInstance } from "../../support/index_data.ts";
import { peerTest } from "../../support/peers.ts";
import { type Sqld, startSqld } from "../../support/sqld.ts";

async function withReplicas(
  count: number,
  test: (indexes: readonly Index[], sqld: Sqld) => Promise<void>,
  options: ReplicaIndexOptions = {},
): Promise<void> {
  const sqld = await startSqld();
  const folder = await Deno.makeTempDir({ prefix: "gantry-replica-" });
  const indexes: Index[] = [];
  try {
    for (let at = 0; at < count; at++) {
      const place = { url: sqld.url, token: undefined };
      indexes.push(await openReplicaIndex(place, `${folder}/${at}.db`, options));
    }
    await indexes[0]?.ensureArchives([ARCHIVE, "other"]);
    await test(indexes, sqld);
  } finally {
    await Promise.all(indexes.map((index) => index.close()));
    await sqld.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

const register: RegisterIndexTest = (name, test) =>
  peerTest(name, ["sqld"], () => withReplicas(1, ([index]) => test(index!)));

testIndex("openReplicaIndex", register, [0, 1, ...Array<number>(10).fill(1_000_000), 999_999]);

// What others wrote is seen at once where no lag is allowed.
testSharedIndex(
  "openReplicaIndex",
  (name, test) =>
    peerTest(
      name,
      ["sqld"],
      () =>
        withReplicas(2, ([one, other]) => test(one!, other!), { replica: { lag: 0, sync: 5_000 } }),
    ),
);

peerTest(
  "openReplicaIndex: sees its own at once, and others' when the lag is over",
  ["sqld"],
  () =>
    withReplicas(2, async ([one, other]) => {
      await addAll(one!, [newInstance([1, 1, 1])]);
      for (let number = 2; number <= 50; number++) {
        await addAll(one!, [newInstance([1, 1, number])]);
        assertEquals((await one!.totals(ARCHIVE)).instances, number);
      }
      const begun = performance.now();
      while ((await other!.totals(ARCHIVE)).instances < 50) {
        assert(performance.now() - begun < 5_000);
      }
    }),
);

peerTest(
  "openReplicaIndex: reads the copy, and none that is older than it may be",
  ["sqld"],
  async () => {
    const sqld = await startSqld();
    const folder = await Deno.makeTempDir({ prefix: "gantry-replica-" });
    const place = { url: sqld.url, token: undefined };
    try {
      const plain = await openRemoteIndex(place);
      await plain.ensureArchives([ARCHIVE]);
      await addAll(plain, [newInstance([1, 1, 1])]);
      const times = { attempt: 200, total: 500, pause: 5 };
      const index = await openReplicaIndex(place, `${folder}/copy.db`, { times });
      const seen = async () => (await index.totals(ARCHIVE)).instances;
      const outOfReach = async () => {
        const begun = performance.now();
        while (await seen().then(() => true, (error) => !(error instanceof UnavailableError)));
        assert(performance.now() - begun < 10_000);
      };
      assertEquals(await seen(), 1);
      // Fresh enough: nobody is asked.
      await sqld.kill();
      assertEquals(await seen(), 1);
      await outOfReach();
      await sqld.restart();
      await addAll(plain, [newInstance([1, 1, 2])]);
      assertEquals(await seen(), 2);
      sqld.pause();
      await outOfReach();
      sqld.resume();
      await addAll(plain, [newInstance([1, 1, 3])]);
      await addAll(index, [newInstance([1, 1, 4])]);
      assertEquals(await seen(), 4);
      sqld.pause();
      await outOfReach();
      const begun = performance.now();
      await index.close();
      assert(performance.now() - begun < 5_000);
      sqld.resume();
      await plain.close();
    } finally {
      await sqld.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

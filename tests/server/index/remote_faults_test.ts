import { createClient } from "@libsql/client/web";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AddOutcome, Index, NewInstance } from "../../../server/index/index.ts";
import { openRemoteIndex } from "../../../server/index/open_remote.ts";
import { UnavailableError } from "../../../server/unavailable.ts";
import {
  addAll,
  ARCHIVE,
  collect,
  newInstance,
  numbersOf,
  uids,
} from "../../support/index_data.ts";
import { FATES, type IndexFront, startIndexFront } from "../../support/index_front.ts";
import { peerTest } from "../../support/peers.ts";
import { type Sqld, startSqld } from "../../support/sqld.ts";

/** Long enough for a server under load, short enough to wait for. Milliseconds. */
const TIMES = { attempt: 700, total: 6_000, pause: 5 };

/** For what is to be given up. */
const SHORT_TIMES = { attempt: 300, total: 1_000, pause: 5 };

async function withFront(
  test: (parts: { index: Index; front: IndexFront; sqld: Sqld }) => Promise<void>,
  times = TIMES,
): Promise<void> {
  const sqld = await startSqld();
  try {
    await using front = startIndexFront(sqld.url);
    const index = await openRemoteIndex({ url: front.url, token: undefined }, { times });
    try {
      await index.ensureArchives([ARCHIVE, "other"]);
      front.requests.length = 0;
      await test({ index, front, sqld });
    } finally {
      await index.close();
    }
  } finally {
    await sqld.stop();
  }
}

peerTest("openRemoteIndex: whatever befalls a request, the answer is that of one that succeeded", [
  "sqld",
], () =>
  withFront(async ({ index, front }) => {
    let study = 0;
    for (const fate of FATES) {
      const what = JSON.stringify(fate);
      study++;
      const scope = { StudyInstanceUID: `2.25.${study}` };
      front.fates = [fate];
      const first = newInstance([study, 1, 1]);
      const [added, present] = await Promise.all([
        index.add(first),
        index.add(newInstance([study, 1, 2])),
      ]);
      assert(added.kind === "added" && present.kind === "added", what);
      front.fates = [fate];
      assertEquals((await index.state(ARCHIVE, scope)).kind, "present", what);
      front.fates = [fate];
      const replacement = newInstance([study, 1, 1], { PatientName: "ROE^JANE" });
      const replaced = await index.replace(added.revision, replacement, study);
      assert(replaced.kind === "added" && replaced.revision > added.revision, what);
      front.fates = [fate];
      assertEquals((await index.add(first)).kind, "exists", what);
      const rows = await collect(index.instances(ARCHIVE, scope));
      assertEquals(rows.map(({ revision }) => revision), [replaced.revision, present.revision]);
      front.fates = [fate];
      assertEquals(await index.remove(ARCHIVE, scope, 1_000 + study), 2, what);
      assertEquals((await index.removed(ARCHIVE, scope)).length, 2, what);
      front.fates = [fate];
      await index.addKey({
        id: `k${study}`,
        name: "",
        hash: "",
        scopes: [],
        createdAt: study,
        revokedAt: undefined,
      });
      front.fates = [fate];
      assertEquals(await index.revokeKey(`k${study}`, 5), true, what);
      front.fates = [fate];
      assertEquals(await index.lease("work", "one", 1), true, what);
    }
    assertEquals((await index.keys()).length, FATES.length);
    assertEquals((await index.totals(ARCHIVE)).instances, 0);
  }));

peerTest(
  "openRemoteIndex: what is removed after it was added stays so, though the answer to the adding is lost",
  ["sqld"],
  () =>
    withFront(async ({ index, front, sqld }) => {
      const other = await openRemoteIndex({ url: sqld.url, token: undefined });
      try {
        const scope = uids([1, 1, 1]);
        const lost = async (
          { object: { blobKey } }: NewInstance,
          at: number,
          adding: () => Promise<AddOutcome>,
        ) => {
          const before = front.requests.length;
          front.fates = [{ kind: "silence", after: true }];
          const outcome = adding();
          const isAdded = async () =>
            (await collect(other.everything(ARCHIVE))).some((row) => row.blobKey === blobKey);
          while (!await isAdded());
          assertEquals(await other.remove(ARCHIVE, scope, at), 1);
          assertEquals((await outcome).kind, "added");
          assertEquals(front.requests.length - before, 2);
          assertEquals((await other.state(ARCHIVE, scope)).kind, "deleted");
          const [tombstone] = await other.removed(ARCHIVE, scope);
          assertEquals(tombstone?.removedAt, at);
        };
        const first = newInstance([1, 1, 1]);
        await lost(first, 5, () => index.add(first));
        // Brought back, and removed again meanwhile.
        await lost(first, 6, () => index.add({ ...first, removedAt: 5 }));
        const outcome = await index.add({ ...first, removedAt: 6 });
        assert(outcome.kind === "added");
        const replacement = newInstance([1, 1, 1], { PatientName: "ROE^JANE" });
        await lost(replacement, 8, () => index.replace(outcome.revision, replacement, 7));
        for (const fate of FATES) {
          front.fates = [fate];
          const again = await index.add({ ...replacement, removedAt: 8 });
          assertEquals(again.kind, "added", JSON.stringify(fate));
          assertEquals(await other.remove(ARCHIVE, scope, 8), 1);
        }
        assertEquals(await index.audit(ARCHIVE), []);
      } finally {
        await other.close();
      }
    }, { ...TIMES, attempt: 2_000 }),
);

peerTest(
  "openRemoteIndex: what comes after a removal stays, though the answer to that is lost",
  ["sqld"],
  () =>
    withFront(async ({ index, front, sqld }) => {
      const other = await openRemoteIndex({ url: sqld.url, token: undefined });
      try {
        await addAll(index, [newInstance([1, 1, 1]), newInstance([1, 1, 2])]);
        const study = { StudyInstanceUID: uids([1, 1, 1]).StudyInstanceUID };
        front.fates = [{ kind: "silence", after: true }];
        const removed = index.remove(ARCHIVE, study, 5);
        while ((await other.state(ARCHIVE, study)).kind !== "deleted");
        await addAll(other, [newInstance([1, 1, 2]), newInstance([1, 1, 3])]);
        assertEquals(await removed, 2);
        assertEquals(numbersOf(await collect(other.everything(ARCHIVE))), ["1.1.2", "1.1.3"]);
      } finally {
        await other.close();
      }
    }, { ...TIMES, attempt: 2_000 }),
);

peerTest(
  "openRemoteIndex: an instance that was added with an answer that is lost is added, though another item then fails",
  ["sqld"],
  () =>
    withFront(async ({ index, front, sqld }) => {
      const server = createClient({ url: sqld.url });
      const hasKey = async () => (await server.execute("SELECT 1 FROM api_keys")).rows.length > 0;
      front.fates = [
        { kind: "silence", after: false },
        { kind: "passed" },
        { kind: "silence", after: true },
      ];
      const first = index.lease("work", "one", 1);
      // What comes while that is under way shares a batch.
      while (front.requests.length === 0) await server.execute("SELECT 1");
      const results = Promise.allSettled([
        index.addKey({
          id: "k",
          name: "",
          hash: "",
          scopes: [],
          createdAt: 1,
          revokedAt: undefined,
        }),
        index.add(newInstance([1, 1, 1])),
      ]);
      assert(await first);
      while (!await hasKey());
      await server.execute(`CREATE TRIGGER refusing BEFORE INSERT ON api_keys BEGIN
        SELECT raise(ABORT, 'no more keys'); END`);
      const [key, added] = await results;
      assert(key.status === "rejected" && /no more keys/.test(key.reason.message));
      assert(added.status === "fulfilled");
      assertEquals(added.value.kind, "added");
      server.close();
    }, { ...TIMES, attempt: 2_000 }),
);

peerTest(
  "openRemoteIndex: what must not be done twice is not, and says that it may have been done",
  ["sqld"],
  () =>
    withFront(async ({ index, front }) => {
      for (const fate of FATES) {
        front.fates = [fate];
        const [reaped, added] = await Promise.allSettled([
          index.reap(5, 10),
          index.add(newInstance([1, 1, front.requests.length])),
        ]);
        assert(reaped.status === "rejected" && reaped.reason instanceof UnavailableError);
        // What can be repeated is, though it shared the batch.
        assert(added.status === "fulfilled" && added.value.kind === "added");
      }
      assertEquals(await index.reap(5, 10), []);
    }),
);

peerTest(
  "openRemoteIndex: a server that stays out of reach is given up in bounded time, by all who wait",
  ["sqld"],
  () =>
    withFront(async ({ index, front, sqld }) => {
      const [revision] = await addAll(index, [newInstance([1, 1, 1])]);
      for (const fate of FATES) {
        front.fates = Array.from({ length: 500 }, () => fate);
        const begun = performance.now();
        const waiting = Array.from(
          { length: 2_000 },
          (_, at) => index.add(newInstance([2, 1, at])),
        );
        for (
          const error of [
            await assertRejects(() => index.state(ARCHIVE, {}), UnavailableError),
            await assertRejects(
              () => index.setHeader(revision!, newInstance([1, 1, 1]).header),
              UnavailableError,
            ),
            ...(await Promise.all(waiting)).map((outcome) => {
              assert(outcome.kind === "failed" && outcome.error instanceof UnavailableError);
              return outcome.error;
            }),
          ]
        ) {
          assertEquals(error.part, "index");
        }
        // Twice, since what comes when the first is given up begins anew.
        assert(
          performance.now() - begun < 2 * SHORT_TIMES.total + SHORT_TIMES.attempt,
          JSON.stringify(fate),
        );
      }
      await sqld.kill();
      front.fates = [];
      await assertRejects(() => index.state(ARCHIVE, {}), UnavailableError);
      await sqld.restart();
      assertEquals((await index.state(ARCHIVE, uids([1, 1, 1]))).kind, "present");
    }, SHORT_TIMES),
);

peerTest(
  "openRemoteIndex: a server that is killed and comes back costs nothing that was acknowledged",
  ["sqld"],
  async () => {
    const sqld = await startSqld();
    const index = await openRemoteIndex({ url: sqld.url, token: undefined });
    try {
      await index.ensureArchives([ARCHIVE]);
      const acknowledged = new Map<string, number>();
      const removed = new Set<string>();
      let isOver = false;
      const writers = Array.from({ length: 12 }, async (_, writer) => {
        for (let number = 1; !isOver; number++) {
          const instance = newInstance([writer, 1, number]);
          const outcome = await index.add(instance);
          if (outcome.kind === "failed" && outcome.error instanceof UnavailableError) continue;
          assert(outcome.kind === "added", outcome.kind);
          const { SOPInstanceUID } = instance.object;
          acknowledged.set(SOPInstanceUID, outcome.revision);
          if (number % 5 !== 0) continue;
          assertEquals(await index.remove(ARCHIVE, uids([writer, 1, number]), number), 1);
          removed.add(SOPInstanceUID);
          acknowledged.delete(SOPInstanceUID);
        }
      });
      for (let round = 0; round < 3; round++) {
        const before = acknowledged.size;
        while (acknowledged.size < before + 60) await index.lastRevision();
        await sqld.kill();
        await sqld.restart();
      }
      isOver = true;
      await Promise.all(writers);
      const rows = new Map((await collect(index.everything(ARCHIVE)))
        .map(({ SOPInstanceUID, revision }) => [SOPInstanceUID, revision]));
      for (const [uid, revision] of acknowledged) assertEquals(rows.get(uid), revision, uid);
      for (const uid of removed) assertEquals(rows.has(uid), false, uid);
      assertEquals(await index.audit(ARCHIVE), []);
    } finally {
      await index.close();
      await sqld.stop();
    }
  },
);

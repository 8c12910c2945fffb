/**
 * What two of an Index over one database agree on, as two servers have them.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { AddOutcome, Index } from "../../server/index/index.ts";
import { addAll, ARCHIVE, collect, newInstance, uids } from "../support/index_data.ts";

/** Registers a test that is run with two over one database, which is as that of testIndex. */
export type RegisterSharedTest = (
  name: string,
  test: (one: Index, other: Index) => Promise<void>,
) => void;

/** How often a race is run. */
const RACES = 20;

/** Registers the tests of one implementation. */
export function testSharedIndex(name: string, register: RegisterSharedTest): void {
  const kinds = (outcomes: readonly AddOutcome[]) => outcomes.map(({ kind }) => kind).sort();

  register(`${name}: one of two adds the same instance`, async (one, other) => {
    for (let race = 1; race <= RACES; race++) {
      const outcomes = await Promise.all(
        [one, other, one, other].map((index) => index.add(newInstance([race, 1, 1]))),
      );
      assertEquals(kinds(outcomes), ["added", "exists", "exists", "exists"]);
    }
    const seen = [one, other].map((index) => index.totals(ARCHIVE));
    for (const totals of await Promise.all(seen)) assertEquals(totals.instances, RACES);
  });

  register(`${name}: one of two replaces a revision`, async (one, other) => {
    let [revision = 0] = await addAll(one, [newInstance([1, 1, 1])]);
    for (let race = 1; race <= RACES; race++) {
      const outcomes = await Promise.all(
        [one, other].map((index) => index.replace(revision, newInstance([1, 1, 1]), race)),
      );
      assertEquals(kinds(outcomes), ["added", "exists"]);
      const [row] = await collect(other.instances(ARCHIVE, uids([1, 1, 1])));
      for (const outcome of outcomes) {
        if (outcome.kind === "added") assertEquals(outcome.revision, row?.revision);
        if (outcome.kind === "exists") assertEquals(outcome.existing, row);
      }
      revision = row?.revision ?? 0;
    }
    assertEquals((await one.reap(RACES + 1, 100)).length, RACES);
  });

  register(
    `${name}: what is removed and added at once is there or not, whole`,
    async (one, other) => {
      for (let race = 1; race <= RACES; race++) {
        await addAll(one, [newInstance([race, 1, 1])]);
        const scope = { StudyInstanceUID: `2.25.${race}` };
        const [added, removed] = await Promise.all([
          one.add(newInstance([race, 1, 2])),
          other.remove(ARCHIVE, scope, race),
        ]);
        assertEquals(added.kind, "added");
        const state = await one.state(ARCHIVE, scope);
        // Both instances went, or the one that came later stayed.
        assertEquals(state.kind === "present" ? state.instances : 0, 2 - removed);
        assertEquals((await other.removed(ARCHIVE, scope)).length, removed);
      }
      assertEquals(await one.audit(ARCHIVE), []);
    },
  );

  register(
    `${name}: what is given up is not brought back, and the other way round`,
    async (one, other) => {
      for (let race = 1; race <= RACES; race++) {
        const instance = newInstance([1, 1, race]);
        await addAll(one, [instance]);
        await other.remove(ARCHIVE, {}, race);
        const [undeleted, reaped] = await Promise.all([
          one.add(instance),
          other.reap(race + 1, 10),
        ]);
        assertEquals(undeleted.kind, reaped.length === 0 ? "added" : "failed");
        await one.remove(ARCHIVE, {}, race);
        await one.reap(race + 1, 10);
      }
    },
  );

  register(`${name}: secrets are made once`, async (one, other) => {
    for (let race = 0; race < RACES; race++) {
      const secrets = await Promise.all(
        [one, other, one, other].map((index, at) =>
          index.secret(`s${race}`, () => new Uint8Array([race, at]))
        ),
      );
      const [first] = secrets;
      for (const secret of secrets) assertEquals(secret, first);
      assertEquals(await other.secret(`s${race}`, () => new Uint8Array()), first);
    }
    assertEquals((await one.secret("s0", () => new Uint8Array()))[0], 0);
  });

  register(`${name}: a lease has one holder, until its time is over`, async (one, other) => {
    for (let race = 0; race < RACES; race++) {
      const name = `work ${race}`;
      const given = await Promise.all(
        [one, other, one, other].map((index, at) => index.lease(name, `h${at}`, 60_000)),
      );
      assertEquals(given.filter((is) => is).length, 1);
      const holder = `h${given.indexOf(true)}`;
      assertEquals(await other.lease(name, "another", 60_000), false);
      assertEquals(await other.lease(name, holder, 0), true);
      assertEquals(await one.lease(name, "another", 60_000), true);
      assertEquals(await one.lease(name, holder, 60_000), false);
    }
    assert(await one.lease("short", "dead", 100));
    const begun = performance.now();
    while (!await other.lease("short", "next", 100));
    assert(performance.now() - begun < 2_000);
  });
}

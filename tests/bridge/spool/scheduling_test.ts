import { assert, assertEquals, assertRejects } from "@std/assert";
import { delayAfter } from "../../../bridge/spool/backoff.ts";
import { Bell } from "../../../bridge/spool/bell.ts";
import { Postponed } from "../../../bridge/spool/postponed.ts";
import { createTurns } from "../../../bridge/spool/turns.ts";

const BACK_OFF = { first: 1000, longest: 60_000 };

Deno.test("delayAfter: doubles up to the longest, less up to half by chance", () => {
  for (const [failures, most] of [[1, 1000], [2, 2000], [6, 32_000], [7, 60_000], [5000, 60_000]]) {
    for (let i = 0; i < 100; i++) {
      const delay = delayAfter(failures!, BACK_OFF);
      assert(delay >= most! / 2 && delay <= most!, `${delay} after ${failures}`);
    }
  }
});

Deno.test("delayAfter: is no shorter than what the server asks for, up to an hour", () => {
  assertEquals(delayAfter(1, BACK_OFF, 5000), 5000);
  assertEquals(delayAfter(1, BACK_OFF, 1e12), 3_600_000);
});

Deno.test("Postponed: gives what is due in the order of its moments", () => {
  const postponed = new Postponed();
  const waiting = (path: string) => ({
    entry: { path, sync: () => Promise.resolve(), settled() {} },
    attempts: 0,
  });
  for (const [path, due] of [["c", 30], ["a", 10], ["d", 30], ["b", 20], ["e", 30]] as const) {
    postponed.add(waiting(path), due);
  }
  assertEquals(postponed.nextDue, 10);
  assertEquals(postponed.take(9), undefined);
  const taken: (string | undefined)[] = [];
  while (postponed.size > 0) taken.push(postponed.take(30)?.entry.path);
  assertEquals(taken, ["a", "b", "c", "d", "e"]);
  assertEquals(postponed.nextDue, Infinity);
  assertEquals(postponed.take(Infinity), undefined);
});

Deno.test("Bell: a ring is remembered once, and wakes who waits", async () => {
  const bell = new Bell();
  bell.ring();
  bell.ring();
  await bell.wait(Infinity);
  const waiting = bell.wait(Infinity);
  bell.ring();
  await waiting;
  await bell.wait(1);
});

Deno.test("createTurns: so many at once, in order; who gives up takes no turn", async () => {
  const turn = createTurns(2);
  const never = new AbortController();
  const ends = [await turn(never.signal), await turn(never.signal)];
  const began: string[] = [];
  const impatient = new AbortController();
  const third = turn(never.signal).then((end) => (began.push("third"), end));
  const gone = turn(impatient.signal);
  const fourth = turn(never.signal).then((end) => (began.push("fourth"), end));
  impatient.abort();
  await assertRejects(() => gone);
  await assertRejects(() => turn(AbortSignal.abort()));
  assertEquals(began, []);
  ends[0]!();
  (await third)();
  (await fourth)();
  ends[1]!();
  assertEquals(began, ["third", "fourth"]);
  (await turn(never.signal))();
});

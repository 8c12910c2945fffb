import { assert, assertEquals } from "@std/assert";
import { type Reaped, type Reaper, startReaper } from "../../../server/services/reaper.ts";

const TIMES = { first: 0, between: 0 };
const NOTHING: Reaped = { tombstones: 0, orphans: 0, unknown: 0, brokenOff: 0 };

const forget = () => {};

/** Keeps the process alive while only the reaper's own timer, which does not, is to come. */
async function awake<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

Deno.test("startReaper: runs one round after the other, whether they fail or not", async () => {
  let running = 0;
  let rounds = 0;
  const outcomes: unknown[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const reaper: Reaper = {
    forget,
    async round() {
      assertEquals(++running, 1);
      await Promise.resolve();
      running--;
      if (++rounds === 2) throw new Error("disk");
      return NOTHING;
    },
  };
  const stop = startReaper(reaper, TIMES, (outcome) => {
    outcomes.push(outcome instanceof Error ? outcome.message : outcome);
    if (outcomes.length === 3) resolve();
  });
  await awake(enough);
  await stop();
  assertEquals(outcomes.slice(0, 3), [NOTHING, "disk", NOTHING]);
});

Deno.test("startReaper: a stop aborts the round that runs, and waits for it", async () => {
  const begun = Promise.withResolvers<void>();
  let ended = false;
  const reaper: Reaper = {
    forget,
    async round(signal) {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended = true;
      return NOTHING;
    },
  };
  const stop = startReaper(reaper, TIMES, () => {});
  await awake(begun.promise);
  await stop();
  assert(ended);
});

Deno.test("startReaper: a stop before the first round leaves no timer", async () => {
  const reaper: Reaper = { forget, round: () => Promise.reject(new Error("never")) };
  await startReaper(reaper, { first: 60_000, between: 0 }, () => {})();
});

Deno.test("startReaper: forgets what it looked through as soon as another server had the turn", async () => {
  const turns = [true, false, true];
  const told: string[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const reaper = {
    forget: () => void told.push("forget"),
    round() {
      if (told.length >= 3) resolve();
      return Promise.resolve((turns.shift() ?? true) ? NOTHING : undefined);
    },
  };
  const stop = startReaper(reaper, TIMES, () => void told.push("round"));
  await awake(enough);
  await stop();
  assertEquals(told.slice(0, 3), ["round", "forget", "round"]);
});

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { Deadline } from "../../../bridge/net/deadline.ts";

/** A deadline with the moments at which it expired. */
function deadline() {
  const expired: number[] = [];
  let wake = () => {};
  const timer = new Deadline(() => {
    expired.push(performance.now());
    wake();
  });
  return { timer, expired, next: () => new Promise<void>((resolve) => wake = resolve) };
}

/** Timers may fire a little before their time. */
const EARLY = 2;

Deno.test("Deadline: expires once, not before its time, and can be started again", async () => {
  const { timer, expired, next } = deadline();
  for (const milliseconds of [20, 10]) {
    const start = performance.now();
    timer.start(milliseconds);
    await next();
    assertGreaterOrEqual(expired.at(-1)! - start, milliseconds - EARLY);
    assertEquals(timer.isRunning, false);
  }
  assertEquals(expired.length, 2);
});

Deno.test("Deadline: started anew moves, away or nearer", async () => {
  const { timer, expired, next } = deadline();
  const start = performance.now();
  timer.start(10);
  timer.start(40);
  await next();
  assertGreaterOrEqual(expired[0]! - start, 40 - EARLY);
  timer.start(100_000);
  timer.start(5);
  await next();
  assertEquals(expired.length, 2);
});

Deno.test("Deadline: stopped, never or disposed does not expire, and leaves no timer", async () => {
  const other = deadline();
  const { timer, expired } = deadline();
  timer.start(5);
  timer.stop();
  other.timer.start(20);
  await other.next();
  assertEquals(expired.length, 0);
  timer.start(Infinity);
  assertEquals(timer.isRunning, false);
  timer.start(1000);
  timer[Symbol.dispose]();
  assertEquals(expired.length, 0);
});

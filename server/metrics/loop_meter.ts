/**
 * How late the event loop is: that of Deno's `monitorEventLoopDelay` (2.9) sees nothing of a thread
 * that is kept busy.
 * @module
 */
import { type Family, histogram } from "./instruments.ts";

/** Milliseconds between two looks at how late the event loop is. */
const LOOK_EVERY = 20;

const LATE_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Looks at how late the event loop is until stopped, without keeping the process alive. */
export function startLoopMeter(): { readonly families: readonly Family[]; stop(): void } {
  const delay = histogram({
    name: "gantry_event_loop_delay_seconds",
    help: "How much later than asked for a timer comes.",
  }, LATE_SECONDS);
  const cell = delay.of();
  let expected = performance.now() + LOOK_EVERY;

  const timer = setInterval(() => {
    const now = performance.now();
    cell.observe(Math.max(0, now - expected) / 1000);
    expected = now + LOOK_EVERY;
  }, LOOK_EVERY);
  Deno.unrefTimer(timer);
  return { families: [delay], stop: () => clearInterval(timer) };
}

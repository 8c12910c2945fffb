/**
 * The server with a probe in it: at its end it writes how late the event loop was, in milliseconds.
 * Run instead of server/main.ts, with the same arguments.
 * @module
 */

/** Milliseconds between two looks at the clock. */
const INTERVAL = 5;

const late: number[] = [];
let expected = performance.now() + INTERVAL;

function look(): void {
  const now = performance.now();
  late.push(Math.max(0, now - expected));
  expected = now + INTERVAL;
  setTimeout(look, INTERVAL);
}
setTimeout(look, INTERVAL);

// Its own listener does the rest.
Deno.addSignalListener("SIGTERM", () => {
  const sorted = late.toSorted((a, b) => a - b);
  const [median, p99, most] = [0.5, 0.99, 1].map((part) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]?.toFixed(1)
  );
  console.error(`event loop late: median ${median}, p99 ${p99}, most ${most} ms`);
});

await import("../../server/main.ts");

/**
 * What commands write: results to stdout, and on a terminal how far they are to stderr.
 * @module
 */

/** Milliseconds between two lines of progress. */
const PROGRESS_EVERY = 200;

const encoder = new TextEncoder();

/** Shows a value to a program: one line of JSON. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}

/** Text of a peer without what would steer a terminal. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters of both sets are what is looked for
  return text.replace(/[\x00-\x1F\x7F-\x9F]/g, "�");
}

/** Writes a line over itself where stderr is a terminal; silent elsewhere. */
export function progressLine(): (text: string) => void {
  if (!Deno.stderr.isTerminal()) return () => {};
  let shownAt = -Infinity;
  return (text) => {
    if (performance.now() - shownAt < PROGRESS_EVERY) return;
    shownAt = performance.now();
    Deno.stderr.writeSync(encoder.encode(`${text} …\x1b[K\r`));
  };
}

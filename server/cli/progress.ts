/**
 * Progress on the terminal: one line on stderr that is written over itself, and nothing at all
 * where stderr is no terminal.
 *
 *     const progress = createProgress({ unit: "files" });
 *     progress.show({ done, total, bytes, totalBytes });  // as often as one likes
 *     progress.above(() => console.log("a line of output"));  // the bar makes way and comes back
 *     progress.end();  // the line is empty again: what is printed next begins on it
 *
 * @module
 */

/** How far the work is. What is not known is left out, and what follows from it is not shown. */
export interface ProgressState {
  /** Items done. */
  readonly done: number;
  readonly total?: number | undefined;
  readonly bytes: number;
  readonly totalBytes?: number | undefined;
}

/** A line of progress. */
export interface Progress {
  /** Says how far the work is; drawn a few times a second at most, so that it costs nothing to call. */
  show(state: ProgressState): void;
  /** Lets `print` write lines where the bar is; the bar is below them afterwards. */
  above(print: () => void): void;
  /** Takes the bar away. Nothing is shown after it. */
  end(): void;
}

/** What progress is drawn on. */
export interface Screen {
  /** Its width, asked before each draw; undefined where nobody looks. */
  columns(): number | undefined;
  write(text: string): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** Milliseconds between two draws. */
const DRAW_EVERY = 200;

/** Milliseconds over which the rate is measured: long enough to be read, short enough to be of now. */
const RATE_WINDOW = 10_000;

/** Columns of a bar, its frame included: fewer tell nothing, more tell no more. */
const BAR = { least: 12, most: 42 };

const CLEAR = "\r\x1b[K";

/** Begins a line of progress. `unit`: what `done` counts, in the plural. */
export function createProgress(
  { unit, screen = stderrScreen() }: { unit: string; screen?: Screen },
): Progress {
  /** What was done when, the oldest first; the rate is that between the first and the last. */
  const samples: (ProgressState & { readonly at: number })[] = [];
  let line = "";
  let ended = false;

  return {
    show(state) {
      const at = screen.now();
      const last = samples.at(-1);
      if (ended || last !== undefined && at - last.at < DRAW_EVERY) return;
      samples.push({ ...state, at });
      while (samples.length > 2 && at - (samples[1]?.at ?? at) >= RATE_WINDOW) samples.shift();
      const columns = screen.columns();
      if (columns === undefined) return;
      // A character in the last column would make some terminals begin another line.
      line = progressLine(state, unit, ratesOf(samples), columns - 1);
      screen.write(`\r${line}\x1b[K`);
    },
    above(print) {
      if (line === "") return print();
      screen.write(CLEAR);
      print();
      screen.write(line);
    },
    end() {
      if (line !== "") screen.write(CLEAR);
      line = "";
      ended = true;
    },
  };
}

/** What is done in a second, where enough has been seen to say so. */
interface Rates {
  readonly items: number;
  readonly bytes: number;
}

function ratesOf(samples: readonly (ProgressState & { readonly at: number })[]): Rates | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  const seconds = (last.at - first.at) / 1000;
  return {
    items: (last.done - first.done) / seconds,
    bytes: (last.bytes - first.bytes) / seconds,
  };
}

/** The line, in at most `width` characters of ASCII: what matters less goes first. */
function progressLine(
  state: ProgressState,
  unit: string,
  rates: Rates | undefined,
  width: number,
): string {
  const { done, total, bytes, totalBytes } = state;
  const fraction = fractionOf(state);
  const seconds = rates === undefined ? undefined : secondsLeft(state, rates);
  const parts: readonly (string | undefined)[] = [
    fraction === undefined ? undefined : `${Math.floor(fraction * 100)}%`.padStart(4),
    total === undefined ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`,
    totalBytes === undefined ? size(bytes) : `${size(bytes)}/${size(totalBytes)}`,
    rates === undefined ? undefined : `${size(rates.bytes)}/s`,
    seconds === undefined ? undefined : `${duration(seconds)} left`,
  ];
  // Places in `parts`, what matters most first.
  const shown = new Set<number>();
  let used = 0;
  for (const place of [1, 0, 4, 3, 2]) {
    const part = parts[place];
    if (part === undefined) continue;
    const needed = part.length + (shown.size === 0 ? 0 : GAP.length);
    if (used + needed > width) continue;
    used += needed;
    shown.add(place);
  }
  const text = parts.filter((_, place) => shown.has(place)).join(GAP);
  const room = Math.min(width - text.length - 1, BAR.most);
  return fraction === undefined || room < BAR.least ? text : `${bar(fraction, room)} ${text}`;
}

const GAP = "  ";

/** Of the bytes where their total is known, of the items otherwise. */
function fractionOf({ done, total, bytes, totalBytes }: ProgressState): number | undefined {
  const [part, whole] = totalBytes ? [bytes, totalBytes] : [done, total];
  return whole === undefined ? undefined : whole === 0 ? 1 : Math.min(part / whole, 1);
}

function secondsLeft(state: ProgressState, rates: Rates): number | undefined {
  const { done, total, bytes, totalBytes } = state;
  const [left, rate] = totalBytes
    ? [totalBytes - bytes, rates.bytes]
    : [(total ?? NaN) - done, rates.items];
  return rate > 0 && left >= 0 ? left / rate : undefined;
}

function bar(fraction: number, width: number): string {
  const inner = width - 2;
  return `[${"#".repeat(Math.floor(fraction * inner)).padEnd(inner, ".")}]`;
}

/** With a comma between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** How many of what, in words: `1 file`, `2,000 files`. */
export function counted(value: number, one: string, more: string): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

const SIZES = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes for people: three digits or so, in powers of 1,000. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be shown as 1000 is shown as 1.0 of the next.
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${SIZES[unit]}`;
}

/** Hours beyond which nobody believes the minutes. */
const HOURS_MAX = 100;

/** Seconds as `m:ss` or `h:mm:ss`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= HOURS_MAX) return `${HOURS_MAX} h or more`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole)}` : `${minutes}:${two(whole)}`;
}

/** Columns of a terminal that does not say. */
const COLUMNS = 80;

function stderrScreen(): Screen {
  const encoder = new TextEncoder();
  const isSeen = Deno.stderr.isTerminal();
  return {
    // A terminal that was never told its size says 0.
    columns: () => isSeen ? Deno.consoleSize().columns || COLUMNS : undefined,
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    now: () => performance.now(),
  };
}

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createProgress, type ProgressState, size } from "../../../server/cli/progress.ts";
import { peerTest } from "../../support/peers.ts";
import { runInTerminal, terminalScreen } from "../../support/screen.ts";

/** Shows states, a second after the other, on a terminal of so many columns. */
function shown(states: readonly ProgressState[], columns: number): string[] {
  const screen = terminalScreen(columns);
  let now = 0;
  const progress = createProgress({
    unit: "files",
    screen: { columns: () => columns, write: screen.write, now: () => now },
  });
  for (const state of states) {
    progress.show(state);
    now += 1000;
  }
  return screen.lines();
}

const STATES = [
  { done: 1000, total: 10_000, bytes: 0.5e9, totalBytes: 5.3e9 },
  { done: 1600, total: 10_000, bytes: 0.82e9, totalBytes: 5.3e9 },
];

Deno.test("progress: files, bytes, rate and time left, in one line of 80 columns", () => {
  assertEquals(shown(STATES, 80), [
    "[##..............]  15%  1,600/10,000 files  820 MB/5.3 GB  320 MB/s  0:14 left",
  ]);
});

Deno.test("progress: in any width one line, whose last column stays free", () => {
  for (let columns = 1; columns <= 200; columns++) {
    const lines = shown(STATES, columns);
    assertEquals(lines.length, 1, `${columns} columns`);
    assert(lines[0]!.length < columns, lines[0]);
  }
});

Deno.test("progress: what matters less goes first where it is narrow", () => {
  assertEquals(shown(STATES, 70), [" 15%  1,600/10,000 files  820 MB/5.3 GB  320 MB/s  0:14 left"]);
  assertEquals(shown(STATES, 50), [" 15%  1,600/10,000 files  320 MB/s  0:14 left"]);
  assertEquals(shown(STATES, 30), [" 15%  1,600/10,000 files"]);
  assertEquals(shown(STATES, 8), [" 15%"]);
});

Deno.test("progress: says no more than is known", () => {
  const states = [{ done: 0, bytes: 0 }, { done: 3, bytes: 1500 }];
  assertEquals(shown(states.slice(0, 1), 80), ["0 files  0 B"]);
  assertEquals(shown(states, 80), ["3 files  1.5 kB  1.5 kB/s"]);
  assertMatch(shown([{ done: 0, total: 0, bytes: 0 }], 80)[0]!, /100%\s+0\/0 files\s+0 B$/);
});

Deno.test("progress: the rate is that of the last seconds", () => {
  const slow = Array.from({ length: 20 }, (_, at) => ({ done: at, bytes: at * 1e6 }));
  const fast = Array.from({ length: 20 }, (_, at) => ({ done: at, bytes: 20e6 + at * 9e6 }));
  assertMatch(shown([...slow, ...fast], 80)[0]!, / 9\.0 MB\/s$/);
});

Deno.test("progress: is drawn a few times a second, and makes way for lines", () => {
  const screen = terminalScreen(80);
  let now = 0;
  let draws = 0;
  const progress = createProgress({
    unit: "instances",
    screen: {
      columns: () => 80,
      write: (text) => {
        draws++;
        screen.write(text);
      },
      now: () => now,
    },
  });
  for (let done = 0; done < 1000; done++, now++) progress.show({ done, bytes: 0 });
  assertEquals(draws, 5);
  progress.above(() => screen.write("a line\r\n"));
  assertEquals(screen.lines()[0], "a line");
  assertMatch(screen.lines()[1]!, /^800 instances/);
  progress.end();
  assertEquals(screen.lines(), ["a line", ""]);
  progress.show({ done: 5, bytes: 5 });
  assertEquals(screen.lines(), ["a line", ""]);
});

Deno.test("progress: nobody looks, so nothing is written", () => {
  const progress = createProgress({
    unit: "files",
    screen: {
      columns: () => undefined,
      write: () => {
        throw new Error("written");
      },
      now: () => performance.now(),
    },
  });
  let printed = 0;
  progress.show({ done: 1, bytes: 1 });
  progress.above(() => printed++);
  progress.end();
  assertEquals(printed, 1);
});

Deno.test("size: three digits or so", () => {
  assertEquals([0, 999, 1000, 999_499, 999_500, 123_456_789, 99_960_000].map(size), [
    "0 B",
    "999 B",
    "1.0 kB",
    "999 kB",
    "1.0 MB",
    "123 MB",
    "100 MB",
  ]);
});

const PROGRAM = `
const { createProgress } = await import("./server/cli/progress.ts");
const progress = createProgress({ unit: "files" });
const total = 40;
for (let done = 0; done <= total; done++) {
  progress.show({ done, total, bytes: done * 1e6, totalBytes: total * 1e6 });
  if (done === 20) progress.above(() => console.log("one is refused"));
  await new Promise((resolve) => setTimeout(resolve, 15));
}
progress.end();
console.log("done");
`;

peerTest("progress: in a real terminal of 80 columns, of 40, and in none", ["script"], async () => {
  const program = `'${Deno.execPath()}' eval --no-lock '${PROGRAM}'`;
  for (const columns of [80, 40]) {
    const { code, text } = await runInTerminal(program, columns);
    assertEquals(code, 0, text);
    const screen = terminalScreen(columns);
    let draws = 0;
    for (const piece of text.split(/(?=\r(?!\n))/)) {
      screen.write(piece);
      const last = screen.lines().at(-1)!;
      if (/\d\/40 files/.test(last)) draws++;
      assert(last.length < columns, last);
    }
    assert(draws >= 3, text);
    assertEquals(screen.lines(), ["one is refused", "done", ""]);
  }
  const { text } = await runInTerminal(`${program} 2>&1 | cat`, 80);
  assertEquals(text, "one is refused\r\ndone\r\n");
});

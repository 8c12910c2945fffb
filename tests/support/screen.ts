/**
 * What a terminal shows: enough of one to hold what a program writes against, and a program run in
 * a real one.
 * @module
 */

/** A terminal of a fixed width, whose lines never leave it. */
export interface TerminalScreen {
  /** Shows text; throws at a control sequence that it does not know. */
  write(text: string): void;
  /** The lines so far, without the spaces at their ends. */
  lines(): string[];
}

/** Control sequences whole, and characters. */
const PIECES = new RegExp(`${"\x1b"}(\\[[0-9;?]*[A-Za-z])?|[^]`, "gu");

/** A screen of `columns`. What is written beyond the last column goes on in the next line. */
export function terminalScreen(columns: number): TerminalScreen {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;

  function put(character: string): void {
    if (column === columns) [row, column] = [row + 1, 0];
    const cells = rows[row] ??= [];
    while (cells.length < column) cells.push(" ");
    cells[column++] = character;
  }

  return {
    write(text) {
      for (const [piece, sequence] of text.matchAll(PIECES)) {
        if (piece === "\r" || sequence === "[0G") column = 0;
        else if (piece === "\n") rows[++row] ??= [];
        else if (sequence === "[K") rows[row]?.splice(column);
        else if (sequence === "[2K") rows[row] = [];
        else if (sequence === "[J") {
          rows[row]?.splice(column);
          rows.splice(row + 1);
        } else if (piece >= " ") put(piece);
        else throw new Error(`A control sequence of no meaning here: ${JSON.stringify(piece)}`);
      }
    },
    lines: () => rows.map((cells) => cells.join("").trimEnd()),
  };
}

/** What a program wrote, in the order in which it came. */
export interface TerminalRun {
  readonly code: number;
  readonly text: string;
}

/**
 * Runs a command of a shell in a pseudo-terminal of 24 lines, and gives what the terminal got. The
 * command sees a terminal on stdin, stdout and stderr.
 */
export async function runInTerminal(
  command: string,
  columns: number,
  env: Readonly<Record<string, string>> = {},
): Promise<TerminalRun> {
  const { code, stdout } = await new Deno.Command("script", {
    args: ["-qefc", `stty cols ${columns} rows 24; ${command}`, "/dev/null"],
    cwd: new URL("../../", import.meta.url),
    env: { ...env, NO_COLOR: "1", SHELL: "/bin/sh" },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

/**
 * What is logged, and how an error is put down without the data that it may quote.
 * @module
 */

/** One line of the log. Route templates only: never a URL, a query or a value out of a data set. */
export interface LogRecord {
  readonly level: "info" | "error";
  /** What happened, in words that are always the same. */
  readonly message: string;
  readonly [field: string]: string | number | undefined;
}

/** Writes a record; main.ts decides where to. Never throws. */
export type Log = (record: LogRecord) => void;

/** To say where an error was thrown Deno opens files, and where it cannot, it ends the process. */
const OUT_OF_FILES = new Set<unknown>(["EMFILE", "ENFILE"]);

/**
 * An error's class, the system's code for it, and where it was thrown. Its message stays out: that
 * of a parser or of a database may quote a patient's name. `advice`, which an error has that is all
 * our own words, is for the operator.
 */
export function errorFields(
  error: unknown,
): { error: string; code?: string; advice?: string; stack?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const advice = "advice" in error && typeof error.advice === "string" ? error.advice : undefined;
  const named = {
    error: error.name,
    ...(code === undefined ? {} : { code }),
    ...(advice === undefined ? {} : { advice }),
  };
  if (OUT_OF_FILES.has(code)) return named;
  // A message may have lines that look like places.
  const frames = error.stack?.replace(error.message, () => "").split("\n").filter((line) =>
    /^\s+at /.test(line)
  ).slice(0, 12);
  return { ...named, ...(frames === undefined ? {} : { stack: frames.join("\n") }) };
}

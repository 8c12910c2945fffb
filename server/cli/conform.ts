/**
 * `conform`: a DICOMweb server, whosever it is, held against PS3.18.
 * @module
 */
import { Verdict } from "./conform/check.ts";
import { AnswerError, createHttp } from "./conform/http.ts";
import { PATIENT_NAME } from "./conform/make_sample.ts";
import { linesOf, tableOf, tallies } from "./conform/report.ts";
import { runChecks, type RunResult } from "./conform/run.ts";
import { type Arguments, type Command, printJson, readArguments, UsageError } from "./command.ts";

/** The command. `token`: the key for the server, where there is one. */
export const conform = (token: () => string | undefined): Command => ({
  summary: "hold a DICOMweb server, whosever it is, against PS3.18",
  help: `Holds a DICOMweb server against PS3.18 (2024e), transaction by transaction.

  deno task conform URL                  URL is the DICOMweb root, as http://127.0.0.1:8080/dicomweb
  deno task conform URL --study UID      look at a study that is there; store nothing
  deno task conform URL --wado URL       of the URI service, where it is not found beside the root
  deno task conform URL --json           a line of JSON for each check, then one for all

It stores three small studies of the patient ${PATIENT_NAME} and deletes them where the server can.
Each check is required (a "shall"), a "should" or optional, and it passes, fails, is not offered, or
could not be checked. The key in the environment variable GANTRY_TOKEN is sent, where there is one.

Ends with 0, with 1 where a required check failed, or with 2 where the command is not understood or
the server does not answer.`,

  async run(args) {
    const given = readArguments(args, { texts: ["study", "wado"], positionals: 1 });
    const base = urlOf(given.positionals[0] ?? "");
    const wado = given.texts.wado === undefined ? undefined : urlOf(given.texts.wado);
    if (wado !== undefined && new URL(wado).origin !== new URL(base).origin) {
      throw new UsageError("--wado has to be on the same server");
    }
    const interrupted = new AbortController();
    Deno.addSignalListener("SIGINT", () => interrupted.abort());
    try {
      const result = await runChecks({
        http: createHttp({ base, token: token() }),
        study: given.texts.study,
        wado,
        signal: interrupted.signal,
        ...(Deno.stderr.isTerminal() ? { onProgress: showProgress } : {}),
      });
      return report(result, given, base);
    } catch (error) {
      if (!(error instanceof AnswerError || error instanceof Verdict)) throw error;
      console.error(error.message);
      return 2;
    }
  },
});

function urlOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new UsageError("Name the server by its URL, as http://127.0.0.1:8080/dicomweb");
}

function report({ results, left }: RunResult, { json }: Arguments, base: string): number {
  const failed = results.filter(({ outcome }) => outcome.kind === "fail");
  if (json) {
    for (const result of results) printJson(result);
    printJson({ transactions: tallies(results), left });
  } else {
    console.log(`PS3.18 (2024e) at ${base}\n\n${tableOf(results)}`);
    if (failed.length > 0) console.log(`\nfailed:\n${linesOf(results, "fail")}`);
    const unchecked = linesOf(results, "unchecked");
    if (unchecked !== "") console.log(`\ncould not be checked:\n${unchecked}`);
    if (left.length > 0) {
      console.log(`\nThe server does not delete; these studies stay:\n  ${left.join("\n  ")}`);
    }
  }
  return failed.some(({ level }) => level === "required") ? 1 : 0;
}

/** Writes a line over itself on the terminal. */
function showProgress(done: number, of: number): void {
  const line = done === of ? "\r\x1b[K" : `\r${done} of ${of} checks\x1b[K`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

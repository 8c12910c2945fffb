/**
 * `verify`: every stored object against its digest, every file against the index.
 * @module
 */
import { type Fault, verify as verifyAll, type VerifyCounts } from "../services/verify.ts";
import { type Command, printJson, readArguments } from "./command.ts";

/** The command. */
export const verify: Command = {
  summary: "hold every stored object against its digest and its row",
  help: `Holds every stored object against its digest, and every file against the index.

  deno task verify            a line for each fault, then the counts
  deno task verify --json     the same, each line JSON

Ends with 0, with 1 where something is wrong, or with 2 where the command is not understood.`,

  run(args, withInstallation) {
    const { json } = readArguments(args);
    return withInstallation(async ({ index, blobs, settings }) => {
      const counts = await verifyAll({
        index,
        blobs,
        archives: settings.archives.map((archive) => archive.name),
        onFault: (fault) => json ? printJson({ fault }) : console.log(faultLine(fault)),
        ...(Deno.stderr.isTerminal() ? { onProgress: progress() } : {}),
      });
      if (json) printJson(counts);
      else console.log(summaryOf(counts));
      return counts.faults > 0 ? 1 : 0;
    });
  },
};

function faultLine({ kind, blobKey, SOPInstanceUID }: Fault): string {
  return SOPInstanceUID === undefined
    ? `${kind}: ${blobKey}`
    : `${kind}: ${blobKey} of instance ${SOPInstanceUID}`;
}

function summaryOf({ instances, bytes, pending, faults }: VerifyCounts): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const recent = pending > 0 ? `, ${pending} files of stores under way or broken off` : "";
  return `${instances} instances, ${size}, ${faults} faults${recent}`;
}

/** Milliseconds between two lines of progress. */
const PROGRESS_EVERY = 200;

/** Writes a line over itself on the terminal. */
function progress(): (counts: VerifyCounts) => void {
  const encoder = new TextEncoder();
  let shownAt = 0;
  return (counts) => {
    if (performance.now() - shownAt < PROGRESS_EVERY) return;
    shownAt = performance.now();
    Deno.stderr.writeSync(encoder.encode(`${summaryOf(counts)} …\x1b[K\r`));
  };
}

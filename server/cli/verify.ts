/**
 * `verify`: every stored object against its digest, every file against the index.
 * @module
 */
import { type Fault, verify as verifyAll, type VerifyCounts } from "../services/verify.ts";
import type { Index, Totals } from "../index/index.ts";
import { type Command, printJson, readArguments } from "./command.ts";
import { createProgress } from "./progress.ts";

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
      const archives = settings.archives.map((archive) => archive.name);
      const progress = createProgress({ unit: "instances" });
      const { instances: total, bytes: totalBytes } = await totalsOf(index, archives);
      const counts = await verifyAll({
        index,
        blobs,
        archives,
        onFault: (fault) =>
          progress.above(() => json ? printJson({ fault }) : console.log(faultLine(fault))),
        onProgress: ({ instances: done, bytes }) =>
          progress.show({ done, total, bytes, totalBytes }),
      });
      progress.end();
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

/** What there is to be read, as far as the index knows when it begins. */
async function totalsOf(index: Index, archives: readonly string[]) {
  const all = await Promise.all(archives.map((archive) => index.totals(archive)));
  const sum = (of: (totals: Totals) => number) => all.reduce((sum, each) => sum + of(each), 0);
  return { instances: sum(({ instances }) => instances), bytes: sum(({ bytes }) => bytes) };
}

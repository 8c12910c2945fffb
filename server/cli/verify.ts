/**
 * `verify`: every stored object against its digest, every file against the index.
 * @module
 */
import type { Totals } from "../index/index.ts";
import { type Fault, verify as verifyAll, type VerifyCounts } from "../services/verify.ts";
import { type Command, printJson, readArguments } from "./command.ts";
import { count, createProgress, size } from "./progress.ts";
import { sumOf } from "./sums.ts";

/** The command. */
export const verify: Command = {
  summary: "hold every stored object against its digest and its row",
  help:
    `Holds every stored object against its digest, every file against the index, and the index against
itself. It works beside a running server.

  deno task verify            a line for each fault, then the counts
  deno task verify --json     the same, each line JSON

Faults, with the object's key and SOP Instance UID, and what to do:
  missing         the object is not there: restore it from a backup, or send it again
  size            it is too short or too long: the same
  prefix          its preamble or file meta information has changed: the same
  data set        its data set has changed, perhaps a single bit: the same
  missing row     it is there and whole, and the index has lost it: stop the server and run reindex
  missing header  the index has lost its header record: the same
  count, totals   numbers that the index keeps are wrong: the same
  record          a record of deletions is lost or damaged: the same
  orphan          nothing refers to it: a store broke off; look at it and remove the file

Ends with 0, with 1 where something is wrong, or with 2 where the command is not understood.`,

  run(args, withInstallation) {
    const { json } = readArguments(args);
    return withInstallation(async ({ index, blobs }) => {
      const progress = createProgress({ unit: "instances" });
      const archives = await index.archives();
      const { instances: total, bytes: totalBytes } = sumOf(
        await Promise.all(archives.map((archive) => index.totals(archive))),
      );
      const counts = await verifyAll({
        index,
        blobs,
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

function faultLine(fault: Fault): string {
  switch (fault.kind) {
    case "count":
      return `count: ${fault.UID} says ${fault.said} instances and has ${fault.counted}`;
    case "totals":
      return `totals: archive ${fault.archive} says ${totalsText(fault.said)} ` +
        `and has ${totalsText(fault.counted)}`;
    case "orphan":
    case "record":
      return `${fault.kind}: ${fault.blobKey}`;
    default:
      return `${fault.kind}: ${fault.blobKey} of instance ${fault.SOPInstanceUID}`;
  }
}

function totalsText({ studies, series, instances, bytes }: Totals): string {
  return `${studies} studies, ${series} series, ${instances} instances, ${bytes} bytes`;
}

function summaryOf({ instances, bytes, pending, faults }: VerifyCounts): string {
  const recent = pending > 0 ? `, ${count(pending)} files of stores under way or broken off` : "";
  return `${count(instances)} instances, ${size(bytes)}, ${count(faults)} faults${recent}`;
}

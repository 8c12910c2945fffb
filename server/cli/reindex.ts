/**
 * `reindex`: the index is built anew from the blobs.
 * @module
 */
import { openDataFolder } from "../data_folder.ts";
import { createIds } from "../services/ids.ts";
import type { Finding, ReindexProgress } from "../services/reindex.ts";
import { type Command, printJson, readArguments } from "./command.ts";
import type { Machine } from "./machine.ts";
import { count, createProgress, size } from "./progress.ts";
import { rebuildFile } from "./reindex/file.ts";
import { rebuildRemote } from "./reindex/remote.ts";

/** The command. */
export function reindex(machine: Machine): Command {
  return {
    summary: "build the index anew from the stored objects",
    help: `Builds the index anew from the stored objects. The server has to be stopped.

  deno task reindex            a line for each finding, then the counts
  deno task reindex --json     the same, each line JSON

What was deleted stays deleted, and what was replaced stays replaced: records beside the objects say
so. Out of the index that there is come archives, API keys and acknowledged digests, as far as it
can be read. It stays in use until the new one is complete, however this ends.

An index in a database (GANTRY_INDEX_URL) is built into an empty one, when it was lost: archives come
of the objects and the configuration, and API keys have to be made anew. No server may use it
meanwhile. Where that breaks off, empty the database and start it again.

Findings, with the object's key and SOP Instance UID:
  unreadable   it is no DICOM object that can be read: it stays where it is, and is not in the index
  missing      the index had it, and it is not there: restore it from a backup, or send it again
  second       another object has its SOP Instance UID, or had it until it was deleted: it counts as
               replaced, and goes after the grace
  record       a record of deletions is damaged: look whether something deleted is back
  old index    the index that there is cannot be read (to its end): make new API keys

Ends with 0, with 1 where something was found or the server or a command runs, or with 2 where the
command is not understood.`,

    async run(args) {
      const { json } = readArguments(args);
      const settings = await machine.settings();
      const folder = await openDataFolder(settings.data);
      const progress = createProgress({ unit: "instances" });
      let findings = 0;
      const rebuilding = {
        machine,
        settings,
        folder,
        ids: createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) }),
        tell: (finding: Finding) => {
          findings++;
          progress.above(() => json ? printJson({ finding }) : console.log(lineOf(finding)));
        },
        show: ({ instances: done, total, bytes }: ReindexProgress) =>
          progress.show({ done, total, bytes }),
      };
      let built;
      try {
        const rebuild = settings.index.kind === "file" ? rebuildFile : rebuildRemote;
        built = await rebuild(rebuilding);
      } finally {
        progress.end();
      }
      if (built.kind === "refused") {
        console.error(built.reason);
        return 1;
      }
      if (built.keptAside !== undefined) {
        console.error(`The old index is kept as ${built.keptAside}`);
      }
      if (json) printJson({ ...built.counts, findings });
      else {
        const { instances, bytes } = built.counts;
        console.log(`${count(instances)} instances, ${size(bytes)}, ${count(findings)} findings`);
      }
      return findings > 0 ? 1 : 0;
    },
  };
}

function lineOf({ kind, blobKey, SOPInstanceUID, reason }: Finding): string {
  return [
    `${kind}:`,
    ...(blobKey === undefined ? [] : [blobKey]),
    ...(SOPInstanceUID === undefined ? [] : [`of instance ${SOPInstanceUID}`]),
    ...(reason === undefined ? [] : [`(${reason})`]),
  ].join(" ");
}

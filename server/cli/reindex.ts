/**
 * `reindex`: the index is built anew from the blobs.
 * @module
 */
import { type DataFolder, holdIndex, lockDataFolder, openDataFolder } from "../data_folder.ts";
import { draftOf, hasIndex, makeDraft, type OldIndexState, placeDraft } from "../index_file.ts";
import type { LocalIndex } from "../index/index.ts";
import { createIds } from "../services/ids.ts";
import { type Finding, reindex as rebuild, type ReindexCounts } from "../services/reindex.ts";
import { createRemovalRecords } from "../services/removal_records.ts";
import { type Command, printJson, readArguments } from "./command.ts";
import type { Machine } from "./machine.ts";
import { count, createProgress, size } from "./progress.ts";

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
      using lock = await lockDataFolder(folder);
      if (lock === undefined) {
        console.error(`A server has the data folder ${folder.path}: stop it first`);
        return 1;
      }
      using alone = await holdIndex(folder, "alone");
      if (alone === undefined) {
        console.error("A command works on the index: wait until it is done, then start again");
        return 1;
      }
      const progress = createProgress({ unit: "instances" });
      const seen: { old: OldIndexState; findings: number } = { old: "readable", findings: 0 };
      const tell = (finding: Finding) => {
        seen.findings++;
        if (finding.kind === "old index") seen.old = "unreadable";
        progress.above(() => json ? printJson({ finding }) : console.log(lineOf(finding)));
      };
      await makeDraft(folder);
      const blobs = await machine.openBlobs(folder.blobs);
      const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
      if (!await hasIndex(folder)) seen.old = "none";
      const old = await openOld(machine, folder, tell);
      let counts: ReindexCounts;
      try {
        counts = await withIndex(machine, draftOf(folder), async (index) => {
          const counts = await rebuild({
            index,
            old,
            blobs,
            ids,
            archives: settings.archives.map(({ name }) => name),
            conflict: (archive) =>
              settings.archives.find(({ name }) => name === archive)?.conflict ?? "refuse",
            onFinding: tell,
            onProgress: ({ instances: done, total, bytes }) =>
              progress.show({ done, total, bytes }),
          });
          await index.gather();
          return counts;
        });
        if (seen.old === "readable") await old?.gather();
      } finally {
        progress.end();
        await old?.close();
      }
      const placing = await placeDraft(folder, seen.old);
      if (placing.kind === "busy") {
        console.error("Another command has the index open, so it is left as it was: try again");
        return 1;
      }
      // Those that were there are of the old index.
      await withIndex(
        machine,
        folder.index,
        (index) => createRemovalRecords({ index, blobs, ids }).keep(),
      );
      if (placing.kind === "kept aside") console.error(`The old index is kept as ${placing.path}`);
      const { findings } = seen;
      if (json) printJson({ ...counts, findings });
      else {
        const { instances, bytes } = counts;
        console.log(`${count(instances)} instances, ${size(bytes)}, ${count(findings)} findings`);
      }
      return findings > 0 ? 1 : 0;
    },
  };
}

/** The index that there is; undefined where there is none, or none that can be opened. */
async function openOld(
  machine: Machine,
  folder: DataFolder,
  tell: (finding: Finding) => void,
): Promise<LocalIndex | undefined> {
  if (!await hasIndex(folder)) {
    console.error("There is no index to take API keys from: make new ones where there were some");
    return undefined;
  }
  return await machine.openIndex(folder.index).catch((error: Error) => {
    tell({ kind: "old index", reason: error.message });
    return undefined;
  });
}

async function withIndex<Result>(
  machine: Machine,
  path: string,
  use: (index: LocalIndex) => Promise<Result>,
): Promise<Result> {
  const index = await machine.openIndex(path);
  try {
    return await use(index);
  } finally {
    await index.close();
  }
}

function lineOf({ kind, blobKey, SOPInstanceUID, reason }: Finding): string {
  return [
    `${kind}:`,
    ...(blobKey === undefined ? [] : [blobKey]),
    ...(SOPInstanceUID === undefined ? [] : [`of instance ${SOPInstanceUID}`]),
    ...(reason === undefined ? [] : [`(${reason})`]),
  ].join(" ");
}

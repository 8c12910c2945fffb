/**
 * `restore`: an installation out of a backup.
 * @module
 */
import {
  backupFolder,
  copyIndex,
  NoBackupError,
  readManifest,
  readSecret,
} from "../backup_folder.ts";
import { beginRestore, endRestore, RestoreError, writeSecret } from "../data_folder.ts";
import { draftOf, placeDraft, removeDraft } from "../index_file.ts";
import { copyBlobs, type CopyCounts, type CopyFault } from "../services/copy_blobs.ts";
import { createIds } from "../services/ids.ts";
import { createRemovalRecords, recordKeys } from "../services/removal_records.ts";
import { beyondAllRevisions } from "../services/revisions.ts";
import { faultLine, summaryOf } from "./backup.ts";
import { type Command, printJson, readArguments, UsageError } from "./command.ts";
import type { Machine } from "./machine.ts";
import { createProgress } from "./progress.ts";
import { sumOf } from "./sums.ts";

const ELSEWHERE = "A backup is brought back into a data folder: restore it without " +
  "GANTRY_INDEX_URL and GANTRY_BLOBS_URL, then run `migrate-storage --to remote` with them";

/** The command. */
export function restore(machine: Machine): Command {
  return {
    summary: "bring back what a backup holds, into an empty data folder",
    help: `Brings back what a backup holds, into a data folder that is empty or not there.

  deno task restore FOLDER            a line for each fault, then the counts
  deno task restore FOLDER --json     the same, each line JSON

Every object is held against its digest; what is not right is named, and brought back as it is. Where
it broke off, start it again: no server starts on the folder before it is complete. From there,
\`migrate-storage --to remote\` brings it to a database and an object store.

Ends with 0, with 1 where something is wrong, or with 2 where the command is not understood.`,

    async run(args) {
      const { json, positionals: [path = ""] } = readArguments(args, { positionals: 1 });
      const { data, index, blobs } = await machine.settings();
      if (index.kind === "remote" || blobs.kind === "s3") throw new UsageError(ELSEWHERE);
      const progress = createProgress({ unit: "instances" });
      const tell = (fault: CopyFault) =>
        progress.above(() => json ? printJson({ fault }) : console.log(faultLine(fault)));
      try {
        const counts = await bringBack(machine, path, data, tell, (counts, total) =>
          progress.show({
            done: counts.instances,
            total: total.instances,
            bytes: counts.bytes,
            totalBytes: total.bytes,
          }));
        progress.end();
        if (json) printJson(counts);
        else console.log(summaryOf(counts));
        return counts.faults > 0 ? 1 : 0;
      } catch (error) {
        progress.end();
        if (!(error instanceof NoBackupError || error instanceof RestoreError)) throw error;
        console.error(error.message);
        return 1;
      }
    },
  };
}

async function bringBack(
  machine: Machine,
  path: string,
  data: string,
  tell: (fault: CopyFault) => void,
  show: (counts: CopyCounts, total: ReturnType<typeof sumOf>) => void,
): Promise<CopyCounts> {
  const backup = backupFolder(path);
  const manifest = await readManifest(backup);
  const total = sumOf(Object.values(manifest.archives));
  const { folder, lock } = await beginRestore(data, manifest.index.sha256);
  using _lock = lock;
  await removeDraft(folder);
  await copyIndex(backup, manifest.index, draftOf(folder));
  const blobs = await machine.openBlobs(folder.blobs);
  // Of a restore that broke off; they are made anew below.
  for await (const key of recordKeys(blobs)) await blobs.delete(key);
  const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
  const index = await machine.openIndex(draftOf(folder));
  let counts: CopyCounts;
  try {
    counts = await copyBlobs({
      index,
      source: await machine.openBlobs(backup.blobs),
      target: blobs,
      rereads: true,
      isWanted: () => Promise.resolve(true),
      onFault: tell,
      onProgress: (counts) => show(counts, total),
    });
    // The lost installation may have given more of them since.
    await index.continueAfter(beyondAllRevisions(await index.lastRevision(), Date.now()));
    await index.forgetRecords();
    await createRemovalRecords({ index, blobs, ids }).keep();
    await index.gather();
  } finally {
    await index.close();
  }
  await writeSecret(folder, await readSecret(backup));
  await placeDraft(folder, "none");
  await endRestore(folder);
  return counts;
}

/**
 * `backup`: a copy of the installation as it is, beside a running server.
 * @module
 */
import {
  type BackupFolder,
  backupFolder,
  finishBackup,
  makeIndexFile,
  NoBackupError,
  removeStrayIndexes,
  sealIndex,
  takeBackupFolder,
} from "../backup_folder.ts";
import { openDataFolder } from "../data_folder.ts";
import type { Index, Totals } from "../index/index.ts";
import { copyBlobs, type CopyCounts, type CopyFault } from "../services/copy_blobs.ts";
import { createIds } from "../services/ids.ts";
import {
  type Command,
  type Installation,
  printJson,
  readArguments,
  UsageError,
} from "./command.ts";
import type { Machine } from "./machine.ts";
import { count, createProgress, type Progress, size } from "./progress.ts";
import { sumOf } from "./sums.ts";

const ELSEWHERE = "The index is in a database (GANTRY_INDEX_URL), not in a file that could be " +
  "copied: use the database's own backups and the bucket's versioning, or make a copy with " +
  "`migrate-storage --to embedded`, which backup then takes without GANTRY_INDEX_URL";

/** Copies of the index made at most, where objects are deleted for good before they are copied. */
const ATTEMPTS = 5;

/** The command. */
export function backup(machine: Machine): Command {
  return {
    summary: "copy everything that is kept, beside a running server",
    help:
      `Copies the installation into a folder, beside a running server: what was acknowledged before it
began is in it.

  deno task backup FOLDER            a new one, or that of yesterday brought up to date
  deno task backup FOLDER --full     reads again what is there, too
  deno task backup FOLDER --json     for programs

Objects are held against their digests while they are copied; what is not right is named, and copied
as it is. FOLDER is a backup when this ends with 0 or names faults; until then the one that it was
before stays good. Where it broke off, start it again. Objects deleted since stay in the folder, but
no restore brings them back. The configuration file is not in it. The index has to be a file: one in
a database is in the database's own backups, and \`migrate-storage --to embedded\` makes a copy.

Ends with 0, with 1 where something is wrong, or with 2 where the command is not understood.`,

    async run(args, withInstallation) {
      const { json, flags, positionals: [path = ""] } = readArguments(args, {
        positionals: 1,
        flags: ["full"],
      });
      const { index } = await machine.settings();
      if (index.kind === "remote") throw new UsageError(ELSEWHERE);
      return await withInstallation(async (installation) => {
        const progress = createProgress({ unit: "instances" });
        try {
          const tell = (fault: CopyFault) =>
            progress.above(() => json ? printJson({ fault }) : console.log(faultLine(fault)));
          const folder = backupFolder(path);
          using _lock = await takeBackupFolder(folder);
          const rereads = flags.has("full");
          const done = await copyAll({ machine, installation, folder, rereads, progress, tell });
          progress.end();
          if (json) printJson(done);
          else console.log(summaryOf(done));
          return done.faults > 0 ? 1 : 0;
        } catch (error) {
          progress.end();
          if (!(error instanceof NoBackupError)) throw error;
          console.error(error.message);
          return 1;
        }
      });
    },
  };
}

interface Copying {
  readonly machine: Machine;
  readonly installation: Installation;
  readonly folder: BackupFolder;
  readonly rereads: boolean;
  readonly progress: Progress;
  readonly tell: (fault: CopyFault) => void;
}

async function copyAll(parts: Copying): Promise<CopyCounts> {
  const { machine, installation, folder, rereads, progress, tell } = parts;
  const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
  const target = await machine.openBlobs(folder.blobs);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await removeStrayIndexes(folder);
    const begun = new Date().toISOString();
    const path = await makeIndexFile(folder, ids.name());
    await copyFile(machine, installation, path);
    const index = await machine.openIndex(path);
    let archives: Record<string, Totals>;
    let counts: CopyCounts;
    try {
      archives = await totalsOf(index);
      const total = sumOf(Object.values(archives));
      counts = await copyBlobs({
        index,
        source: installation.blobs,
        target,
        rereads: rereads && attempt === 0,
        isWanted: async (key) => (await installation.index.known([key])).get(key) === "kept",
        onFault: tell,
        onProgress: ({ instances, bytes }) =>
          progress.show({
            done: instances,
            total: total.instances,
            bytes,
            totalBytes: total.bytes,
          }),
      });
    } finally {
      await index.close();
    }
    if (counts.gone > 0) continue;
    await finishBackup(folder, installation.secret, {
      begun,
      finished: new Date().toISOString(),
      index: await sealIndex(path),
      archives,
      faults: counts.faults,
    });
    return counts;
  }
  throw new NoBackupError(
    "Objects are deleted for good before they can be copied: give graceHours a larger value",
  );
}

/** Copies the index's file, which commands in general need not know of. */
async function copyFile(
  machine: Machine,
  { settings }: Installation,
  path: string,
): Promise<void> {
  const index = await machine.openIndex((await openDataFolder(settings.data)).index);
  try {
    await index.copyTo(path);
  } finally {
    await index.close();
  }
}

async function totalsOf(index: Index): Promise<Record<string, Totals>> {
  const archives: Record<string, Totals> = {};
  for (const archive of await index.archives()) archives[archive] = await index.totals(archive);
  return archives;
}

/** A fault as a line. */
export function faultLine({ kind, blobKey, SOPInstanceUID }: CopyFault): string {
  return `${kind}: ${blobKey} of instance ${SOPInstanceUID}`;
}

/** Counts as a line. */
export function summaryOf({ instances, bytes, copied, faults }: CopyCounts): string {
  return `${count(instances)} instances, ${size(bytes)}, ${count(copied)} files copied, ` +
    `${count(faults)} faults`;
}

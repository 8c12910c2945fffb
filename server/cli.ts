/**
 * The command line, on the installation that the settings name. It works beside a running server.
 * @module
 */
import { openFsBlobs } from "./blobs/fs.ts";
import { ObjectStoreError } from "./blobs/s3_errors.ts";
import { backup } from "./cli/backup.ts";
import { type Command, UsageError, type WithInstallation } from "./cli/command.ts";
import { conform } from "./cli/conform.ts";
import { isDiskFull } from "./cli/disk_full.ts";
import { overview } from "./cli/overview.ts";
import { exportStudies } from "./cli/export.ts";
import { importFiles } from "./cli/import.ts";
import { keys } from "./cli/keys.ts";
import type { Machine } from "./cli/machine.ts";
import { migrateStorage } from "./cli/migrate_storage.ts";
import { reindex } from "./cli/reindex.ts";
import { restore } from "./cli/restore.ts";
import { stats } from "./cli/stats.ts";
import { verify } from "./cli/verify.ts";
import { viewerCommand } from "./cli/viewer.ts";
import { holdIndex, openDataFolder, RestoreError } from "./data_folder.ts";
import { IndexError } from "./index/index_error.ts";
import { openLocalIndex } from "./index/open_local.ts";
import { giveSecret, openBlobs, openIndex, openSecret } from "./machine_storage.ts";
import { readSettings } from "./settings.ts";
import { UnavailableError } from "./unavailable.ts";

const machine: Machine = {
  async settings() {
    const { settings, problems } = await readSettings(Deno.env.get, Deno.readTextFile);
    if (problems.length > 0) throw new UsageError(problems.join("\n"));
    return settings;
  },
  openIndex: openLocalIndex,
  openBlobs: openFsBlobs,
  openIndexAt: openIndex,
  openBlobsAt: openBlobs,
  secretOf: openSecret,
  giveSecret,
};

/** Asked only by commands that may read it. */
const token = () => Deno.env.get("GANTRY_TOKEN")?.trim() || undefined;

const viewer = viewerCommand({
  settings: machine.settings,
  variable: (name) => Deno.env.get(name),
  openFile: async (path) => (await Deno.open(path)).readable,
});

const COMMANDS: Readonly<Record<string, Command>> = {
  backup: backup(machine),
  conform: conform(token),
  export: exportStudies,
  import: importFiles,
  keys,
  "migrate-storage": migrateStorage(machine),
  reindex: reindex(machine),
  restore: restore(machine),
  stats,
  verify,
  viewer,
};

const withInstallation: WithInstallation = async (use) => {
  const settings = await machine.settings();
  const folder = await openDataFolder(settings.data);
  using hold = settings.index.kind === "file" ? await holdIndex(folder, "shared") : undefined;
  if (settings.index.kind === "file" && hold === undefined) {
    throw new UsageError("The index is being built anew: wait until it is");
  }
  // The copy is the server's, which may be running.
  const place = settings.index.kind === "remote"
    ? { ...settings.index, replica: false }
    : settings.index;
  const index = await openIndex(place, folder);
  try {
    const [blobs, secret] = await Promise.all([
      openBlobs(settings.blobs, folder),
      openSecret(settings.index, folder, index),
    ]);
    return await use({ settings, index, blobs, secret, token });
  } finally {
    await index.close();
  }
};

async function main([name = "", ...args]: string[]): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) {
    console.log(overview(COMMANDS));
    return name === "help" ? 0 : 2;
  }
  if (args.includes("--help")) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(args, withInstallation);
  } catch (error) {
    if (error instanceof RestoreError) {
      console.error(error.message);
      return 1;
    }
    if (error instanceof UnavailableError) {
      console.error(`${error.message}: see that it runs and can be reached, and start it again`);
      return 1;
    }
    if (isDiskFull(error)) {
      console.error("The disk is full: make room, and start it again");
      return 1;
    }
    if (error instanceof IndexError || error instanceof ObjectStoreError) {
      console.error(error.message);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message || command.help);
    return 2;
  }
}

Deno.exit(await main(Deno.args));

/**
 * `migrate-storage`: an archive from the data folder to a database server and an object store, or
 * back, while it serves.
 * @module
 */
import {
  type DataFolder,
  holdIndex,
  holdMigration,
  lockDataFolder,
  openDataFolder,
} from "../data_folder.ts";
import { hasIndex } from "../index_file.ts";
import type { Index, Totals } from "../index/index.ts";
import { type End, readMigration } from "../migration_file.ts";
import type { CopyFault } from "../services/copy_blobs.ts";
import type { Settings } from "../settings.ts";
import { faultLine } from "./backup.ts";
import { type Arguments, type Command, printJson, readArguments, UsageError } from "./command.ts";
import type { Machine } from "./machine.ts";
import { admit, MigrationRefused } from "./migrate/admission.ts";
import { type Ends, type Moves, movesOf, openEnds, placesOf } from "./migrate/ends.ts";
import { type Migrated, runPasses } from "./migrate/passes.ts";
import { count, createProgress, type Progress, size } from "./progress.ts";
import { type StopSignal, stopSignal } from "./stop_signal.ts";
import { sumOf } from "./sums.ts";

/** The command. */
export function migrateStorage(machine: Machine): Command {
  return {
    summary: "move an archive to a database and an object store, or back, while it serves",
    help:
      `Copies the archive in the data folder (GANTRY_DATA) to the database of GANTRY_INDEX_URL and the
object store of GANTRY_BLOBS_URL, or back from there, while it serves.

  deno task migrate-storage --to remote        out of the data folder
  deno task migrate-storage --to embedded      into the data folder
  deno task migrate-storage --to … --full      reads again what is there, too
  deno task migrate-storage --to … --only objects|index
                                               one of the two; the other stays where the settings say
  deno task migrate-storage --to … --json      for programs

What moves is what the settings name: the index, the objects, or both. To move an archive:
  1. run it with these settings, while the server runs without them (going back: with them)
  2. stop the server
  3. run it again: it brings what has changed since, and is quick
  4. start the server with them (going back: without them)

Archives, instances, deletions and API keys come along; what was deleted can be brought back for as
long as before. Objects are held against their digests on their way; what is not right is named, and
copied as it is, but for what is missing, which is left out. Nothing is changed where it comes from.
Where it broke off, start it again. A place that holds anything else is refused. While it runs, no
server starts on a data folder on which none runs. The configuration file does not move.

Ends with 0, with 1 where something is wrong or was refused, or with 2 where the command is not
understood.`,

    async run(args) {
      const given = readArguments(args, { texts: ["to", "only"], flags: ["full"] });
      const { to, only } = given.texts;
      if (to !== "remote" && to !== "embedded") {
        throw new UsageError("--to takes remote or embedded");
      }
      const settings = await machine.settings();
      const moves = movesOf(settings, only);
      const folder = await openDataFolder(settings.data);
      if (to === "remote" && moves.index && !await hasIndex(folder)) {
        throw new UsageError(`There is no archive in ${folder.path}: GANTRY_DATA says where it is`);
      }
      using turn = await holdMigration(folder);
      if (turn === undefined) {
        throw new UsageError("Another migrate-storage is at work here: wait until it has ended");
      }
      // Where a server has it, it serves on.
      using lock = await lockDataFolder(folder);
      using hold = await holdIndex(folder, "shared");
      if (hold === undefined) {
        throw new UsageError("The index is being built anew: wait until it is");
      }
      const isAlone = moves.index || settings.index.kind === "file";
      const isStill = lock !== undefined && to === "remote" && isAlone;
      using stop = stopSignal();
      const progress = createProgress({ unit: "instances" });
      const run: Run = { machine, settings, folder, moves, to, given, progress, stop };
      try {
        const done = await migrate(run);
        progress.end();
        if (given.json) printJson({ to, ...done });
        else console.log(`${summaryOf(done)}\n${nextStep(run, done, isStill)}`);
        return done.faults > 0 ? 1 : 0;
      } catch (error) {
        progress.end();
        const isStopped = stop.signal.aborted && error === stop.signal.reason;
        if (!isStopped && !(error instanceof MigrationRefused)) throw error;
        const complaint = isStopped
          ? "Stopped: start it again and it goes on from here"
          : (error as MigrationRefused).message;
        if (given.json) printJson({ to, complaint });
        console.error(complaint);
        return 1;
      }
    },
  };
}

interface Run {
  readonly machine: Machine;
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly moves: Moves;
  readonly to: End;
  readonly given: Arguments;
  readonly progress: Progress;
  readonly stop: StopSignal;
}

async function migrate(run: Run): Promise<Migrated> {
  const { machine, settings, folder, moves, to, given, progress, stop } = run;
  await using ends = await openEnds(machine, settings, folder, moves);
  const places = placesOf(settings, moves);
  const last = await readMigration(folder);
  const { isEmpty, isBroken } = await admit({ ends, to, moves, places, last });
  if (moves.index) await bringSecret(run, ends, isEmpty);
  const { index } = to === "remote" ? ends.embedded : ends.remote;
  const { instances: total, bytes: totalBytes } = sumOf(await totalsOf(index));
  const tell = (fault: CopyFault) =>
    progress.above(() => given.json ? printJson({ fault }) : console.log(faultLine(fault)));
  return await runPasses({
    ends,
    to,
    moves,
    folder,
    places,
    last: moves.index && isEmpty ? { ...last, revisions: undefined } : last,
    rereads: given.flags.has("full"),
    isBroken,
    signal: stop.signal,
    onFault: tell,
    onProgress: ({ instances: done, bytes }) => progress.show({ done, total, bytes, totalBytes }),
  });
}

/** Keys and pseudonyms are made with it, so it is that of the archive, wherever that is. */
async function bringSecret({ machine, settings, folder, to }: Run, ends: Ends, isEmpty: boolean) {
  const file = { kind: "file" } as const;
  const [from, into] = to === "remote" ? [file, settings.index] : [settings.index, file];
  const [source, target] = to === "remote"
    ? [ends.embedded, ends.remote]
    : [ends.remote, ends.embedded];
  const secret = await machine.secretOf(from, folder, source.index);
  const given = await machine.giveSecret(
    { place: into, folder, index: target.index, isEmpty },
    secret,
  );
  if (given) return;
  throw new MigrationRefused(
    "The index there belongs to another installation (its API keys are made with another secret): " +
      "nothing was changed. Use an empty one, on which no server was started",
  );
}

async function totalsOf(index: Index): Promise<Totals[]> {
  const archives = await index.archives();
  return await Promise.all(archives.map((archive) => index.totals(archive)));
}

function summaryOf({ instances, bytes, copied, changed, faults }: Migrated): string {
  return `${count(instances)} instances, ${size(bytes)}: ${count(copied)} files copied, ` +
    `${count(changed)} changes of the index, ${count(faults)} faults`;
}

/** What the operator does next. */
function nextStep({ to, moves }: Run, { upToDate }: Migrated, isStill: boolean): string {
  const names = [
    ...(moves.index ? ["GANTRY_INDEX_URL"] : []),
    ...(moves.objects ? ["GANTRY_BLOBS_URL"] : []),
  ].join(" and ");
  const start = to === "remote" ? `start the server with ${names}` : `start one without ${names}`;
  if (isStill && upToDate) return `All of it is there, and no server runs here: ${start}.`;
  const state = upToDate
    ? "All of it is there, as far as nothing changed meanwhile."
    : "It changes faster than it can be followed; what is missing comes with the next run.";
  const servers = to === "remote" ? "stop the server" : "stop every server";
  return `${state} To move: ${servers}, run this once more, and ${start}.`;
}

/**
 * `import`: DICOM files out of folders and ZIP archives into an archive.
 * @module
 */
import { resolve } from "node:path";
import { parseHttpUrl } from "../../lib/config/variables.ts";
import { archiveNamed } from "./archive_named.ts";
import {
  type Arguments,
  type Command,
  type Installation,
  printJson,
  readArguments,
  UsageError,
} from "./command.ts";
import { isDiskFull } from "./disk_full.ts";
import { embeddedTarget } from "./import/embedded.ts";
import { filesOf } from "./import/files.ts";
import { type Journal, openJournal } from "./import/journal.ts";
import { whyUnreadable } from "./import/item.ts";
import { DISK_FULL, ImportStopped } from "./import/outcome.ts";
import { runImport } from "./import/run.ts";
import { createTally, summaryOf } from "./import/tally.ts";
import type { ImportTarget } from "./import/target.ts";
import { webTarget } from "./import/web.ts";
import { counted, createProgress } from "./progress.ts";
import { stopSignal } from "./stop_signal.ts";

/** The command. */
export const importFiles: Command = {
  summary: "store files, folders and ZIP archives of DICOM",
  help: `Stores DICOM files: what is given, what lies in folders and in ZIP archives.

  deno task import PATH…                   into the archive of this installation
  deno task import --archive NAME PATH…    into one of several, by its name
  deno task import --aet TITLE PATH…       the same, by one of its AE titles
  deno task import --to URL PATH…          into any server, URL being its DICOMweb root

A server may run on the data folder meanwhile, and has at once what is imported. What is no DICOM
is counted and left alone. An import that was interrupted, in whatever way, goes on where it ended
when it is started again with the same paths and target.

With --to, the key in the environment variable GANTRY_TOKEN is sent, where there is one. --json for
programs: one line at the end. Ends with 0, with 1 where something was refused or is left to be
done, or with 2 where the command is not understood.`,

  run(args, withInstallation) {
    const given = readArguments(args, { texts: ["to", "archive", "aet"], positionals: "some" });
    return withInstallation((installation) => run(given, installation));
  },
};

async function run(given: Arguments, installation: Installation): Promise<number> {
  const { json, texts, positionals } = given;
  const { settings } = installation;
  const place = placeOf(texts, installation);
  const paths = await pathsOf(positionals);
  const tally = createTally();
  const journal = await openJournal(settings.data, { paths, target: place.name }, tally);
  if (!json && journal.earlier > 0) {
    console.log(`Going on: ${counted(journal.earlier, "file is", "files are")} settled already`);
  }
  using stop = stopSignal();
  const progress = createProgress({ unit: "files" });
  const before = tally.bytes;
  const start = performance.now();
  let complaint: string | undefined;
  let isDone = false;
  try {
    const target = await place.open(journal, stop.signal);
    try {
      const found = () => filesOf(paths);
      const isSeen = Deno.stderr.isTerminal();
      await runImport({ found, target, journal, tally, progress, isSeen, signal: stop.signal });
    } finally {
      target.close?.();
    }
    if (stop.signal.aborted) complaint = "Stopped: start it again and it goes on from here";
    else isDone = tally.counts.failed === 0;
  } catch (error) {
    if (error instanceof ImportStopped) complaint = error.message;
    // That of the journal; one of the archive is such an ImportStopped already.
    else if (isDiskFull(error)) complaint = DISK_FULL;
    else throw error;
  } finally {
    progress.end();
    await journal.close(isDone);
  }
  const seconds = (performance.now() - start) / 1000;
  if (json) {
    const { files, bytes, counts, refusals } = tally;
    printJson({ files, bytes, ...counts, seconds, complete: isDone, complaint, refusals });
  } else {
    console.log(summaryOf(tally, (tally.bytes - before) / seconds));
    if (complaint !== undefined) console.error(complaint);
  }
  return isDone && tally.counts.refused === 0 ? 0 : 1;
}

/** Where an import goes, before it is opened. */
interface Place {
  /** What distinguishes it from others. */
  readonly name: string;
  open(journal: Journal, signal: AbortSignal): Promise<ImportTarget>;
}

function placeOf(texts: Arguments["texts"], installation: Installation): Place {
  const { to, archive, aet } = texts;
  if (to !== undefined) {
    if (archive !== undefined || aet !== undefined) {
      throw new UsageError("--to goes to another server: leave out --archive and --aet");
    }
    const base = baseOf(to);
    const token = installation.token();
    return { name: base, open: (_, signal) => Promise.resolve(webTarget(base, token, signal)) };
  }
  const name = archiveNamed(texts, installation.settings);
  return {
    name: `archive ${name}`,
    open: (journal) => embeddedTarget({ installation, archive: name, journal }),
  };
}

function baseOf(text: string): string {
  const url = parseHttpUrl(text);
  if (url === undefined || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError("--to takes the URL of a DICOMweb root, as https://example.org/dicomweb");
  }
  return url.href.replace(/\/+$/, "");
}

/** The paths absolute and without links, each once. Throws UsageError where there is none such. */
async function pathsOf(given: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const path of given) {
    try {
      await Deno.stat(path);
      // Where it is a link it stays one: what it leads to was not named, and may not be read as such.
      paths.add(resolve(path));
    } catch (error) {
      const isGone = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      throw new UsageError(isGone ? `There is no ${path}` : `${path}: ${whyUnreadable(error)}`);
    }
  }
  return [...paths].sort();
}

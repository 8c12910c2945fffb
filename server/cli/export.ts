/**
 * `export`: studies out of an archive, as a folder or a ZIP archive with a DICOMDIR.
 * @module
 */
import { parseQido } from "../../lib/query/qido.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import type { InstanceRow } from "../index/index.ts";
import { chooseStudies, type Chosen, type ExportChoice, exportedRows } from "../services/export.ts";
import { fileSet, type FileSetFile } from "../services/file_set.ts";
import { createIds } from "../services/ids.ts";
import { createRescan } from "../services/rescan.ts";
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
import type { Destination } from "./export/destination.ts";
import { folder } from "./export/folder.ts";
import { zipFile } from "./export/zip_file.ts";
import { counted, createProgress, type Progress, size } from "./progress.ts";
import { stopSignal } from "./stop_signal.ts";

/** The command. */
export const exportStudies: Command = {
  summary: "write studies into a folder or a ZIP archive with a DICOMDIR",
  help: `Writes studies as the files that were stored, with a DICOMDIR to open or to burn.

  deno task export --to FOLDER                   everything
  deno task export --to FILE.zip                 the same as one archive
  deno task export --to … STUDY…                 studies by their UIDs
  deno task export --to … --query 'PatientID=P1&StudyDate=20260101-'
                                                 what a search finds (QIDO-RS, at the study level)
  --archive NAME, --aet TITLE                    out of one of several archives

A folder has to be new or empty, and a file new. Nothing is there under its name before all is.
--json for programs: one line at the end. Ends with 0, with 1 where something asked for is not
there, or with 2 where the command is not understood.`,

  run(args, withInstallation) {
    const given = readArguments(args, {
      texts: ["to", "query", "archive", "aet"],
      positionals: "any",
    });
    return withInstallation((installation) => run(given, installation));
  },
};

async function run(
  { json, texts, positionals }: Arguments,
  installation: Installation,
): Promise<number> {
  const { index, blobs, settings } = installation;
  // One at its end would make its parent of it.
  const to = texts.to?.replace(/(.)\/+$/, "$1");
  if (!to) throw new UsageError("--to is missing: the folder or the .zip that it goes to");
  const archive = archiveNamed(texts, settings);
  const choice = choiceOf(texts.query, positionals);
  // From here on: what is made is to be taken away again.
  using stop = stopSignal();
  const chosen = await chooseStudies({ index, blobs }, archive, choice);
  const { StudyInstanceUIDs, instances } = chosen;
  if (instances === 0) return tell(json, to, { chosen, exported: 0, bytes: 0, lost: [] });

  const destination: Destination = await (/\.zip$/i.test(to) ? zipFile(to) : folder(to));
  const progress = createProgress({ unit: "instances" });
  const lost: string[] = [];
  const done = { exported: 0, bytes: 0 };
  const rows = exportedRows({ index, blobs }, archive, StudyInstanceUIDs, (row: InstanceRow) => {
    lost.push(row.SOPInstanceUID);
  });
  const ids = createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) });
  const parts = { index, blobs, rescan: createRescan({ index, blobs, ids }), lasting: () => false };
  const files = fileSet(parts, rows, crypto.randomUUID());
  try {
    await destination.write(watched(files, { done, instances, progress, signal: stop.signal }));
  } catch (error) {
    progress.end();
    console.error(`${whyStopped(error, stop.signal)}: nothing is exported`);
    return 1;
  }
  progress.end();
  return tell(json, to, { chosen, ...done, lost });
}

/** Why an export ended before its end; throws what nobody outside can help. */
function whyStopped(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "Stopped";
  if (isDiskFull(error)) return "The disk is full";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code === "string") return `It cannot be written (${code})`;
  throw error;
}

function choiceOf(text: string | undefined, uids: readonly string[]): ExportChoice {
  if (uids.length > 0) {
    if (text !== undefined) throw new UsageError("Name studies or give --query, not both");
    return { kind: "studies", StudyInstanceUIDs: uids };
  }
  try {
    const { query, warnings } = parseQido(new URLSearchParams(text ?? ""), "study", {});
    // What a page would leave out of account would make this more than was asked for.
    if (warnings.length > 0) throw new UsageError(`--query: ${warnings.join("; ")}`);
    return { kind: "query", query };
  } catch (error) {
    if (error instanceof DecodeError || error instanceof LimitError) {
      throw new UsageError(`--query: ${error.message}`);
    }
    throw error;
  }
}

/** The files as they go by, counted; ends with what the signal says. */
async function* watched(
  files: AsyncIterable<FileSetFile>,
  { done, instances, progress, signal }: {
    readonly done: { exported: number; bytes: number };
    readonly instances: number;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<FileSetFile> {
  for await (const file of files) {
    signal.throwIfAborted();
    if ("source" in file) {
      done.exported++;
      done.bytes += file.source.length;
    }
    progress.show({ done: done.exported, total: instances, bytes: done.bytes });
    yield file;
  }
  signal.throwIfAborted();
}

/** What an export came to. */
interface Result {
  readonly chosen: Chosen;
  readonly exported: number;
  readonly bytes: number;
  /** SOP Instance UIDs whose objects are missing or damaged. */
  readonly lost: readonly string[];
}

function tell(json: boolean, to: string, { chosen, exported, bytes, lost }: Result): number {
  const { StudyInstanceUIDs, missing, warnings } = chosen;
  if (json) {
    const studies = StudyInstanceUIDs.length;
    printJson({ to, studies, instances: exported, bytes, missing, lost, warnings });
  } else {
    const studies = counted(StudyInstanceUIDs.length, "study", "studies");
    const what = `${counted(exported, "instance", "instances")} of ${studies}, ${size(bytes)}`;
    console.log(exported === 0 ? "Nothing is found: nothing is exported" : `${what}: ${to}`);
    for (const uid of missing) console.log(`not there: study ${uid}`);
    for (const uid of lost) console.log(`its object is missing or damaged: instance ${uid}`);
    for (const warning of warnings) console.log(warning);
  }
  return exported === 0 || missing.length + lost.length + warnings.length > 0 ? 1 : 0;
}

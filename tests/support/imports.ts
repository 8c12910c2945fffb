/**
 * The commands of the command line that move files, run as processes of their own.
 * @module
 */
import { parseEnvironment } from "../../lib/config/environment.ts";
import type { CommandName } from "../../server/cli/needs.ts";
import { REMOVALS } from "../../server/services/ids.ts";
import type { InstanceRow } from "../../server/index/index.ts";
import { programArguments } from "../../server/launch.ts";
import { ctInstance } from "./part10_builder.ts";
import { blobsUnder, storageOf, withIndexUnder } from "./storage.ts";

/** A folder for files and one for the data of an installation. */
export interface Folders {
  readonly files: string;
  readonly data: string;
}

/** Runs a test with new folders. */
export async function withFolders(test: (folders: Folders) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-import-" });
  try {
    await Deno.mkdir(`${root}/files`);
    await test({ files: `${root}/files`, data: `${root}/data` });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** UIDs of the n-th file that {@linkcode writeFiles} writes. */
export function uidsOf(n: number) {
  const studyInstanceUID = `2.25.77.${Math.floor(n / 50)}`;
  const seriesInstanceUID = `${studyInstanceUID}.1`;
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID: `${seriesInstanceUID}.${n}` };
}

/** The n-th file. `rows` of 256 pixels. */
export function fileOf(n: number, rows = 8): Uint8Array {
  return ctInstance({
    ...uidsOf(n),
    instanceNumber: n + 1,
    patientID: `P${Math.floor(n / 50)}`,
    rows,
    columns: 256,
    pixels: [new Uint8Array(rows * 512).fill(n)],
  });
}

/** Writes so many files of different instances, a hundred a folder. */
export async function writeFiles(folder: string, count: number, rows?: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const below = `${folder}/${Math.floor(n / 100)}`;
    if (n % 100 === 0) await Deno.mkdir(below, { recursive: true });
    await Deno.writeFile(`${below}/${n}.dcm`, fileOf(n, rows));
  }
}

/** Starts a command in a data folder, without the launcher: its process is the one that works. */
export async function startCommand(
  name: CommandName,
  args: readonly string[],
  data: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Deno.ChildProcess> {
  const environment: Readonly<Record<string, string>> = {
    GANTRY_DATA: data,
    ...await storageOf(data),
    ...env,
  };
  const { settings } = parseEnvironment((name) => environment[name]);
  return new Deno.Command(Deno.execPath(), {
    args: programArguments(name, settings, args),
    cwd: new URL("../../", import.meta.url),
    env: { ...environment, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for a command's end. */
export async function ended(child: Deno.ChildProcess): Promise<CommandResult> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs a command in a data folder to its end. */
export async function runCommand(
  name: CommandName,
  args: readonly string[],
  data: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return await ended(await startCommand(name, args, data, env));
}

/** Rows and blobs of an archive. */
export interface Stored {
  readonly rows: readonly InstanceRow[];
  readonly blobKeys: readonly string[];
  /** Blobs of objects that others have taken the place of, among `blobKeys`. */
  readonly replaced: readonly string[];
}

/** What a data folder has in an archive. */
export async function storedIn(data: string, archive = "default"): Promise<Stored> {
  return await withIndexUnder(data, async (index) => {
    const blobs = await blobsUnder(data);
    const rows = (await Array.fromAsync(index.everything(archive))).flat();
    const keys = await Array.fromAsync(blobs.list(`${archive}/`));
    const blobKeys = keys.filter((key) => !key.startsWith(`${archive}/${REMOVALS}/`));
    const current = new Set(rows.map(({ blobKey }) => blobKey));
    const kept = await index.known(blobKeys);
    return {
      rows,
      blobKeys,
      replaced: blobKeys.filter((key) => kept.get(key) === "kept" && !current.has(key)),
    };
  });
}

/** Journals of imports that are not done. */
export async function journalsIn(data: string): Promise<string[]> {
  const folder = `${data}/imports`;
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => `${folder}/${name}`);
  return names.filter((name) => name.endsWith(".jsonl"));
}

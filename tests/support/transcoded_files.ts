/**
 * What programs that this project did not write find in a file, and in what was made of it in
 * another transfer syntax.
 * @module
 */
import { Buffer } from "node:buffer";
import { runTool } from "./dcmtk.ts";
import type { Program } from "./peers.ts";
import { askPydicom } from "./pydicom.ts";
import { type PydicomElement, pydicomElements } from "./pydicom_elements.ts";

/** A stored file of the corpus and one that the server made of it. */
export interface TranscodedFile {
  /** Name of the stored file in the corpus. */
  readonly file: string;
  readonly storedPath: string;
  readonly storedSyntax: string;
  readonly path: string;
  readonly target: string;
}

/** A finding: what was looked at, and what was found. */
export interface Finding {
  readonly check: "status" | "dcmdump" | "dciodvfy" | "gdcm" | "elements" | "fragments" | "pixels";
  readonly file: string;
  readonly target: string;
  readonly what: string;
}

/** The programs that are needed. */
export const PROGRAMS: readonly Program[] = [
  "/usr/bin/python3",
  "dcmdump",
  "dcmconv",
  "dcmdjpeg",
  "dcmdjpls",
  "dcmdrle",
  "dciodvfy",
  "gdcmconv",
  "gdcminfo",
  "opj_decompress",
];

const PREFIX = "1.2.840.10008.1.2";
const HIGH_THROUGHPUT = /\.4\.20[123]$/;

/** Transfer syntaxes in which retrieval gives pixels back as they were. */
export const LOSSLESS_TARGETS: readonly string[] = [
  ".1",
  ".1.99",
  ".5",
  ".4.70",
  ".4.80",
  ".4.90",
  ".4.201",
  ".4.202",
].map((suffix) => PREFIX + suffix);

/** Those in which it does not. */
export const LOSSY_TARGETS: readonly string[] = [".4.50", ".4.81", ".4.91", ".4.203"].map((
  suffix,
) => PREFIX + suffix);

/** Runs work on all items, a few at a time: each waits for another process. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const ends = await Promise.allSettled(Array.from({ length: 3 }, async () => {
    for (const item of left) await run(item);
  }));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Files that a program is asked about at once. */
const AT_ONCE = 32;

/**
 * The paths of which `isSound` says no when it is asked about each alone. It is asked about many at
 * once, which starts one process instead of many, and about fewer where it says no.
 */
export async function unsound(
  paths: readonly string[],
  isSound: (paths: readonly string[]) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();

  async function look(some: readonly string[]): Promise<void> {
    if (await isSound(some)) return;
    if (some.length === 1) {
      found.add(some[0]!);
      return;
    }
    const middle = some.length >> 1;
    await look(some.slice(0, middle));
    await look(some.slice(middle));
  }

  const groups = Array.from(
    { length: Math.ceil(paths.length / AT_ONCE) },
    (_, at) => paths.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
  await forEachAtOnce(groups, look);
  return found;
}

/** Whether gdcminfo reads all of the files; of several it is shown a folder, made in `folder`. */
export async function gdcmReads(paths: readonly string[], folder: string): Promise<boolean> {
  if (paths.length === 1) return (await runTool("gdcminfo", paths)).code === 0;
  const links = `${folder}/${crypto.randomUUID()}`;
  await Deno.mkdir(links);
  await Promise.all(paths.map((path, at) => Deno.symlink(path, `${links}/${at}.dcm`)));
  return (await runTool("gdcminfo", [links])).code === 0;
}

/** Errors that DCMTK's dcmdump reports of files. */
export async function dumpErrors(paths: readonly string[]): Promise<string[]> {
  const { code, output } = await runTool("dcmdump", ["+M", ...paths]);
  const lines = output.split("\n").filter((line) => /^[EF]: /.test(line));
  return code === 0 ? lines : [...lines, `ended with ${code}`];
}

/**
 * Errors that dciodvfy finds in a file, without the values that it quotes; undefined where it gives
 * up. It knows neither deflated data sets nor HTJ2K: it gets the first inflated by DCMTK, the second
 * under the name of JPEG 2000, and in `copy`.
 */
export async function objectErrors(
  path: string,
  transferSyntaxUID: string,
  copy: string,
): Promise<ReadonlySet<string> | undefined> {
  const isCopied = await copyForVerifier(path, transferSyntaxUID, copy);
  const { output } = await runTool("dciodvfy", [isCopied ? copy : path]);
  if (/read failed|Assertion/.test(output)) return undefined;
  return new Set(
    output.split("\n")
      .filter((line) => line.startsWith("Error"))
      .map((line) => line.replace(/(\(0x[0-9a-f]+\)|0x[0-9a-f]+|<[^>]*>|= *[\d.]+)/g, "…")),
  );
}

async function copyForVerifier(
  path: string,
  transferSyntaxUID: string,
  copy: string,
): Promise<boolean> {
  if (transferSyntaxUID === `${PREFIX}.1.99`) {
    return (await runTool("dcmconv", ["+te", path, copy])).code === 0;
  }
  if (!HIGH_THROUGHPUT.test(transferSyntaxUID)) return false;
  const bytes = await Deno.readFile(path);
  const at = Buffer.from(bytes.buffer).indexOf(transferSyntaxUID);
  bytes.set(
    new TextEncoder().encode(`${PREFIX}.4.9${transferSyntaxUID.endsWith("203") ? 1 : 0}\0\0`),
    at,
  );
  await Deno.writeFile(copy, bytes);
  return true;
}

/** Who decompresses what, by transfer syntax, and its arguments before the two files. */
const DECODERS: readonly (readonly [RegExp, Program, readonly string[]])[] = [
  [/\.4\.(50|51|53|55)$/, "dcmdjpeg", []],
  // The colours of a lossless stream are those of its data set.
  [/\.4\.(57|70)$/, "dcmdjpeg", ["+cn"]],
  [/\.4\.8[01]$/, "dcmdjpls", []],
  [/\.1\.2\.5$/, "dcmdrle", []],
  [/\.4\.9[01]$/, "gdcmconv", ["--raw"]],
  [/\.1\.2\.2$/, "dcmconv", ["+te"]],
];

/**
 * A file whose samples pydicom_same_pixels.py can read: the same, or a copy that another program
 * decompressed into `folder`; undefined where the program refuses.
 */
export async function readableFile(
  path: string,
  transferSyntaxUID: string,
  folder: string,
): Promise<string | undefined> {
  const decoder = DECODERS.find(([syntax]) => syntax.test(transferSyntaxUID));
  if (decoder === undefined) return path;
  const [, program, args] = decoder;
  const copy = `${folder}/${crypto.randomUUID()}.dcm`;
  const { code } = await runTool(program, [...args, path, copy]);
  if (code === 0) return copy;
  // pydicom_same_pixels.py has a way of its own with these.
  return /\.4\.9[01]$|\.2\.5$/.test(transferSyntaxUID) ? path : undefined;
}

/** How the samples of two files differ. */
export interface PixelComparison {
  readonly error?: string;
  readonly samples: number;
  /** The largest and the mean difference of two samples. */
  readonly most: number;
  readonly mean: number;
  /** Values between the least and the greatest sample of the second file. */
  readonly spread: number;
  /** Photometric Interpretation of both. */
  readonly photometric: readonly [string, string];
}

/** Compares pairs of readable files. */
export function comparePixels(
  corpus: URL,
  pairs: readonly (readonly [string, string])[],
): Promise<PixelComparison[]> {
  return askPydicom("pydicom_same_pixels.py", corpus, pairs.map((pair) => pair.join("\t")));
}

/** What pydicom_fragments.py says of a file. */
interface Fragments {
  readonly error?: string;
  readonly frames: number;
  readonly extended: boolean;
  readonly table?: readonly number[];
  readonly fragments?: readonly number[];
}

/** What is wrong with the fragments and offset tables of files that were made. */
export async function fragmentFaults(
  corpus: URL,
  files: readonly TranscodedFile[],
): Promise<Finding[]> {
  const answers = await askPydicom<Fragments>(
    "pydicom_fragments.py",
    corpus,
    files.map(({ path }) => path),
  );
  return answers.flatMap((answer, i) => {
    const { file, target } = files[i]!;
    return faultsOf(answer).map((what) => ({ check: "fragments", file, target, what }) as const);
  });
}

function faultsOf({ error, frames, extended, table, fragments }: Fragments): string[] {
  if (error !== undefined) return [error];
  const faults = extended ? ["an Extended Offset Table"] : [];
  if (table === undefined || fragments === undefined) return faults;
  if (fragments.length !== frames) faults.push(`${fragments.length} fragments, ${frames} frames`);
  if (table.length > 0 && table.join() !== fragments.join()) {
    faults.push(`offsets ${table.slice(0, 5)} of items at ${fragments.slice(0, 5)}`);
  }
  return faults;
}

/** Elements that say how pixels are written, which may be another way in the file that was made. */
const PIXEL_ELEMENTS = /^(00280004|00280006|7FE0000[12]|7FE00010)$/;
const LOSSY_ELEMENTS = /^(00282110|00282112|00282114)$/;
const DERIVED_ELEMENTS = /^(00080008|00080018|00081115.*|00082111|00089215.*|00082112.*)$/;

/** Where elements of the files differ in what no other way to write pixels explains. */
export async function elementChanges(
  corpus: URL,
  files: readonly TranscodedFile[],
): Promise<Finding[]> {
  const paths = [...new Set(files.flatMap(({ storedPath, path }) => [storedPath, path]))];
  const answers = await pydicomElements(corpus, paths);
  const byPath = new Map(answers.map((answer) => [answer.file, answer]));
  return files.flatMap((transcoded) => {
    const { storedPath, path, file, target } = transcoded;
    const [stored, made] = [byPath.get(storedPath), byPath.get(path)];
    return changesOf(transcoded, stored?.elements, made?.elements)
      .map((what) => ({ check: "elements", file, target, what }) as const);
  });
}

type Elements = readonly PydicomElement[] | undefined;

function changesOf({ target }: TranscodedFile, stored: Elements, made: Elements): string[] {
  if (stored === undefined || made === undefined) return ["unreadable"];
  const isLossy = LOSSY_TARGETS.includes(target);
  const isFree = (tag: string) =>
    PIXEL_ELEMENTS.test(tag) || LOSSY_ELEMENTS.test(tag) || isLossy && DERIVED_ELEMENTS.test(tag);
  const before = new Map(stored.map((element) => [element[0], element]));
  const after = new Map(made.map((element) => [element[0], element]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((tag) => !isFree(tag) && !isSame(before.get(tag), after.get(tag)))
    .map((tag) => `${tag}: ${shown(before.get(tag))} | ${shown(after.get(tag))}`);
}

/** Equal values in VRs of which one may be unknown, or undecided, in an implicit file. */
function isSame(before: PydicomElement | undefined, after: PydicomElement | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const [path, vr, length, digest] = before;
  const isCreator = /[0-9A-F]{3}[13579BDF]00[1-9A-F][0-9A-F]$/.test(path);
  const vrs = vr === "" ? [isCreator ? "LO" : "UN"] : vr.split(" or ");
  // pydicom has no bytes of an empty value in an implicit file.
  if (length === -1 && after[2] === 0) return vrs.includes(after[1]);
  return vrs.includes(after[1]) && length === after[2] && digest === after[3];
}

function shown(element: PydicomElement | undefined): string {
  return element?.slice(1).join(" ") ?? "-";
}

/**
 * Real files retrieved in every transfer syntax that the server gives for them, held against
 * pydicom, DCMTK, GDCM, OpenJPEG and dciodvfy: the files can be read, their pixels are those of the
 * stored file, and nothing else in them has changed.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { IS_LONG } from "../support/chance.ts";
import { peerTest } from "../support/peers.ts";
import { bytesOf, type Retrieval } from "../support/retrieval.ts";
import {
  corpusEntries,
  type CorpusEntry,
  forEachStored,
  type StoredFile,
} from "../support/stored_corpus.ts";
import {
  comparePixels,
  dumpErrors,
  elementChanges,
  type Finding,
  forEachAtOnce,
  fragmentFaults,
  gdcmReads,
  LOSSLESS_TARGETS,
  LOSSY_TARGETS,
  objectErrors,
  PROGRAMS,
  readableFile,
  type TranscodedFile,
  unsound,
} from "../support/transcoded_files.ts";
import { DIFFERENCES, type ListedTranscoding } from "./transcode_differences.ts";

interface Entry extends CorpusEntry {
  readonly transfer_syntax_uid: string | null;
  readonly pixel_element: string | null;
  readonly photometric: string | null;
  readonly bits_allocated: number | null;
  readonly bits_stored: number | null;
  readonly samples_per_pixel: number | null;
  readonly pixel_representation: number | null;
  readonly frames: number | string | null;
  readonly notes: string | null;
}

const TARGETS = [...LOSSLESS_TARGETS, ...LOSSY_TARGETS];
/** Of every file that is not the first of its kind. */
const SYNTAXES_PER_FILE = 1;
/** What a lossy syntax may change on the mean, of the range that is used. */
const MEAN_LOSS = 0.05;

/**
 * The syntaxes in which files are retrieved: the first of each kind in all, the others in one each,
 * in turns. In the long rounds, all in all.
 */
function createRotation(): (entry: Entry) => readonly string[] {
  const seen = new Map<string, number>();
  return (entry) => {
    const kind = [
      entry.transfer_syntax_uid,
      entry.pixel_element,
      entry.photometric,
      entry.bits_allocated,
      entry.bits_stored,
      entry.samples_per_pixel,
      entry.pixel_representation,
      Number(entry.frames ?? 1) > 1,
      entry.notes === "empty pixel data",
    ].join();
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    if (count === 0 || IS_LONG) return TARGETS;
    const from = (count - 1) * SYNTAXES_PER_FILE;
    return Array.from(
      { length: SYNTAXES_PER_FILE },
      (_, i) => TARGETS[(from + i) % TARGETS.length]!,
    );
  };
}

/** Retrieves the files into `folder`. */
async function transcodeAll(corpus: URL, folder: string) {
  const entries = (await corpusEntries<Entry>(corpus)).filter((entry) => entry.pixel_element);
  const targetsOf = createRotation();
  const files: TranscodedFile[] = [];
  const findings: Finding[] = [];

  async function transcode({ file, entry, row, path }: StoredFile<Entry>, { get }: Retrieval) {
    const targets = targetsOf(entry).filter((target) => target !== row.TransferSyntaxUID);
    await forEachAtOnce(targets, async (target) => {
      const response = await get(path, `application/dicom; transfer-syntax=${target}`);
      if (response.status !== 200) {
        const { detail } = await response.json();
        findings.push({ check: "status", file, target, what: `${response.status} ${detail}` });
        return;
      }
      const made = `${folder}/${crypto.randomUUID()}.dcm`;
      try {
        await Deno.writeFile(made, await bytesOf(response));
      } catch (error) {
        findings.push({ check: "status", file, target, what: `breaks off: ${error}` });
        return;
      }
      const storedPath = new URL(file, corpus).pathname;
      files.push({ file, storedPath, storedSyntax: row.TransferSyntaxUID, path: made, target });
    });
  }

  await forEachStored(corpus, entries, transcode);
  return { files, findings };
}

/** Where GDCM looks into streams: it knows no HTJ2K, and of native pixels it sees what pydicom does. */
const KNOWN_TO_GDCM = /\.5$|\.4\.(70|80|90)$/;

/** What dcmdump, dciodvfy and GDCM find in files that they do not find in the stored ones. */
async function toolFindings(files: readonly TranscodedFile[], folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const dumped = await unsound(
    files.map(({ path }) => path),
    async (paths) => (await dumpErrors(paths)).length === 0,
  );
  const unread = await unsound(
    files.filter(({ target }) => KNOWN_TO_GDCM.test(target)).map(({ path }) => path),
    (paths) => gdcmReads(paths, folder),
  );
  const byStored = Map.groupBy(files, ({ storedPath }) => storedPath);
  await forEachAtOnce([...byStored], async ([storedPath, made]) => {
    const isSound = !made.some(({ path }) => dumped.has(path));
    const dumpedBefore = new Set(isSound ? [] : await dumpErrors([storedPath]));
    const copy = `${folder}/${crypto.randomUUID()}.verified.dcm`;
    const errorsBefore = await objectErrors(storedPath, made[0]!.storedSyntax, copy);
    const isRead = !made.some(({ path }) => unread.has(path));
    const readBefore = !isRead && await gdcmReads([storedPath], folder);
    for (const { file, target, path } of made) {
      const add = (check: Finding["check"], what: string) =>
        findings.push({ check, file, target, what });
      for (const line of dumped.has(path) ? await dumpErrors([path]) : []) {
        if (!dumpedBefore.has(line)) add("dcmdump", line);
      }
      const errors = errorsBefore && await objectErrors(path, target, copy);
      if (errorsBefore !== undefined && errors === undefined) add("dciodvfy", "unreadable");
      for (const line of errors ?? []) if (!errorsBefore?.has(line)) add("dciodvfy", line);
      if (readBefore && unread.has(path)) add("gdcm", "unreadable");
    }
  });
  return findings;
}

/** Where samples differ, after another program has decoded both. */
async function pixelFindings(corpus: URL, files: readonly TranscodedFile[], folder: string) {
  const findings: Finding[] = [];
  const pairs: { readonly made: TranscodedFile; readonly paths: readonly [string, string] }[] = [];
  await forEachAtOnce(
    [...Map.groupBy(files, ({ storedPath }) => storedPath)],
    async ([storedPath, all]) => {
      const stored = await readableFile(storedPath, all[0]!.storedSyntax, folder);
      for (const made of all) {
        const { file, target, path } = made;
        const read = await readableFile(path, target, folder);
        if (read === undefined || stored === undefined) {
          const what = stored === undefined ? "nobody reads the stored file" : "not decoded";
          findings.push({ check: "pixels", file, target, what });
        } else pairs.push({ made, paths: [read, stored] });
      }
    },
  );
  const compared = await comparePixels(corpus, pairs.map(({ paths }) => paths));
  let equal = 0;
  compared.forEach(({ error, most, mean, spread, photometric }, i) => {
    const { file, target } = pairs[i]!.made;
    const add = (what: string) => findings.push({ check: "pixels", file, target, what });
    const isLossless = LOSSLESS_TARGETS.includes(target);
    if (error !== undefined) add(error);
    else if (isLossless && most !== 0 || mean > MEAN_LOSS * spread) {
      add(`up to ${most}, mean ${mean.toFixed(2)} of ${spread}: ${photometric.join(" ")}`);
    } else if (isLossless) equal++;
  });
  return { findings, equal };
}

peerTest(
  "GET instance: every file of the corpus in another transfer syntax is what others make of the stored one",
  ["corpus", ...PROGRAMS],
  async (corpus) => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-transcode-" });
    try {
      const { files, findings } = await transcodeAll(corpus, folder);
      // Each waits for programs of its own.
      const checks = [
        toolFindings(files, folder),
        pixelFindings(corpus, files, folder),
        elementChanges(corpus, files),
        fragmentFaults(corpus, files),
      ] as const;
      // Where one fails, the others still work in the folder.
      await Promise.allSettled(checks);
      const [tools, pixels, elements, fragments] = await Promise.all(checks);
      const all = [...findings, ...tools, ...pixels.findings, ...elements, ...fragments];
      console.log(`${files.length} files made, pixels of ${pixels.equal} compared exactly`);
      const occurrences = new Map<ListedTranscoding, number>();
      const unlisted = all.filter((finding) => {
        const listed = DIFFERENCES.find((each) => explains(each, finding));
        if (listed !== undefined) occurrences.set(listed, (occurrences.get(listed) ?? 0) + 1);
        return listed === undefined;
      });
      assertEquals(unlisted, []);
      const gone = DIFFERENCES.filter((listed) => !occurrences.has(listed));
      assertEquals(gone.map(({ why }) => why), []);
      assert(pixels.equal > 500, `only ${pixels.equal} compared`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

function explains(listed: ListedTranscoding, { check, file, target, what }: Finding): boolean {
  return listed.check === check && (listed.file?.test(file) ?? true) &&
    (listed.target?.test(target) ?? true) && listed.what.test(what);
}

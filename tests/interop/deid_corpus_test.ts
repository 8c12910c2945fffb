/**
 * De-identified real files: pydicom finds nothing of the original's identity in them, dciodvfy no
 * error that the original did not have, and dcmdump reads them.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { cleanText } from "../../lib/deid/clean_text.ts";
import type { DeidOption } from "../../lib/deid/option.ts";
import { BASIC, type DeidProfile } from "../../lib/deid/profile.ts";
import { text } from "../../lib/dicom/values.ts";
import { DecodeError } from "../../lib/errors.ts";
import { copyable, deidentifiedFile, keyedBy } from "../support/deidentified_file.ts";
import { scan } from "../support/element_list.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";

/**
 * What is found although it was removed, by tag and value: it stands in another attribute too, one
 * that PS3.15 Table E.1-1 keeps.
 */
const COINCIDENCES: Readonly<Record<string, string>> = {
  "(0008, 1030) Carotids": "Position Reference Indicator (0020,1040)",
  "(0008, 1030) Brain": "Position Reference Indicator (0020,1040)",
  "(0008, 1030) Brain-MRA": "Position Reference Indicator (0020,1040)",
  "(0008, 1030) HEAD": "Receive Coil Name (0018,1250)",
  "(0008, 0090) REMOVED": "Longitudinal Temporal Information Modified (0028,0303)",
  "(0008, 1070) REMOVED": "Longitudinal Temporal Information Modified (0028,0303)",
  "(0008, 0022) 19000101": "the date that stands for any date",
  "(0008, 0023) 19000101": "the date that stands for any date",
  "(0010, 0010) Anonymous": "the name that stands for any name",
  "(0010, 0010) ANON": "the text that stands for any text",
  "(0010, 0010) Patient": "Image Orientation Patient, in a code's meaning",
  "(0010, 0010) Content": "Clean Structured Content Option, in De-identification Method",
  "(0011, 1010) WHOLE BODY_E": "Image ID (0054,0400)",
  "(0011, 1012) WHOLE BODY_E": "Image ID (0054,0400)",
  "(0011, 1030) WHOLE BODY_E": "Image ID (0054,0400)",
  "(0021, 1018) Head": "a code's meaning",
  "(0021, 103d) NONE": "code strings such as Volume Based Calculation Technique (0008,9207)",
  "(200d, 2638) 113933": "a time of day: moved dates leave it",
  "(200d, 110f) CARD_ADULT": "Processing Function (0018,5020)",
  "(200d, 110f) OB_GENERAL": "Processing Function (0018,5020)",
};

/** Errors that dciodvfy has of the result alone, by file. */
const NEW_ERRORS: Readonly<Record<string, readonly string[]>> = {
  // Refused before it would be written: its pixels are on another server, whose URL is removed.
  "generated/odd/jpip_referenced.dcm": [
    "Error - Missing attribute Type 1C Conditional Element=<PixelDataProviderURL> Module=<ImagePixel>",
    "Error - Missing attribute Type 1C Conditional Element=<PixelData> Module=<ImagePixel>",
  ],
};

const CLEANED: readonly DeidOption[] = [
  "clean-graphics",
  "clean-structured-content",
  "clean-descriptors",
  "retain-modified-dates",
];

/** A file of the corpus, and where it was written before and after. */
interface Written {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

for (
  const [name, profile] of [
    ["the basic profile", BASIC],
    ["the options that clean", { ...BASIC, options: new Set(CLEANED) }],
  ] as const satisfies readonly (readonly [string, DeidProfile])[]
) {
  peerTest(
    `deidentify: leaves nothing of anyone in a file of the corpus, nor makes it wrong, by ${name}`,
    ["corpus", "/usr/bin/python3", "dciodvfy", "dcmdump"],
    async (corpus) => {
      const folder = await Deno.makeTempDir();
      try {
        const written = await writeAll(corpus, folder, profile);
        assert(written.length > 480, `only ${written.length} files`);
        assertEquals(await unreadable(written), "");
        assertEquals(await leaksOf(corpus, written), []);
        assertEquals(await newErrors(written), []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

/** Sound objects with a UID. Verdicts on pixels are no matter here: what is written is not sent. */
async function writeAll(corpus: URL, folder: string, profile: DeidProfile): Promise<Written[]> {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  const keyed = keyedBy("corpus");
  const written: Written[] = [];
  for (const { file } of manifest.files as { file: string }[]) {
    const bytes = await soundObject(await Deno.readFile(new URL(file, corpus)));
    if (bytes === undefined) continue;
    const result = deidentifiedFile(await scan(bytes), bytes, profile, keyed);
    const path = `${folder}/${written.length}`;
    await Deno.writeFile(`${path}.before`, bytes);
    await Deno.writeFile(`${path}.after`, result.file);
    written.push({ file, before: `${path}.before`, after: `${path}.after` });
  }
  return written;
}

async function soundObject(stored: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const { dataSet, damage } = await scan(stored);
    const isInstance = text(dataSet, 0x00080016) !== undefined &&
      text(dataSet, 0x00080018) !== undefined;
    return damage === undefined && isInstance ? await copyable(stored) : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** What dcmdump says of all files; it tells errors of each. */
async function unreadable(written: readonly Written[]): Promise<string> {
  const { stderr } = await new Deno.Command("dcmdump", {
    args: ["--log-level", "error", ...written.map(({ after }) => after)],
    stdout: "null",
    stderr: "piped",
  }).output();
  return new TextDecoder().decode(stderr);
}

/** "file: tag value" for each value of the original that is found, but for what is listed. */
async function leaksOf(corpus: URL, written: readonly Written[]): Promise<string[]> {
  const answers = await askPydicom<string[]>(
    "pydicom_leaks.py",
    corpus,
    written.map(({ before, after }) => `${before}\t${after}`),
  );
  return answers.flatMap((leaks, index) =>
    leaks.filter((leak) => COINCIDENCES[leak] === undefined && !isPlainDescriptor(leak))
      .map((leak) => `${written[index]?.file}: ${leak}`)
  );
}

/** A description of which cleaning leaves every word, since none is anyone's. */
function isPlainDescriptor(leak: string): boolean {
  const [, value = ""] = leak.match(/^\((?:0008, 10(?:30|3e)|0018, 1030|0040, a160)\) (.*)$/) ?? [];
  return value !== "" && cleanText(value, new Set(), new Set()) === value;
}

async function newErrors(written: readonly Written[]): Promise<string[]> {
  const found: string[] = [];
  // Two at a time: each starts a program.
  const queue = written.values();
  await Promise.all([1, 2].map(async () => {
    for (const { file, before, after } of queue) {
      const known = new Set([...await errorsOf(before), ...NEW_ERRORS[file] ?? []]);
      for (const error of await errorsOf(after)) {
        if (!known.has(error)) found.push(`${file}: ${error}`);
      }
    }
  }));
  return found;
}

/** The errors of a file without the values that they repeat. */
async function errorsOf(path: string): Promise<Set<string>> {
  const { stdout, stderr } = await new Deno.Command("dciodvfy", { args: [path] }).output();
  const lines = [stdout, stderr].flatMap((bytes) =>
    new TextDecoder("latin1").decode(bytes).split("\n")
  );
  return new Set(
    lines.filter((line) => line.startsWith("Error")).map((line) =>
      line.replace(/"[^"]*"/g, '""').replace(/ = <.*/, "").replace(
        /<?\d+(\.\d+)+>?|<\d+>|\b\d+$/g,
        "UID",
      )
    ),
  );
}

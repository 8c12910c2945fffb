/**
 * A mark in every attribute of PS3.15 Table E.1-1, in every private element and in items of
 * sequences: none is left in the bytes but those that an option keeps by the table's own columns.
 */
import { assert, assertEquals } from "@std/assert";
import { deidentify } from "../../../lib/deid/deidentify.ts";
import { type DeidOption, OPTION_NAMES, OPTIONS } from "../../../lib/deid/option.ts";
import { BASIC } from "../../../lib/deid/profile.ts";
import { PROFILE_TABLE } from "../../../lib/deid/profile_table.ts";
import { writeDataSet } from "../../../lib/dicom/data_set_bytes.ts";
import type { DataSet, Element, Tag } from "../../../lib/dicom/dataset.ts";
import { implicitVR } from "../../../lib/dicom/dictionary.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { dataSet, element, sequence } from "../../support/data_sets.ts";
import { keyedBy } from "../../support/deidentified_file.ts";

/** A line of the table. */
interface Line {
  readonly tag: Tag;
  readonly columns: readonly string[];
}

const LINES: readonly Line[] = PROFILE_TABLE.trim().split("\n").map((line) => {
  const [pattern = "", , ...columns] = line.split(" ");
  return {
    tag: parseInt(pattern.replace("50xxxxxx", "50023000").replaceAll("x", "0"), 16),
    columns,
  };
});

/** Related Series Sequence: the table has nothing of it, so its items stay. */
const UNLISTED_SEQUENCE = 0x00081250;
const PATIENT_ADDRESS = 0x00101040;

const hex = (tag: Tag) => tag.toString(16).toUpperCase().padStart(8, "0");

/** 16 bytes, digits only in a UID; `place` tells the levels apart. */
function mark(tag: Tag, place: string): string {
  return implicitVR(tag, {}) === "UI"
    ? `9.${place}.${tag + 1_000_000_000}9`
    : `Q${place}Z${hex(tag)}ZQ`;
}

function marked({ tag }: Line, place: string): Element {
  const vr = implicitVR(tag, {});
  if (vr !== "SQ") return element(tag, vr, mark(tag, place));
  return sequence(tag, dataSet(element(PATIENT_ADDRESS, "LO", mark(tag, place))));
}

/** Every attribute three times: in the object, in an item, and in an item of an item. */
function markedDataSet(): DataSet {
  const level = (place: string, ...more: readonly Element[]) =>
    dataSet(
      ...LINES.map((line) => marked(line, place)),
      element(0x00090010, "LO", `Q${place}ZCREATORZQ`),
      element(0x00091001, "LO", `Q${place}ZPRIVATEZQ`),
      element(0x000910ff, "UN", `Q${place}ZPRIVATEZQ`),
      sequence(0x00091002, dataSet(element(0x00080070, "LO", `Q${place}ZPRIVATEZQ`))),
      element(0x00083ff1, "LO", `Q${place}ZUNKNOWNZQ`),
      element(0x00142006, "PN", `Q${place}ZEVALUATOR`),
      element(0x00081190, "UR", `http://Q${place}ZURL`),
      ...more,
    );
  const inner = level("2");
  return level("0", sequence(UNLISTED_SEQUENCE, level("1", sequence(UNLISTED_SEQUENCE, inner))));
}

/** The bytes as text, a character a byte. */
function textOf(result: DataSet): string {
  return new TextDecoder("latin1").decode(writeDataSet(result, EXPLICIT_VR_LITTLE_ENDIAN));
}

/** Tags whose marks are found, as "place tag"; anything else that looks like a mark as it is. */
function survivors(options: readonly DeidOption[]): string[] {
  const profile = { ...BASIC, options: new Set(options) };
  const bytes = textOf(deidentify(markedDataSet(), profile, keyedBy("key")).dataSet);
  const found = LINES.flatMap((line) =>
    ["0", "1", "2"].flatMap((place) =>
      bytes.includes(mark(line.tag, place)) ? [`${place} ${hex(line.tag)}`] : []
    )
  );
  const others = bytes.match(/Q\dZ(CREATOR|PRIVATE|UNKNOWN|EVALUATOR|URL)/g) ?? [];
  return [...found, ...others].sort();
}

/** What the table's columns keep: all but sequences, whose items hold what never stays. */
function kept(option: DeidOption): string[] {
  const { letter } = OPTIONS[option];
  return LINES.filter(({ tag, columns }) =>
    columns.includes(`${letter}K`) && implicitVR(tag, {}) !== "SQ" && !EXCEPT.has(tag)
  ).flatMap(({ tag }) => ["0", "1", "2"].map((place) => `${place} ${hex(tag)}`)).sort();
}

/** Patient's Age, which stays only if it is an age; File Meta Information and command elements. */
const EXCEPT: ReadonlySet<Tag> = new Set([
  0x00101010,
  0x00001001,
  0x00001000,
  0x00020003,
  0x00041511,
]);

Deno.test("deidentify: no mark is left by the basic profile", () => {
  const before = textOf(markedDataSet());
  assert(LINES.every(({ tag }) => before.includes(mark(tag, "2"))));
  assertEquals(LINES.length, 620);
  assertEquals(survivors([]), []);
});

for (const option of OPTION_NAMES) {
  Deno.test(`deidentify: of all marks, ${option} leaves those that it keeps`, () => {
    assertEquals(survivors([option]), kept(option));
  });
}

Deno.test("deidentify: all options together leave the sum of what they keep", () => {
  const options = OPTION_NAMES.filter((name) => name !== "retain-full-dates");
  const dates = new Set(kept("retain-full-dates"));
  const sum = new Set(options.flatMap(kept).filter((each) => !dates.has(each)));
  assertEquals(survivors(options), [...sum].sort());
});

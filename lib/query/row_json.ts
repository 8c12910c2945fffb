/**
 * Rows of a search as DICOM JSON (PS3.18 F), written straight from the text of the columns: for a
 * query it is decided once which attributes an answer has and how each is written; a row is then
 * one run of concatenations, its attributes in ascending order of tags.
 * @module
 */
import type { Tag, VR } from "../dicom/dataset.ts";
import { formatTag, implicitVR, lookup } from "../dicom/dictionary.ts";
import type { Level } from "./query.ts";
import type { ReturnedAttribute } from "./returned.ts";

/** Values by keyword, as the index keeps them: text, several values separated by `\`. */
export type RowValues = Readonly<Record<string, string | null | undefined>>;

/** Writes rows of one query. */
export interface RowWriter {
  /** One result as a JSON object. */
  write(values: RowValues): string;
  /** The same with members of a stored header, by tag; they stand where a column has the tag too. */
  writeWith(values: RowValues, header: Iterable<readonly [string, string]>): string;
}

/** One attribute of an answer: the JSON of its element, or "" to leave it out. */
interface Field {
  readonly tag: string;
  readonly write: (values: RowValues) => string;
}

// deno-lint-ignore no-control-regex -- what JSON cannot hold as it is
const NEEDS_ESCAPE = /["\\\x00-\x1F\uD800-\uDFFF]/;
const INTEGER = /^-?\d{1,15}$/;
const GROUPS = ["Alphabetic", "Ideographic", "Phonetic"] as const;

/**
 * A writer for the columns of a query. `base`: URL of the archive's DICOMweb root, from which the
 * Retrieve URL of each result is made; patients have none. `asked`: attributes of headers that a
 * result names even where it has no value for them (PS3.4 C.2.2.1.3), as it does columns.
 */
export function createRowWriter(
  level: Level,
  columns: readonly ReturnedAttribute[],
  base: string,
  asked: Iterable<Tag> = [],
): RowWriter {
  const empties = emptyElements(asked);
  const fields = [...computedFields(level, base), ...columnFields(columns)]
    .sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const keyed = fields.map(({ tag, write }) => ({ key: `,"${tag}":`, write }));
  return {
    write(values) {
      let text = "";
      for (const { key, write } of keyed) {
        const element = write(values);
        if (element !== "") text += key + element;
      }
      return `{${text.slice(1)}}`;
    },
    writeWith(values, header) {
      const members = new Map(header);
      for (const { tag, write } of fields) {
        const element = members.has(tag) ? "" : write(values);
        if (element !== "") members.set(tag, element);
      }
      for (const [tag, element] of empties) {
        if (!members.has(tag)) members.set(tag, element);
      }
      const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${sorted.map(([tag, element]) => `"${tag}":${element}`).join(",")}}`;
    },
  };
}

/** Elements without a value, by tag; what the dictionary does not know has no VR to be written with. */
function emptyElements(tags: Iterable<Tag>): readonly (readonly [string, string])[] {
  return [...tags].flatMap((tag) => {
    const known = lookup(tag) !== undefined;
    return known ? [[formatTag(tag), `{"vr":"${implicitVR(tag, {})}"}`] as const] : [];
  });
}

/** What every result says of itself: its text is UTF-8, it is on line, and where it is. */
function computedFields(level: Level, base: string): Field[] {
  const characterSet = constant("00080005", '{"vr":"CS","Value":["ISO_IR 192"]}');
  if (level === "patient") return [characterSet];
  const open = `{"vr":"UR","Value":[`;
  return [
    characterSet,
    constant("00080056", '{"vr":"CS","Value":["ONLINE"]}'),
    {
      tag: "00081190",
      write: (values) => `${open}${quote(retrieveURL(level, base, values))}]}`,
    },
  ];
}

function constant(tag: string, element: string): Field {
  return { tag, write: () => element };
}

function retrieveURL(level: Level, base: string, values: RowValues): string {
  const study = `${base}/studies/${values.StudyInstanceUID}`;
  if (level === "study") return study;
  const series = `${study}/series/${values.SeriesInstanceUID}`;
  return level === "series" ? series : `${series}/instances/${values.SOPInstanceUID}`;
}

function columnFields(columns: readonly ReturnedAttribute[]): Field[] {
  const fields: Field[] = [];
  const sequences = new Map<number, ReturnedAttribute[]>();
  for (const column of columns) {
    const { sequence } = column.attribute;
    if (sequence === undefined) fields.push(elementField(column));
    else sequences.set(sequence, [...sequences.get(sequence) ?? [], column]);
  }
  for (const [sequence, inside] of sequences) {
    fields.push({ tag: formatTag(sequence), write: sequenceWriter(inside) });
  }
  return fields;
}

function elementField({ attribute, evenEmpty }: ReturnedAttribute): Field {
  const { keyword, tag, vr } = attribute;
  const empty = evenEmpty ? `{"vr":"${vr}"}` : "";
  const open = `{"vr":"${vr}","Value":[`;
  return {
    tag: formatTag(tag),
    write(values) {
      const value = values[keyword];
      if (value === undefined || value === null || value === "") return empty;
      return `${open}${writeValues(vr, value)}]}`;
    },
  };
}

/** A sequence whose columns hold one value for each item. */
function sequenceWriter(columns: readonly ReturnedAttribute[]): Field["write"] {
  const empty = columns.some(({ evenEmpty }) => evenEmpty) ? '{"vr":"SQ"}' : "";
  const sorted = columns.map(({ attribute }) => attribute).sort((a, b) => a.tag - b.tag);
  return (values) => {
    const cells = sorted.map(({ keyword }) => values[keyword]?.split("\\") ?? []);
    const count = Math.max(...cells.map((cell) => cell.length));
    if (count === 0) return empty;
    const items = Array.from({ length: count }, (_, item) => {
      const elements = sorted.map(({ tag, vr }, column) => {
        const value = cells[column]?.[item] ?? "";
        const rest = value === "" ? "" : `,"Value":[${writeValue(vr, value)}]`;
        return `"${formatTag(tag)}":{"vr":"${vr}"${rest}}`;
      });
      return `{${elements.join(",")}}`;
    });
    return `{"vr":"SQ","Value":[${items.join(",")}]}`;
  };
}

function writeValues(vr: VR, value: string): string {
  if (!value.includes("\\")) return writeValue(vr, value);
  return value.split("\\").map((each) => each === "" ? "null" : writeValue(vr, each)).join(",");
}

function writeValue(vr: VR, value: string): string {
  switch (vr) {
    case "IS":
    case "US":
      // A value that is no integer stays visible as the text that it is (PS3.18 F.2.3).
      return INTEGER.test(value) ? String(Number(value)) : quote(value);
    case "PN":
      return writeName(value);
    default:
      return quote(value);
  }
}

function writeName(value: string): string {
  if (!value.includes("=")) return `{"Alphabetic":${quote(value)}}`;
  const groups = value.split("=", GROUPS.length).map((group, index) =>
    group === "" ? "" : `"${GROUPS[index]}":${quote(group)}`
  );
  return `{${groups.filter((group) => group !== "").join(",")}}`;
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

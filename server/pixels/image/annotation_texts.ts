/**
 * What is written on an image where annotations are asked for (PS3.18 8.3.5.1.1).
 * @module
 */
import { charsetOf } from "../../../lib/dicom/charset.ts";
import type { DataSet, Tag } from "../../../lib/dicom/dataset.ts";
import { numbers, text } from "../../../lib/dicom/values.ts";
import type { AnnotationTexts } from "./description.ts";

/** Longest line kept, in UTF-16 units. */
const LINE_MAX = 64;

/** The lines of a data set, those of single frames left out. */
export function annotationTexts(dataSet: DataSet): AnnotationTexts {
  const charset = charsetOf(dataSet);
  const word = (tag: Tag) => text(dataSet, tag, charset);
  return { patient: lines(patientLines(word)), technique: lines(techniqueLines(dataSet, word)) };
}

/** The line that tells a frame from the others. `z` is its position along the patient in mm. */
export function frameLine(frame: number, frames: number, z: number | undefined): string {
  return joined([`Frame ${frame}/${frames}`, z !== undefined && `Z ${rounded(z)} mm`]);
}

type Word = (tag: Tag) => string | undefined;
type Part = string | false | undefined;

function lines(found: readonly string[]): string[] {
  return found.filter((line) => line !== "").map((line) => line.slice(0, LINE_MAX));
}

function joined(parts: readonly Part[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== "").join("  ");
}

function patientLines(word: Word): string[] {
  return [
    personName(word(0x00100010)),
    labelled("ID", word(0x00100020)),
    joined([labelled("Born", date(word(0x00100030))), word(0x00100040), word(0x00101010)]),
  ];
}

function techniqueLines(dataSet: DataSet, word: Word): string[] {
  const number = (tag: Tag, label: string, unit: string) => {
    const [value] = numbers(dataSet, tag);
    return value !== undefined && Number.isFinite(value) && `${label} ${rounded(value)}${unit}`;
  };
  const [, , z] = numbers(dataSet, 0x00200032);
  const hasZ = z !== undefined && Number.isFinite(z);
  return [
    joined([word(0x00080060), word(0x0008103e) ?? word(0x00081030)]),
    joined([date(word(0x00080020)), time(word(0x00080030))]),
    joined([labelled("Series", word(0x00200011)), labelled("Image", word(0x00200013))]),
    joined([
      number(0x00201041, "Slice", " mm") || (hasZ && `Z ${rounded(z)} mm`),
      number(0x00180050, "Thickness", " mm"),
    ]),
    joined([
      number(0x00180060, "kV", ""),
      number(0x00181151, "mA", ""),
      number(0x00180080, "TR", " ms"),
      number(0x00180081, "TE", " ms"),
    ]),
  ];
}

function labelled(label: string, value: string | undefined): string {
  return value === undefined || value === "" ? "" : `${label} ${value}`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** The alphabetic group, as `Family, Given Middle`; the first that is there where it is empty. */
function personName(value: string | undefined): string {
  const group = (value ?? "").split("=").find((part) => /[^^\s]/.test(part)) ?? "";
  const [family = "", given = "", middle = ""] = group.split("^").map((part) => part.trim());
  const first = [given, middle].filter((part) => part !== "").join(" ");
  return [family, first].filter((part) => part !== "").join(", ");
}

/** 19700131 as 1970-01-31; what is no date as it is. */
function date(value: string | undefined): string {
  return (value ?? "").replace(/^(\d{4})\.?(\d\d)\.?(\d\d)$/, "$1-$2-$3");
}

function time(value: string | undefined): string {
  return (value ?? "").replace(
    /^(\d\d):?(\d\d)(?::?(\d\d))?.*$/,
    (_, ...parts) => parts.slice(0, 3).filter((part) => part !== undefined).join(":"),
  );
}

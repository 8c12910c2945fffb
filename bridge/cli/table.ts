/**
 * Data sets as a table that a person can read.
 * @module
 */
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { formatTag, keywordOf } from "../../lib/dicom/dictionary.ts";
import { items, numbers, strings } from "../../lib/dicom/values.ts";
import { VR_TRAITS } from "../../lib/dicom/vr.ts";
import { printable } from "./output.ts";

/** Characters of a column at most, but for the last: UIDs are longer than a screen is wide. */
const WIDEST = 64;

/** The lines of a table, a column for each tag, the names of the attributes above. */
export function tableOf(rows: readonly DataSet[], columns: readonly Tag[]): string[] {
  const names = columns.map((tag) => keywordOf(tag) ?? formatTag(tag));
  const cells = [names, ...rows.map((row) => columns.map((tag) => valueText(row, tag)))];
  const widths = columns.map((_, column) =>
    Math.min(WIDEST, Math.max(...cells.map((line) => line[column]!.length)))
  );
  return cells.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  );
}

function valueText(row: DataSet, tag: Tag): string {
  const element = row.get(tag);
  if (element === undefined) return "";
  switch (VR_TRAITS[element.vr].kind) {
    case "text":
      return printable(strings(row, tag).join("\\"));
    case "number":
      return numbers(row, tag).join("\\");
    case "items":
      return `${items(row, tag).length} items`;
    case "tag":
    case "bytes":
      return element.kind === "value" && element.bytes.length > 0 ? "…" : "";
  }
}

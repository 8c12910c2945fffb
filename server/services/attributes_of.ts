/**
 * The searchable attributes of a data set as the index keeps them.
 * @module
 */
import { type Charset, charsetOf } from "../../lib/dicom/charset.ts";
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { numbers, strings } from "../../lib/dicom/values.ts";
import { SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import type { AttributeValues } from "../index/index.ts";
import type { InstanceUIDs } from "./store_result.ts";

/**
 * Longest value kept in a column, in UTF-16 units: far above what any of their VRs allows, and
 * short enough that a row of hostile values stays small. The metadata has the whole value.
 */
export const COLUMN_MAX = 4096;

/** Values of every attribute that the index does not derive itself, by keyword. `uids` are as identified, without padding. */
export function attributesOf(dataSet: DataSet, uids: InstanceUIDs): AttributeValues {
  const charset = charsetOf(dataSet);
  const values: Record<string, string | null> = {};
  for (const { keyword, tag, vr, sequence, derived } of SEARCH_ATTRIBUTES) {
    if (derived) continue;
    const texts = sequence !== undefined
      ? firstOfItems(dataSet, sequence, tag, charset)
      : vr === "US"
      ? numbers(dataSet, tag).map(String)
      : strings(dataSet, tag, charset);
    values[keyword] = texts.some((text) => text !== "")
      ? texts.join("\\").slice(0, COLUMN_MAX)
      : null;
  }
  return { ...values, ...uids };
}

/** One value for each item, empty where the item lacks it, so that the columns of one sequence can be zipped. */
function firstOfItems(dataSet: DataSet, sequence: Tag, tag: Tag, charset: Charset): string[] {
  const element = dataSet.get(sequence);
  if (element?.kind !== "sequence") return [];
  return element.items.map((item) => strings(item, tag, charsetOf(item, charset))[0] ?? "");
}

/**
 * What the parameters of queries mean, for people and for descriptions of the server. Which of them
 * a request takes is in lib/query.
 * @module
 */
import { depthOf, pathOf, SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import { keywordOf } from "../../lib/dicom/dictionary.ts";
import type { Level } from "../../lib/query/query.ts";

/** A value in JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** One parameter. */
export interface QueryParameter {
  readonly name: string;
  readonly schema: Schema;
  /** One sentence. */
  readonly description: string;
}

const TEXT: Schema = { type: "string" };
const FLAG: Schema = { type: "string", enum: ["true", "false"] };
const COUNT: Schema = { type: "integer", minimum: 0, maximum: 999_999_999 };
const NUMBER: Schema = { type: "number" };
const UID: Schema = { type: "string", maxLength: 128 };

/** Every parameter that is no attribute, by name. */
const MEANINGS: Readonly<Record<string, readonly [Schema, string]>> = {
  accept: [TEXT, "Media types, which go before those of the header Accept."],
  charset: [TEXT, "Character sets; text is UTF-8 whatever is asked for."],
  anonymize: [TEXT, "`true`, `yes` or a profile's name: instances are de-identified by it."],
  fuzzymatching: [FLAG, "Names match by prefixes of their components, without case and accents."],
  emptyvaluematching: [FLAG, 'The value `""` matches what has no value.'],
  multiplevaluematching: [FLAG, "Values separated by a backslash match each by itself."],
  includefield: [TEXT, "Attributes to return as well, separated by commas, or `all`."],
  orderby: [TEXT, "Attributes to order by, separated by commas, descending behind a minus."],
  limit: [COUNT, "Results at most."],
  offset: [COUNT, "Results to skip."],
  after: [TEXT, "Cursor of the header Link of an earlier answer: what comes behind it."],
  count: [FLAG, "The header X-Total-Count says how many match."],
  viewport: [TEXT, "Width and height to scale to, and of images a region of the source."],
  window: [TEXT, "Center, width and one of linear, linear-exact and sigmoid."],
  quality: [{ type: "integer", minimum: 1, maximum: 100 }, "Of a JPEG, from 1 to 100."],
  iccprofile: [
    { type: "string", enum: ["no", "yes", "srgb", "adobergb", "rommrgb"] },
    "Colours, and whether the image says which they are.",
  ],
  annotation: [TEXT, "What is written into the image: patient, technique."],
  requestType: [{ type: "string", const: "WADO" }, "Always WADO."],
  studyUID: [UID, "Study Instance UID."],
  seriesUID: [UID, "Series Instance UID."],
  objectUID: [UID, "SOP Instance UID."],
  contentType: [TEXT, "`application/dicom`, or media types of images."],
  transferSyntax: [UID, "Transfer syntax of application/dicom; `*` for the stored one."],
  frameNumber: [{ type: "integer", minimum: 1 }, "The frame of an image."],
  imageQuality: [{ type: "integer", minimum: 1, maximum: 100 }, "Of a JPEG, from 1 to 100."],
  rows: [{ type: "integer", minimum: 1 }, "Rows at most."],
  columns: [{ type: "integer", minimum: 1 }, "Columns at most."],
  region: [TEXT, "Left, top, right and lower edge in fractions of the image."],
  windowCenter: [NUMBER, "Center of the window."],
  windowWidth: [NUMBER, "Width of the window."],
  presentationUID: [UID, "SOP Instance UID of a presentation state."],
  presentationSeriesUID: [UID, "Series Instance UID of a presentation state."],
};

/** Descriptions of parameters. Throws RangeError for one that nobody has described. */
export function described(names: Iterable<string>): readonly QueryParameter[] {
  return [...names].map((name) => {
    const meaning = MEANINGS[name];
    if (meaning === undefined) throw new RangeError(`Nobody has described ${name}`);
    const [schema, description] = meaning;
    return { name, schema, description };
  });
}

const MATCHED_BY = {
  uid: "one value, or a list",
  text: "a value, with wildcards * and ?",
  name: "a name, with wildcards * and ?",
  date: "a date, or a range",
  time: "a time, or a range",
  number: "a number, with wildcards * and ?",
} as const;

/** Attributes that a search at a level matches: each by keyword, as a parameter's name. */
export function matchedAttributes(level: Level): readonly QueryParameter[] {
  return SEARCH_ATTRIBUTES
    .filter((attribute) => attribute.matched && depthOf(attribute.level) <= depthOf(level))
    .map((attribute) => ({
      name: pathOf(attribute).map((tag) => keywordOf(tag)).join("."),
      schema: TEXT,
      description: `Matches ${MATCHED_BY[attribute.match]} (${attribute.vr}).`,
    }));
}

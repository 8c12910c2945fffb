/**
 * The Native DICOM Model in XML (PS3.19 A.1) of a data set.
 * @module
 */

import { isNumberVR, readNumbers, readTags } from "./binary_values.ts";
import { type Charset, charsetOf, decodeText, DEFAULT_CHARSET, trimEnd } from "./charset.ts";
import type { DataSet, Element, Tag, ValueElement, VR } from "./dataset.ts";
import { formatTag, isPrivate, isPrivateCreator, keywordOf } from "./dictionary.ts";
import { ascending, type JsonOptions } from "./json.ts";
import { PERSON_NAME_GROUPS, text } from "./values.ts";
import { VR_TRAITS } from "./vr.ts";

/** The namespace of the model's elements (PS3.19 A.1.6). */
export const NATIVE_DICOM_MODEL = "http://dicom.nema.org/PS3.19/models/NativeDICOM";

/** The components of a component group in their order, as PS3.19 Table A.1.5-4 names them. */
export const PERSON_NAME_COMPONENTS = [
  "FamilyName",
  "GivenName",
  "MiddleName",
  "NamePrefix",
  "NameSuffix",
] as const;

const SPECIFIC_CHARACTER_SET = 0x00080005;

/**
 * The document of a data set. Characters that XML 1.0 has no way to write, control characters
 * above all, become U+FFFD.
 */
export function encodeXml(dataSet: DataSet, options: JsonOptions): string {
  const attributes = attributesOf(dataSet, "", DEFAULT_CHARSET, options);
  return `<?xml version="1.0" encoding="UTF-8"?>` +
    `<NativeDicomModel xml:space="preserve" xmlns="${NATIVE_DICOM_MODEL}">` +
    `${attributes}</NativeDicomModel>`;
}

function attributesOf(
  dataSet: DataSet,
  path: string,
  inherited: Charset,
  options: JsonOptions,
): string {
  const charset = charsetOf(dataSet, inherited);
  let xml = "";
  for (const element of ascending(dataSet)) {
    // Group lengths have no place in it (A.1.1).
    if ((element.tag & 0xFFFF) === 0) continue;
    const content = contentOf(element, path + formatTag(element.tag), charset, options);
    xml += `<DicomAttribute ${identityOf(dataSet, element, charset)}>${content}</DicomAttribute>`;
  }
  return xml;
}

/** A private attribute goes by its creator, its tag without the block that the creator has here (A.1.5-2). */
function identityOf(dataSet: DataSet, { tag, vr }: Element, charset: Charset): string {
  const creator = creatorOf(dataSet, tag, charset);
  if (creator !== undefined) {
    const name = formatTag((tag & 0xFFFF00FF) >>> 0);
    return `tag="${name}" vr="${vr}" privateCreator="${escapeXml(creator)}"`;
  }
  const keyword = keywordOf(tag);
  return `tag="${formatTag(tag)}" vr="${vr}"${keyword ? ` keyword="${keyword}"` : ""}`;
}

function creatorOf(dataSet: DataSet, tag: Tag, charset: Charset): string | undefined {
  if (!isPrivate(tag) || isPrivateCreator(tag)) return undefined;
  const block = (tag >>> 8) & 0xFF;
  return block < 0x10 ? undefined : text(dataSet, ((tag & 0xFFFF0000) >>> 0) + block, charset);
}

function contentOf(
  element: Element,
  path: string,
  charset: Charset,
  options: JsonOptions,
): string {
  switch (element.kind) {
    case "value":
      return valueOf(element, charset);
    case "sequence":
      return element.items.map((item, index) => {
        const attributes = attributesOf(item, `${path}/${index + 1}/`, charset, options);
        return `<Item number="${index + 1}">${attributes}</Item>`;
      }).join("");
    case "bulk":
    case "fragments":
      return `<BulkData uri="${escapeXml(options.bulkDataURI(path))}"/>`;
    case "uri":
      return `<BulkData uri="${escapeXml(element.uri)}"/>`;
  }
}

function valueOf({ tag, vr, bytes }: ValueElement, charset: Charset): string {
  if (bytes.length === 0) return "";
  if (isNumberVR(vr)) {
    return valuesOf(
      readNumbers(vr, bytes).map((value) => Object.is(value, -0) ? "-0" : `${value}`),
    );
  }
  const { kind, multiValued } = VR_TRAITS[vr];
  if (kind === "tag") return valuesOf(readTags(bytes).map(formatTag));
  if (kind !== "text") return `<InlineBinary>${bytes.toBase64()}</InlineBinary>`;
  if (tag === SPECIFIC_CHARACTER_SET) return valuesOf(["ISO_IR 192"]);
  const whole = decodeText(bytes, vr, charset);
  if (whole === "") return "";
  const values = multiValued ? whole.split("\\").map(trimEnd) : [whole];
  return vr === "PN" ? values.map(personNameOf).join("") : valuesOf(values.map(trimmedIn(vr)));
}

/** Numbers in text have no spaces around them, whatever the file has. */
function trimmedIn(vr: VR): (value: string) => string {
  return vr === "DS" || vr === "IS" ? (value) => value.trim() : (value) => value;
}

function valuesOf(values: readonly string[]): string {
  return values.map((value, index) =>
    value === ""
      ? `<Value number="${index + 1}"/>`
      : `<Value number="${index + 1}">${escapeXml(value)}</Value>`
  ).join("");
}

function personNameOf(name: string, index: number): string {
  const groups = name.split("=");
  const xml = PERSON_NAME_GROUPS.map((element, at) => {
    const group = trimEnd(groups[at] ?? "");
    return group === "" ? "" : `<${element}>${componentsOf(group)}</${element}>`;
  });
  return `<PersonName number="${index + 1}">${xml.join("")}</PersonName>`;
}

function componentsOf(group: string): string {
  const components = group.split("^");
  const last = PERSON_NAME_COMPONENTS.length - 1;
  return PERSON_NAME_COMPONENTS.map((element, at) => {
    // What is one too many stays where reading it joins it again.
    const text = at < last ? components[at] ?? "" : components.slice(last).join("^");
    return text === "" ? "" : `<${element}>${escapeXml(text)}</${element}>`;
  }).join("");
}

/** Text as content or attribute: a parser gives back these characters and no others (XML 1.0 2.2, 2.11, 3.3.3). */
export function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replace(/[&<>"\0-\x1F\uFFFE\uFFFF]/g, (character) => {
    switch (character) {
      case "&":
        return "&amp;";
      case "<":
        return "&lt;";
      case ">":
        return "&gt;";
      case '"':
        return "&quot;";
      case "\t":
        return "&#9;";
      case "\n":
        return "&#10;";
      case "\r":
        return "&#13;";
      default:
        return "\uFFFD";
    }
  });
}

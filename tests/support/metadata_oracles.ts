/**
 * DICOM JSON of one file as this project, pydicom and DCMTK make it, in a form in which the three
 * can be compared attribute by attribute.
 * @module
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import type { DataSet, InstanceScan } from "../../lib/dicom/dataset.ts";
import { encodeJson } from "../../lib/dicom/json.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_BIG_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { layoutOf, swapWords } from "../../lib/dicom/value_layout.ts";
import { decodeXml } from "../../lib/dicom/xml_decode.ts";
import { DecodeError } from "../../lib/errors.ts";
import { askPydicom } from "./pydicom.ts";

/** The implementations that ours is compared with. */
export type Oracle = "pydicom" | "dcm2json" | "dcm2xml";

/**
 * Attributes by path (`00081115/1/00080018`, items from 1): VR and value as text. Octets, inline or
 * not, are given as length and digest, since where they stand is each implementation's choice.
 */
export type Metadata = ReadonlyMap<string, string>;

/** An attribute as any of the three writes it; `bytes` is what pydicom_json.py makes of InlineBinary. */
interface Attribute {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
  readonly bytes?: readonly [number, string];
  readonly error?: string;
}

type AttributeObject = Readonly<Record<string, Attribute>>;

/** What this project says; undefined where it refuses the file. */
export async function ownMetadata(bytes: Uint8Array): Promise<Metadata | undefined> {
  const scan = await scanOf(bytes);
  if (scan === undefined) return undefined;
  const bulk = bulkBytes(scan, bytes);
  const text = encodeJson(scan.dataSet, { bulkDataURI: (path) => path });
  return flatten(JSON.parse(text), (path) => bulk.get(path) ?? new Uint8Array());
}

/** What pydicom says of each file, by name; undefined where it cannot read one. */
export async function pydicomMetadata(
  corpus: URL,
  files: readonly string[],
): Promise<Map<string, Metadata | undefined>> {
  const answers = await askPydicom<{ file: string; object?: AttributeObject }>(
    "pydicom_json.py",
    corpus,
    files,
  );
  return new Map(answers.map(({ file, object }) => [file, object && flatten(object)]));
}

/** What DCMTK's dcm2json says, or the reason why it says nothing. */
export async function dcm2jsonMetadata(bytes: Uint8Array): Promise<Metadata | string> {
  const text = await askDcmtk("dcm2json", ["--compact-code", "--encode-extended"], bytes);
  if (typeof text !== "string") return text.refused;
  return flatten(JSON.parse(text.replace(/([[,])(-?)(inf|nan)(?=[,\]])/g, wordOf)));
}

/** What DCMTK's dcm2xml says in the Native DICOM Model, as our own decoder reads it. */
export async function dcm2xmlMetadata(bytes: Uint8Array): Promise<Metadata | string> {
  const options = ["--native-format", "--encode-base64", "--convert-to-utf8"];
  const text = await askDcmtk("dcm2xml", options, bytes);
  if (typeof text !== "string") return text.refused;
  return flatten(JSON.parse(encodeJson(decodeXml(text), { bulkDataURI: (path) => path })));
}

/**
 * What a tool of DCMTK prints. Encapsulated pixel data, which these tools refuse, is taken out
 * before; that attribute is compared with pydicom only.
 */
async function askDcmtk(
  tool: "dcm2json" | "dcm2xml",
  options: readonly string[],
  bytes: Uint8Array,
): Promise<string | { refused: string }> {
  const file = await Deno.makeTempFile({ suffix: ".dcm" });
  try {
    await Deno.writeFile(file, await withoutFragments(bytes));
    const args = ["--quiet", ...options, file];
    const { success, stdout, stderr } = await new Deno.Command(tool, { args }).output();
    // Not fatal on bytes that are no UTF-8: DCMTK passes on values that it did not convert.
    const decoder = new TextDecoder();
    if (success) return decoder.decode(stdout);
    return { refused: decoder.decode(stderr).split(":")[1]?.trim() || "unreadable" };
  } finally {
    await Deno.remove(file);
  }
}

/** `inf` and `nan` as DCMTK writes them beside JSON, as strings. */
function wordOf(_: string, before: string, sign: string, word: string): string {
  return `${before}"${word === "nan" ? "NaN" : `${sign}Infinity`}"`;
}

async function scanOf(bytes: Uint8Array): Promise<InstanceScan | undefined> {
  try {
    const scanner = createInstanceScanner();
    await scanner.push(bytes);
    return await scanner.end();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Values that are not in memory, by path. */
function bulkBytes(scan: InstanceScan, bytes: Uint8Array): Map<string, Uint8Array> {
  const source = transferSyntax(scan.transferSyntaxUID)?.deflated
    ? new Uint8Array(inflateRawSync(bytes.subarray(scan.dataSetOffset)))
    : bytes;
  const found = new Map<string, Uint8Array>();
  const isBigEndian = scan.transferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN;
  const walk = (dataSet: DataSet, prefix: string) => {
    for (const [tag, element] of dataSet) {
      const path = prefix + tag.toString(16).toUpperCase().padStart(8, "0");
      if (element.kind === "bulk") {
        const { offset, length } = element.place;
        const value = source.subarray(offset, offset + length);
        found.set(path, isBigEndian ? swapWords(value, layoutOf(element.vr).wordBytes) : value);
      }
      if (element.kind === "fragments") {
        const { start, end } = fragmentsRange(element.basicOffsetTable, element.fragments);
        found.set(path, source.subarray(start, end));
      }
      if (element.kind === "sequence") {
        element.items.forEach((item, index) => walk(item, `${path}/${index + 1}/`));
      }
    }
  };
  walk(scan.dataSet, "");
  return found;
}

/** From the item of the offset table to the end of the last fragment: what pydicom has as the value. */
function fragmentsRange(
  basicOffsetTable: Uint8Array,
  fragments: Float64Array,
): { start: number; end: number } {
  const start = (fragments[0] ?? 0) - 8 - basicOffsetTable.length - 8;
  return { start, end: (fragments.at(-2) ?? 0) + (fragments.at(-1) ?? 0) };
}

async function withoutFragments(bytes: Uint8Array): Promise<Uint8Array> {
  const pixels = (await scanOf(bytes))?.dataSet.get(0x7FE00010);
  if (pixels?.kind !== "fragments") return bytes;
  const { start, end } = fragmentsRange(pixels.basicOffsetTable, pixels.fragments);
  // 12 bytes of the element's header before, the Sequence Delimitation Item behind.
  return new Uint8Array([...bytes.subarray(0, start - 12), ...bytes.subarray(end + 8)]);
}

function flatten(
  object: AttributeObject,
  bulkAt: (path: string) => Uint8Array = () => new Uint8Array(),
): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (attributes: AttributeObject, prefix: string) => {
    for (const [tag, attribute] of Object.entries(attributes)) {
      // Group lengths, and the File Meta Information that pydicom keeps apart anyway.
      if (tag.endsWith("0000") || tag.startsWith("0002")) continue;
      const path = prefix + tag;
      const { vr, Value: values = [] } = attribute;
      if (vr === "SQ") {
        found.set(path, `SQ ${values.length}`);
        values.forEach((item, index) => walk(item as AttributeObject, `${path}/${index + 1}/`));
      } else {
        found.set(path, `${vr} ${contentOf(attribute, path, bulkAt)}`);
      }
    }
  };
  walk(object, "");
  return found;
}

function contentOf(
  attribute: Attribute,
  path: string,
  bulkAt: (path: string) => Uint8Array,
): string {
  const { Value: values, InlineBinary: base64, BulkDataURI: uri, bytes, error } = attribute;
  if (error !== undefined) return error;
  if (bytes !== undefined) return bytes.join(" ");
  if (base64 !== undefined) return digest(Uint8Array.fromBase64(base64));
  if (uri !== undefined) return digest(bulkAt(path));
  return JSON.stringify((values ?? []).map((value) => normalised(attribute.vr, value)));
}

/**
 * One value, so that two ways to write the same one are alike: F.2.3 lets decimal and integer
 * strings and 64-bit integers be numbers or strings, and a single-precision number is the same
 * with nine digits as with seventeen.
 */
function normalised(vr: string, value: unknown): unknown {
  switch (vr) {
    case "DS":
    case "IS":
    case "SV":
    case "UV":
      return typeof value === "string" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "FL":
      return typeof value === "number" ? Math.fround(value) : value;
    default:
      return value;
  }
}

function digest(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash("sha1").update(bytes).digest("hex")}`;
}

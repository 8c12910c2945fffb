import { assert, assertEquals, assertThrows } from "@std/assert";
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import { readDataSet } from "../../../lib/dicom/data_set_bytes.ts";
import { createDicomdir, type DirectoryInstance } from "../../../lib/dicom/dicomdir.ts";
import { recordTypeOf } from "../../../lib/dicom/directory_types.ts";
import { readFileHead } from "../../../lib/dicom/file_head.ts";
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { integer, items, strings, text } from "../../../lib/dicom/values.ts";
import { LimitError } from "../../../lib/errors.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const SR = "1.2.840.10008.5.1.4.1.1.88.11";
const PALETTE = "1.2.840.10008.5.1.4.39.1";

type Attributes = Record<string, readonly [vr: string, ...values: unknown[]]>;

/** An instance out of attributes by their tags. */
function instance(
  number: number,
  attributes: Attributes = {},
  differences: Partial<DirectoryInstance> = {},
): DirectoryInstance {
  const all: Attributes = {
    "00100010": ["PN", { Alphabetic: "Doe^Jane" }],
    "00100020": ["LO", "PID1"],
    "00200013": ["IS", number],
    ...attributes,
  };
  const json = Object.entries(all).map(([tag, [vr, ...Value]]) => [tag, { vr, Value }]);
  return {
    StudyInstanceUID: "1.2",
    SeriesInstanceUID: "1.2.3",
    SOPInstanceUID: `1.2.3.${number}`,
    SOPClassUID: CT,
    TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
    fileId: ["DICOM", `F${number}`],
    dataSet: decodeJson(Object.fromEntries(json)),
    ...differences,
  };
}

function encoded(...instances: DirectoryInstance[]): Uint8Array {
  const dicomdir = createDicomdir();
  for (const each of instances) dicomdir.add(each);
  return dicomdir.encode("1.2.3.99");
}

/** The data set that an item of this place in the file holds. */
function recordAt(file: Uint8Array, offset: number): DataSet {
  const view = new DataView(file.buffer, file.byteOffset);
  assertEquals(view.getUint32(offset, true), 0xe000fffe);
  const length = view.getUint32(offset + 4, true);
  return readDataSet(file.subarray(offset + 8, offset + 8 + length), EXPLICIT_VR_LITTLE_ENDIAN);
}

interface Node {
  readonly record: DataSet;
  readonly below: readonly Node[];
}

/** The records that begin at an offset, by the offsets that they refer to each other with. */
function treeAt(file: Uint8Array, offset: number): Node[] {
  const nodes: Node[] = [];
  while (offset > 0) {
    const record = recordAt(file, offset);
    nodes.push({ record, below: treeAt(file, integer(record, 0x00041420) ?? 0) });
    offset = integer(record, 0x00041400) ?? 0;
  }
  return nodes;
}

function readDicomdir(file: Uint8Array): { directory: DataSet; tree: Node[] } {
  const head = readFileHead(file);
  assert(head !== undefined);
  assertEquals(text(head.fileMeta!, 0x00020002), "1.2.840.10008.1.3.10");
  const directory = readDataSet(file.subarray(head.dataSetOffset), EXPLICIT_VR_LITTLE_ENDIAN);
  return { directory, tree: treeAt(file, integer(directory, 0x00041200) ?? 0) };
}

/** Types and what tells them apart, in the order of the file. */
function outline(nodes: readonly Node[]): unknown[] {
  return nodes.map(({ record, below }) => {
    const type = text(record, 0x00041430);
    const name = text(record, 0x00041511) ?? text(record, 0x0020000E) ??
      text(record, 0x0020000D) ?? text(record, 0x00100020);
    return below.length === 0 ? `${type} ${name}` : [`${type} ${name}`, outline(below)];
  });
}

Deno.test("createDicomdir: a tree of patients, studies, series and instances, whatever their order", () => {
  const other = { "00100020": ["LO", "PID2"] } as const;
  const file = encoded(
    instance(1),
    instance(2, other, { StudyInstanceUID: "1.4", SeriesInstanceUID: "1.4.1" }),
    instance(3, {}, { SeriesInstanceUID: "1.2.4" }),
    instance(4),
    instance(5, other),
  );
  const { directory, tree } = readDicomdir(file);
  assertEquals(outline(tree), [
    ["PATIENT PID1", [
      ["STUDY 1.2", [
        ["SERIES 1.2.3", ["IMAGE 1.2.3.1", "IMAGE 1.2.3.4"]],
        ["SERIES 1.2.4", ["IMAGE 1.2.3.3"]],
      ]],
    ]],
    ["PATIENT PID2", [
      ["STUDY 1.4", [["SERIES 1.4.1", ["IMAGE 1.2.3.2"]]]],
      ["STUDY 1.2", [["SERIES 1.2.3", ["IMAGE 1.2.3.5"]]]],
    ]],
  ]);
  const last = recordAt(file, integer(directory, 0x00041202) ?? 0);
  assertEquals(text(last, 0x00100020), "PID2");
  assertEquals(items(directory, 0x00041220).length, 14);
});

Deno.test("createDicomdir: a record names its file, class, instance and transfer syntax", () => {
  const fileId = ["DICOM", "DOE_JANE", "IM000001"];
  const { tree } = readDicomdir(encoded(instance(7, {}, { fileId })));
  const image = tree[0]!.below[0]!.below[0]!.below[0]!.record;
  assertEquals(strings(image, 0x00041500), fileId);
  assertEquals(text(image, 0x00041510), CT);
  assertEquals(text(image, 0x00041511), "1.2.3.7");
  assertEquals(text(image, 0x00041512), EXPLICIT_VR_LITTLE_ENDIAN);
  assertEquals(integer(image, 0x00041410), 0xffff);
  assertEquals(text(image, 0x00200013), "7");
});

Deno.test("createDicomdir: keys of type 1 have values where the instances have none", () => {
  const nothing = { dataSet: new Map() };
  const { tree } = readDicomdir(
    encoded(instance(1, {}, nothing), instance(2, {}, { ...nothing, SOPClassUID: SR })),
  );
  const [patient] = tree;
  const [study] = patient!.below;
  const [series] = study!.below;
  const [image, report] = series!.below;
  assertEquals(text(patient!.record, 0x00100020), "UNKNOWN_1");
  assertEquals(patient!.record.has(0x00100010), true);
  assertEquals(
    [0x00080020, 0x00080030, 0x00200010].map((tag) => text(study!.record, tag)),
    ["19000101", "000000", "1"],
  );
  assertEquals([text(series!.record, 0x00080060), text(series!.record, 0x00200011)], ["OT", "1"]);
  assertEquals(text(image!.record, 0x00200013), "1");
  assertEquals(text(report!.record, 0x0040A491), "PARTIAL");
  assertEquals(text(items(report!.record, 0x0040A043)[0]!, 0x00080104), "Unknown");
});

Deno.test("createDicomdir: a study without a sound date has that of the content", () => {
  const { tree } = readDicomdir(encoded(instance(1, {
    "00080020": ["DA", "2020-13-45"],
    "00080023": ["DA", "20200304"],
    "00080030": ["TM", "99:99"],
  })));
  const study = tree[0]!.below[0]!.record;
  assertEquals([text(study, 0x00080020), text(study, 0x00080030)], ["20200304", "000000"]);
});

Deno.test("createDicomdir: an attribute under another VR than the dictionary's counts as missing", () => {
  const { tree } = readDicomdir(encoded(instance(1, { "00080060": ["LT", "CT"] })));
  assertEquals(text(tree[0]!.below[0]!.below[0]!.record, 0x00080060), "OT");
});

Deno.test("createDicomdir: of a document's content only what modifies its title, and its latest verification", () => {
  const item = (relationship: string) => ({ "0040A010": { vr: "CS", Value: [relationship] } });
  const verified = (moment: string) => ({ "0040A030": { vr: "DT", Value: [moment] } });
  const { tree } = readDicomdir(encoded(instance(1, {
    "0040A073": ["SQ", verified("20200101"), verified("20210101120000"), verified("20190101")],
    "0040A493": ["CS", "VERIFIED"],
    "0040A730": ["SQ", item("CONTAINS"), item("HAS CONCEPT MOD")],
  }, { SOPClassUID: SR })));
  const report = tree[0]!.below[0]!.below[0]!.below[0]!.record;
  const relationships = items(report, 0x0040A730).map((each) => text(each, 0x0040A010));
  assertEquals(relationships, ["HAS CONCEPT MOD"]);
  assertEquals(text(report, 0x0040A030), "20210101120000");
  assertEquals(report.has(0x0040A073), false);
});

Deno.test("createDicomdir: text is in the smallest character set that has it", () => {
  const charsets = ["Doe^Jane", "Müller^Jörg", "Yamada^Tarou=山田^太郎"].map((name) => {
    const [Alphabetic, Ideographic = ""] = name.split("=");
    const { tree } = readDicomdir(encoded(instance(1, {
      "00100010": ["PN", { Alphabetic, Ideographic }],
    })));
    const patient = tree[0]!.record;
    assertEquals(text(patient, 0x00100010), name);
    return text(patient, 0x00080005);
  });
  assertEquals(charsets, [undefined, "ISO_IR 100", "ISO_IR 192"]);
});

Deno.test("createDicomdir: objects of no patient stand beside the patients", () => {
  const palette = instance(2, { "00700080": ["CS", "HOT"] }, { SOPClassUID: PALETTE });
  const { tree } = readDicomdir(encoded(instance(1), palette));
  assertEquals(outline(tree).at(-1), "PALETTE 1.2.3.2");
  assertEquals(tree.length, 2);
});

Deno.test("createDicomdir: a long sequence is left out of a record, and what is elsewhere counts as missing", () => {
  const reference = { "00081155": { vr: "UI", Value: ["1.2.3"] } };
  const many = Array.from({ length: 5000 }, () => reference);
  const presentation = "1.2.840.10008.5.1.4.1.1.11.1";
  const dataSet = decodeJson({
    "00081115": { vr: "SQ", Value: many },
    "00700080": { vr: "CS", BulkDataURI: "http://x" },
  });
  const { tree } = readDicomdir(
    encoded(instance(1, {}, { SOPClassUID: presentation, dataSet })),
  );
  const record = tree[0]!.below[0]!.below[0]!.below[0]!.record;
  assertEquals(record.has(0x00081115), false);
  assertEquals(text(record, 0x00700080), "UNKNOWN");
});

Deno.test("createDicomdir: refuses what would not be small in memory", () => {
  const dicomdir = createDicomdir();
  const one = instance(1, { "00080008": ["CS", "X".repeat(1000)] });
  assertThrows(() => {
    for (let i = 0; i < 10_000; i++) dicomdir.add({ ...one, fileId: ["DICOM", String(i)] });
  }, LimitError);
});

Deno.test("recordTypeOf: knows the types of documents, images, and of what has none", () => {
  const under = (suffix: string, rows = false) =>
    recordTypeOf(`1.2.840.10008.5.1.4.${suffix}`, rows);
  assertEquals(
    ["1.1.88.59", "1.1.88.67", "1.1.104.1", "1.1.481.5", "1.1.9.1.1", "1.1.66.4", "1.1.11.4"].map(
      (suffix) => under(suffix),
    ),
    ["KEY OBJECT DOC", "SR DOCUMENT", "ENCAP DOC", "RT PLAN", "WAVEFORM", "IMAGE", "PRESENTATION"],
  );
  assertEquals([under("1.1.11"), under("1.1.9")], ["PRIVATE", "PRIVATE"]);
  assertEquals([recordTypeOf("1.3.6.1", true), recordTypeOf("1.3.6.1", false)], [
    "IMAGE",
    "PRIVATE",
  ]);
});

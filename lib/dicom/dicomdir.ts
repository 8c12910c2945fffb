/**
 * The DICOMDIR of a File-set (PS3.3 F, PS3.10 8.6): a tree of directory records, patient, study,
 * series and instance, that refer to each other by offsets in the file. Each instance is listed
 * under what its own header says.
 * @module
 */
import { ByteWriter } from "../bytes/writer.ts";
import { LimitError } from "../errors.ts";
import type { DataSet, Element, Tag, VR } from "./dataset.ts";
import {
  encodeRecord,
  LOWER_LEVEL_AT,
  NEXT_RECORD_AT,
  type ReferencedFile,
} from "./directory_record.ts";
import { type RecordType, recordTypeOf, ROOT_TYPES } from "./directory_types.ts";
import { encodeValues, type PlainValue } from "./encode_values.ts";
import { encodePart10Header } from "./part10.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "./uids.ts";
import { text } from "./values.ts";
import { writeHeader, writeItem } from "./write_element.ts";
import { writeDataSet } from "./data_set_bytes.ts";

/** Bytes of a DICOMDIR: it is in memory whole. An image takes some 300, so that 25,000 have room. */
export const MAX_DICOMDIR_BYTES = 8 * 1024 * 1024;

/** Media Storage Directory Storage (PS3.4 I.4). */
const MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";

const PATIENT_NAME = 0x00100010;
const PATIENT_ID = 0x00100020;
const STUDY_INSTANCE_UID = 0x0020000D;
const SERIES_INSTANCE_UID = 0x0020000E;
const ROWS = 0x00280010;
const DIRECTORY_RECORD_SEQUENCE = 0x00041220;
const ITEM_HEAD_BYTES = 8;

/** An instance of the File-set. */
export interface DirectoryInstance extends ReferencedFile {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  /** Text in UTF-8; values that are elsewhere count as missing. */
  readonly dataSet: DataSet;
}

/** Collects the records of a File-set. */
export interface Dicomdir {
  /** Adds an instance. Throws LimitError beyond {@linkcode MAX_DICOMDIR_BYTES}. */
  add(instance: DirectoryInstance): void;
  /** The file. */
  encode(SOPInstanceUID: string): Uint8Array;
}

/** A record with those below it, by what tells them apart. */
interface Node {
  readonly record: Uint8Array;
  readonly below: Map<string, Node>;
  /** Of the record's item in the file; -1 until it has its place. */
  offset: number;
}

/** Below an instance, of which there are many: nothing is ever put there. */
const NOTHING = new Map<string, Node>();

/** Begins the DICOMDIR of a File-set. */
export function createDicomdir(): Dicomdir {
  const root = new Map<string, Node>();
  let bytes = 0;

  function nodeIn(
    level: Map<string, Node>,
    key: string,
    make: (number: number) => Uint8Array,
    below = new Map<string, Node>(),
  ): Map<string, Node> {
    const known = level.get(key);
    if (known !== undefined) return known.below;
    const record = make(level.size + 1);
    bytes += ITEM_HEAD_BYTES + record.length;
    if (bytes > MAX_DICOMDIR_BYTES) {
      throw new LimitError("MAX_DICOMDIR_BYTES", MAX_DICOMDIR_BYTES, "The DICOMDIR");
    }
    level.set(key, { record, below, offset: -1 });
    return below;
  }

  return {
    add(instance) {
      const { StudyInstanceUID, SeriesInstanceUID } = instance;
      const dataSet = identified(instance);
      const type = recordTypeOf(instance.SOPClassUID, dataSet.has(ROWS));
      const folder = (type: RecordType) => (number: number) =>
        encodeRecord(type, dataSet, number, undefined);
      const leaf = (number: number) => encodeRecord(type, dataSet, number, instance);
      // A key of its own for every file: the same instance may be there twice.
      const key = instance.fileId.join("/");
      if (ROOT_TYPES.has(type)) return void nodeIn(root, key, leaf, NOTHING);
      const patient = patientKey(dataSet);
      const studies = nodeIn(root, patient, folder("PATIENT"));
      const series = nodeIn(studies, StudyInstanceUID, folder("STUDY"));
      nodeIn(nodeIn(series, SeriesInstanceUID, folder("SERIES")), key, leaf, NOTHING);
    },

    encode(SOPInstanceUID) {
      const head = encodePart10Header({
        MediaStorageSOPClassUID: MEDIA_STORAGE_DIRECTORY,
        MediaStorageSOPInstanceUID: SOPInstanceUID,
        TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
      });
      const order = [...inOrder(root)];
      let at = head.length + directoryHead(0, 0, bytes).length;
      for (const node of order) {
        node.offset = at;
        at += ITEM_HEAD_BYTES + node.record.length;
      }
      const roots = [...root.values()];
      const writer = new ByteWriter();
      writer.bytes(head);
      writer.bytes(directoryHead(roots[0]?.offset ?? 0, roots.at(-1)?.offset ?? 0, bytes));
      linkSiblings(roots);
      for (const { record, below } of order) {
        const children = [...below.values()];
        linkSiblings(children);
        setOffset(record, LOWER_LEVEL_AT, children[0]?.offset ?? 0);
      }
      for (const { record } of order) {
        writeItem(writer, record.length);
        writer.bytes(record);
      }
      return writer.take();
    },
  };
}

/** What tells patients apart: the ID, or the name where there is none. */
export function patientKey(dataSet: DataSet): string {
  const id = text(dataSet, PATIENT_ID);
  return id === undefined ? `name ${text(dataSet, PATIENT_NAME) ?? ""}` : `ID ${id}`;
}

/** The data set with the UIDs that the archive knows the instance by. */
function identified(instance: DirectoryInstance): DataSet {
  const dataSet = new Map(instance.dataSet);
  const set = (tag: Tag, uid: string) => dataSet.set(tag, encodeValues(tag, "UI", [uid]));
  set(STUDY_INSTANCE_UID, instance.StudyInstanceUID);
  set(SERIES_INSTANCE_UID, instance.SeriesInstanceUID);
  return dataSet;
}

/** Everything before the first record, which is where `first` says; `bytes`: of all records. */
function directoryHead(first: number, last: number, bytes: number): Uint8Array {
  const elements = new Map<Tag, Element>();
  const set = (tag: Tag, vr: VR, ...values: readonly PlainValue[]) =>
    elements.set(tag, encodeValues(tag, vr, values));
  set(0x00041130, "CS");
  set(0x00041200, "UL", first);
  set(0x00041202, "UL", last);
  set(0x00041212, "US", 0);
  const writer = new ByteWriter();
  writer.bytes(writeDataSet(elements, EXPLICIT_VR_LITTLE_ENDIAN));
  writeHeader(writer, DIRECTORY_RECORD_SEQUENCE, "SQ", bytes, true);
  return writer.take();
}

/** Records in the order of the file: each before those below it. */
function* inOrder(level: ReadonlyMap<string, Node>): Generator<Node> {
  for (const node of level.values()) {
    yield node;
    yield* inOrder(node.below);
  }
}

function linkSiblings(siblings: readonly Node[]): void {
  siblings.forEach(({ record }, index) =>
    setOffset(record, NEXT_RECORD_AT, siblings[index + 1]?.offset ?? 0)
  );
}

function setOffset(record: Uint8Array, at: number, offset: number): void {
  new DataView(record.buffer, record.byteOffset).setUint32(at, offset, true);
}

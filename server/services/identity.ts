/**
 * Which instance a data set is (PS3.3 C.12.1, C.7.2.1, C.7.3.1), read as liberally as a URL allows.
 * @module
 */
import type { DataSet, InstanceScan, Tag } from "../../lib/dicom/dataset.ts";
import { isUsableUID, isValidUID } from "../../lib/dicom/uids.ts";
import { FAILURE_REASON, type InstanceUIDs, StoreRefusal } from "./store_result.ts";

const UID_TAGS = {
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  SOPInstanceUID: 0x00080018,
  SOPClassUID: 0x00080016,
} as const satisfies Record<keyof InstanceUIDs, Tag>;

const MEDIA_STORAGE_SOP_CLASS_UID: Tag = 0x00020002;
const MEDIA_STORAGE_SOP_INSTANCE_UID: Tag = 0x00020003;
const FILE_SET_ID: Tag = 0x00041130;
const DIRECTORY_RECORD_SEQUENCE: Tag = 0x00041220;
/** Media Storage Directory Storage: a DICOMDIR. */
const MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";

/** The instance that was scanned. */
export interface Identity {
  readonly instance: InstanceUIDs;
  readonly warnings: readonly string[];
}

/** As many of the UIDs as are there and usable, for answers about what failed. */
export function knownUIDs(dataSet: DataSet): Partial<InstanceUIDs> {
  const known: { -readonly [Keyword in keyof InstanceUIDs]?: string } = {};
  for (const [keyword, tag] of uidTags) {
    const uid = uidOf(dataSet, tag);
    if (uid !== undefined && isUsableUID(uid)) known[keyword] = uid;
  }
  return known;
}

/**
 * A damaged object is an instance as long as its UIDs can be read: it may be the only copy.
 *
 * @throws {StoreRefusal} where a UID is missing or cannot be one, and for a DICOMDIR
 */
export function identify(scan: InstanceScan): Identity {
  refuseDirectory(scan);
  const uids = knownUIDs(scan.dataSet);
  const warnings = scan.damage === undefined ? [] : [scan.damage];
  for (const [keyword, tag] of uidTags) {
    const uid = uids[keyword];
    if (uid === undefined) {
      if (scan.damage !== undefined) {
        throw new StoreRefusal(FAILURE_REASON.cannotUnderstand, scan.damage);
      }
      const found = uidOf(scan.dataSet, tag) === undefined ? "is missing" : "cannot be a UID";
      throw new StoreRefusal(FAILURE_REASON.dataSetDoesNotMatchSOPClass, `${keyword} ${found}`);
    }
    if (!isValidUID(uid)) warnings.push(`${keyword} is no UID as PS3.5 9.1 has it`);
  }
  const declared = scan.fileMeta && uidOf(scan.fileMeta, MEDIA_STORAGE_SOP_INSTANCE_UID);
  if (declared !== undefined && declared !== uids.SOPInstanceUID) {
    warnings.push("MediaStorageSOPInstanceUID differs from SOPInstanceUID");
  }
  // Every keyword was seen to be there.
  return { instance: uids as InstanceUIDs, warnings };
}

const uidTags = Object.entries(UID_TAGS) as [keyof InstanceUIDs, Tag][];

function refuseDirectory({ fileMeta, dataSet }: InstanceScan): void {
  const declared = fileMeta && uidOf(fileMeta, MEDIA_STORAGE_SOP_CLASS_UID);
  if (
    declared === MEDIA_STORAGE_DIRECTORY ||
    dataSet.has(FILE_SET_ID) || dataSet.has(DIRECTORY_RECORD_SEQUENCE)
  ) {
    throw new StoreRefusal(
      FAILURE_REASON.SOPClassNotSupported,
      "A DICOMDIR lists instances and is none itself",
    );
  }
}

/** The text of a UI value without padding (NUL by the standard, spaces in practice). */
function uidOf(dataSet: DataSet, tag: Tag): string | undefined {
  const element = dataSet.get(tag);
  if (element?.kind !== "value") return undefined;
  const text = latin1.decode(element.bytes).replace(/^ +|[\0 ]+$/g, "");
  return text === "" ? undefined : text;
}

const latin1 = new TextDecoder("latin1");

/**
 * The searchable attributes as data: columns of the index, keys of QIDO-RS and C-FIND, and the
 * attributes of default answers all come from this table (PS3.18 10.6.1, 10.6.3; PS3.4 C.6).
 * @module
 */
import type { Tag, VR } from "../dicom/dataset.ts";
import type { Level } from "./query.ts";

/** How values of an attribute are compared; it follows from the VR. */
export type MatchType =
  /** Exact, or a list of UIDs. */
  | "uid"
  /** Exact or by wildcard; case counts (PS3.4 C.2.2.2.1). */
  | "text"
  /** Person name: by folded component groups (lib/query/fold.ts). */
  | "name"
  /** Single or range, in the form of {@linkcode Match}. */
  | "date"
  | "time"
  /** Exact or by wildcard on the canonical form, so that `01` and `1` are one (lib/query/fold.ts). */
  | "number";

/** When an attribute is in an answer that did not ask for it (PS3.18 10.6.3.3). */
export type Returned =
  /** At every level from its own down, nested URLs included, where it has a value. */
  | "everywhere"
  /** With its level; without a value as an empty attribute (type R). */
  | "always"
  /** With its level, where it has a value (type C, "if known"). */
  | "known"
  /** Only in searches of its own level, and not available below: it costs a sum to know. */
  | "own"
  /** Only if a key, `includefield` or `all` asks for it. */
  | "asked";

/** One attribute that the index keeps as a column. */
export interface SearchAttribute {
  /** PS3.6 keyword, also the column's name. */
  readonly keyword: string;
  readonly tag: Tag;
  readonly vr: VR;
  readonly level: Level;
  /** Conditions on it are supported; others are only returned. */
  readonly matched: boolean;
  readonly match: MatchType;
  readonly returned: Returned;
  /**
   * Kept by the index from rows below or from the stored object; not read from a data set.
   */
  readonly derived: boolean;
  /** Values are several, separated by `\`; a condition holds if it holds for any of them. */
  readonly multiple: boolean;
  /**
   * Inside RequestAttributesSequence: the tag of the sequence. The column has one value for each
   * item, empty where the item lacks it, so that the columns of one sequence can be zipped.
   */
  readonly sequence?: Tag;
}

type Flag = "matched" | "derived" | "multiple";

const REQUEST_ATTRIBUTES_SEQUENCE: Tag = 0x00400275;

/** Every column, in ascending order of tags within a level. */
export const SEARCH_ATTRIBUTES: readonly SearchAttribute[] = [
  attribute("patient", 0x00100010, "PN", "PatientName", "always", "matched"),
  attribute("patient", 0x00100020, "LO", "PatientID", "always", "matched"),
  attribute("patient", 0x00100021, "LO", "IssuerOfPatientID", "known", "matched"),
  attribute("patient", 0x00100030, "DA", "PatientBirthDate", "always", "matched"),
  attribute("patient", 0x00100032, "TM", "PatientBirthTime", "known", "matched"),
  attribute("patient", 0x00100040, "CS", "PatientSex", "always", "matched"),
  attribute("patient", 0x00201200, "IS", "NumberOfPatientRelatedStudies", "own", "derived"),
  attribute("patient", 0x00201202, "IS", "NumberOfPatientRelatedSeries", "own", "derived"),
  attribute("patient", 0x00201204, "IS", "NumberOfPatientRelatedInstances", "own", "derived"),

  attribute("study", 0x00080020, "DA", "StudyDate", "always", "matched"),
  attribute("study", 0x00080030, "TM", "StudyTime", "always", "matched"),
  attribute("study", 0x00080050, "SH", "AccessionNumber", "always", "matched"),
  attribute("study", 0x00080061, "CS", "ModalitiesInStudy", "always", "matched derived multiple"),
  attribute("study", 0x00080062, "UI", "SOPClassesInStudy", "asked", "matched derived multiple"),
  attribute("study", 0x00080090, "PN", "ReferringPhysicianName", "always", "matched"),
  attribute("study", 0x00080201, "SH", "TimezoneOffsetFromUTC", "everywhere"),
  attribute("study", 0x00081030, "LO", "StudyDescription", "known", "matched"),
  attribute("study", 0x0020000D, "UI", "StudyInstanceUID", "everywhere", "matched"),
  attribute("study", 0x00200010, "SH", "StudyID", "always", "matched"),
  attribute("study", 0x00201206, "IS", "NumberOfStudyRelatedSeries", "always", "derived"),
  attribute("study", 0x00201208, "IS", "NumberOfStudyRelatedInstances", "always", "derived"),

  attribute("series", 0x00080021, "DA", "SeriesDate", "asked", "matched"),
  attribute("series", 0x00080031, "TM", "SeriesTime", "asked", "matched"),
  attribute("series", 0x00080060, "CS", "Modality", "always", "matched"),
  attribute("series", 0x00080080, "LO", "InstitutionName", "asked", "matched"),
  attribute("series", 0x00081010, "SH", "StationName", "asked", "matched"),
  attribute("series", 0x0008103E, "LO", "SeriesDescription", "known", "matched"),
  attribute("series", 0x00180015, "CS", "BodyPartExamined", "asked", "matched"),
  attribute("series", 0x00181030, "LO", "ProtocolName", "asked", "matched"),
  attribute("series", 0x0020000E, "UI", "SeriesInstanceUID", "everywhere", "matched"),
  attribute("series", 0x00200011, "IS", "SeriesNumber", "always", "matched"),
  attribute("series", 0x00201209, "IS", "NumberOfSeriesRelatedInstances", "always", "derived"),
  attribute("series", 0x00400244, "DA", "PerformedProcedureStepStartDate", "known", "matched"),
  attribute("series", 0x00400245, "TM", "PerformedProcedureStepStartTime", "known", "matched"),
  inRequest(0x00400009, "SH", "ScheduledProcedureStepID"),
  inRequest(0x00401001, "SH", "RequestedProcedureID"),

  attribute("instance", 0x00080016, "UI", "SOPClassUID", "always", "matched"),
  attribute("instance", 0x00080018, "UI", "SOPInstanceUID", "everywhere", "matched"),
  attribute("instance", 0x00083002, "UI", "AvailableTransferSyntaxUID", "known", "derived"),
  attribute("instance", 0x00200013, "IS", "InstanceNumber", "always", "matched"),
  attribute("instance", 0x00280008, "IS", "NumberOfFrames", "known"),
  attribute("instance", 0x00280010, "US", "Rows", "known"),
  attribute("instance", 0x00280011, "US", "Columns", "known"),
  attribute("instance", 0x00280100, "US", "BitsAllocated", "known"),
];

/** Date attributes and the time that belongs to each, for combined ranges (PS3.4 C.2.2.2.5). */
export const TIME_OF_DATE: ReadonlyMap<Tag, Tag> = new Map([
  [0x00080020, 0x00080030],
  [0x00080021, 0x00080031],
  [0x00100030, 0x00100032],
  [0x00400244, 0x00400245],
]);

const byPath = new Map(
  SEARCH_ATTRIBUTES.map((entry) => [pathOf(entry).join("."), entry] as const),
);

/** The column that keeps the attribute at a path: one tag, or a sequence's tag and one inside it. */
export function attributeAt(path: readonly Tag[]): SearchAttribute | undefined {
  return byPath.get(path.join("."));
}

/** The path of a column's attribute in a data set. */
export function pathOf(attribute: SearchAttribute): readonly Tag[] {
  return attribute.sequence === undefined ? [attribute.tag] : [attribute.sequence, attribute.tag];
}

const LEVELS: readonly Level[] = ["patient", "study", "series", "instance"];

/** 0 for patients to 3 for instances, so that levels can be compared. */
export function depthOf(level: Level): number {
  return LEVELS.indexOf(level);
}

function attribute(
  level: Level,
  tag: Tag,
  vr: VR,
  keyword: string,
  returned: Returned,
  flags = "",
): SearchAttribute {
  const has = (flag: Flag) => flags.includes(flag);
  return {
    keyword,
    tag,
    vr,
    level,
    matched: has("matched"),
    match: matchType(vr),
    returned,
    derived: has("derived"),
    multiple: has("multiple"),
  };
}

function inRequest(tag: Tag, vr: VR, keyword: string): SearchAttribute {
  const entry = attribute("series", tag, vr, keyword, "known", "matched multiple");
  return { ...entry, sequence: REQUEST_ATTRIBUTES_SEQUENCE };
}

function matchType(vr: VR): MatchType {
  switch (vr) {
    case "UI":
      return "uid";
    case "PN":
      return "name";
    case "DA":
      return "date";
    case "TM":
      return "time";
    case "IS":
    case "US":
      return "number";
    default:
      return "text";
  }
}

/**
 * The types of directory records (PS3.3 F.3.2.2), the keys that each must have (PS3.3 F.5), and
 * which SOP classes have which.
 * @module
 */
import type { Tag } from "./dataset.ts";
import { tagOf } from "./dictionary.ts";

/**
 * What a record must have: `1` always, with a value; `1C` where the instance has a value; `2`
 * always, perhaps empty (PS3.5 7.4).
 */
export type KeyType = "1" | "1C" | "2";

/** One key of a type of record: its keyword, and its type. */
export type RecordKey = readonly [keyword: string, type: KeyType];

/** Content Identification Macro (PS3.3 Table 10-12), which several types have. */
const CONTENT_IDENTIFICATION = "InstanceNumber=1 ContentLabel=1 ContentDescription=2 " +
  "ContentCreatorName=2";
const CONTENT_MOMENT = "ContentDate=1 ContentTime=1";

/** Keys of each type. A code of unknown meaning stands for a missing ConceptNameCodeSequence. */
const KEYS = {
  "PATIENT": "PatientName=2 PatientID=1",
  "STUDY": "StudyDate=1 StudyTime=1 StudyDescription=2 StudyInstanceUID=1 StudyID=1 " +
    "AccessionNumber=2",
  "SERIES": "Modality=1 SeriesInstanceUID=1 SeriesNumber=1",
  // The type and the references are those of the general purpose profile (PS3.11 D.3.3).
  "IMAGE": "InstanceNumber=1 ImageType=1C ReferencedImageSequence=1C",
  "RT DOSE": "InstanceNumber=1 DoseSummationType=1",
  "RT STRUCTURE SET": "InstanceNumber=1 StructureSetLabel=1 StructureSetDate=2 StructureSetTime=2",
  "RT PLAN": "InstanceNumber=1 RTPlanLabel=1 RTPlanDate=2 RTPlanTime=2",
  "RT TREAT RECORD": "InstanceNumber=1 TreatmentDate=2 TreatmentTime=2",
  "PRESENTATION": `PresentationCreationDate=1 PresentationCreationTime=1
    ${CONTENT_IDENTIFICATION} ReferencedSeriesSequence=1C BlendingSequence=1C`,
  "WAVEFORM": `InstanceNumber=1 ${CONTENT_MOMENT}`,
  "SR DOCUMENT": `InstanceNumber=1 CompletionFlag=1 VerificationFlag=1 ${CONTENT_MOMENT}
    VerificationDateTime=1C ConceptNameCodeSequence=1 ContentSequence=1C`,
  "KEY OBJECT DOC": `InstanceNumber=1 ${CONTENT_MOMENT} ConceptNameCodeSequence=1
    ContentSequence=1C`,
  "SPECTROSCOPY": `ImageType=1 ${CONTENT_MOMENT} InstanceNumber=1
    ReferencedImageEvidenceSequence=1C NumberOfFrames=1 Rows=1 Columns=1 DataPointRows=1
    DataPointColumns=1`,
  "RAW DATA": `${CONTENT_MOMENT} InstanceNumber=2`,
  "REGISTRATION": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "FIDUCIAL": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "ENCAP DOC": `ContentDate=2 ContentTime=2 InstanceNumber=1 DocumentTitle=2
    HL7InstanceIdentifier=1C ConceptNameCodeSequence=2 MIMETypeOfEncapsulatedDocument=1`,
  "VALUE MAP": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "STEREOMETRIC": "",
  "PLAN": "",
  "MEASUREMENT": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "SURFACE": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "SURFACE SCAN": CONTENT_MOMENT,
  "TRACT": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "ASSESSMENT": "InstanceNumber=1 InstanceCreationDate=1 InstanceCreationTime=2",
  "RADIOTHERAPY": `InstanceNumber=1 UserContentLabel=1C UserContentLongLabel=1C
    ContentDescription=2 ContentCreatorName=2`,
  "ANNOTATION": `${CONTENT_MOMENT} ${CONTENT_IDENTIFICATION}`,
  "HANGING PROTOCOL": `HangingProtocolName=1 HangingProtocolDescription=1 HangingProtocolLevel=1
    HangingProtocolCreator=1 HangingProtocolCreationDateTime=1
    HangingProtocolDefinitionSequence=1C NumberOfPriorsReferenced=1
    HangingProtocolUserIdentificationCodeSequence=2`,
  "PALETTE": "ContentLabel=1 ContentDescription=2",
  "IMPLANT": "Manufacturer=1 ImplantName=1 ImplantSize=1C ImplantPartNumber=1",
  "IMPLANT ASSY": "ImplantAssemblyTemplateName=1 Manufacturer=1 ProcedureTypeCodeSequence=1C",
  "IMPLANT GROUP": "ImplantTemplateGroupName=1 ImplantTemplateGroupIssuer=1",
  "PRIVATE": "InstanceNumber=2",
} as const;

/** A type of directory record. */
export type RecordType = keyof typeof KEYS;

/** Types whose records stand beside the patients, for they belong to none (PS3.3 F.4). */
export const ROOT_TYPES: ReadonlySet<RecordType> = new Set([
  "HANGING PROTOCOL",
  "PALETTE",
  "IMPLANT",
  "IMPLANT ASSY",
  "IMPLANT GROUP",
]);

/** The keys of a type in the order of the table. */
export function keysOf(type: RecordType): readonly RecordKey[] {
  const known = parsed.get(type);
  if (known !== undefined) return known;
  const keys = KEYS[type].split(/\s+/).filter((key) => key !== "")
    .map((key) => key.split("=") as unknown as RecordKey);
  parsed.set(type, keys);
  return keys;
}

/** From which VerificationDateTime is taken. */
export const VERIFYING_OBSERVER_SEQUENCE: Tag = 0x0040A073;

/** Every attribute that records are made of. */
export function directoryTags(): ReadonlySet<Tag> {
  const types = Object.keys(KEYS) as RecordType[];
  const keys = types.flatMap((type) => keysOf(type).map(([keyword]) => tagOf(keyword) ?? 0));
  return new Set([...keys, VERIFYING_OBSERVER_SEQUENCE]);
}

const parsed = new Map<RecordType, readonly RecordKey[]>();

/** Storage classes below 1.2.840.10008.5.1.4 that are no images; a `.` at the end takes all below. */
const CLASSES: readonly (readonly [type: RecordType, suffixes: string])[] = [
  ["WAVEFORM", "1.1.9.1. 1.1.9.2. 1.1.9.3. 1.1.9.4. 1.1.9.5. 1.1.9.6. 1.1.9.7. 1.1.9.8."],
  ["PRESENTATION", "1.1.11. 1.1.131"],
  ["SPECTROSCOPY", "1.1.4.2"],
  ["RAW DATA", "1.1.66"],
  ["REGISTRATION", "1.1.66.1 1.1.66.3"],
  ["FIDUCIAL", "1.1.66.2"],
  ["SURFACE", "1.1.66.5"],
  ["TRACT", "1.1.66.6"],
  ["VALUE MAP", "1.1.67"],
  ["SURFACE SCAN", "1.1.68."],
  ["STEREOMETRIC", "1.1.77.1.5.3"],
  ["MEASUREMENT", "1.1.78.1 1.1.78.2 1.1.78.3 1.1.78.4 1.1.78.5 1.1.78.7 1.1.78.8 1.1.80.1"],
  ["KEY OBJECT DOC", "1.1.88.59"],
  ["SR DOCUMENT", "1.1.88. 1.1.78.6 1.1.79.1"],
  ["ASSESSMENT", "1.1.90.1"],
  ["ANNOTATION", "1.1.91.1"],
  ["ENCAP DOC", "1.1.104."],
  ["RT DOSE", "1.1.481.2"],
  ["RT STRUCTURE SET", "1.1.481.3"],
  ["RT TREAT RECORD", "1.1.481.4 1.1.481.6 1.1.481.7 1.1.481.9"],
  ["RT PLAN", "1.1.481.5 1.1.481.8"],
  [
    "RADIOTHERAPY",
    "1.1.481.10 1.1.481.11 1.1.481.12 1.1.481.13 1.1.481.14 1.1.481.15 1.1.481.16 1.1.481.17 " +
    "1.1.481.18 1.1.481.19 1.1.481.20 1.1.481.21 1.1.481.22 1.1.481.25",
  ],
  ["PLAN", "34.1 34.7 34.10"],
  ["HANGING PROTOCOL", "38.1"],
  ["PALETTE", "39.1"],
  ["IMPLANT", "43.1"],
  ["IMPLANT ASSY", "44.1"],
  ["IMPLANT GROUP", "45.1"],
  // Curves, overlays and tables of old, protocols, inventories: no type is meant for them.
  ["PRIVATE", "1.1.8 1.1.9 1.1.10 1.1.11 1.1.129 1.1.200. 1.1.201."],
];

const CLASS_ROOT = "1.2.840.10008.5.1.4.";

/**
 * The type of the record of an instance. Of classes that the table does not name those of the
 * standard are images; of others what has rows of pixels is, and what has none is private, as its
 * meaning is to us.
 */
export function recordTypeOf(SOPClassUID: string, hasRows: boolean): RecordType {
  const suffix = SOPClassUID.startsWith(CLASS_ROOT) ? SOPClassUID.slice(CLASS_ROOT.length) : "";
  for (const [type, suffixes] of CLASSES) {
    const isOfType = suffixes.split(" ").some((each) =>
      each.endsWith(".") ? suffix.startsWith(each) : suffix === each
    );
    if (isOfType) return type;
  }
  return suffix !== "" || hasRows ? "IMAGE" : "PRIVATE";
}

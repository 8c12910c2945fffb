/**
 * Synthetic instances for the index, the same for the same numbers: patients with plausible names,
 * studies spread over years, so that searches of every kind find some and not all.
 * @module
 */
import type { NewInstance } from "../../server/index/index.ts";

const FAMILIES = [
  "SMITH",
  "MÜLLER",
  "GARCIA",
  "NGUYEN",
  "ROSSI",
  "KOWALSKI",
  "YAMADA",
  "OKAFOR",
  "HANSEN",
  "SILVA",
  "SMIRNOV",
  "DUBOIS",
  "ANDERSON",
  "KIM",
  "PATEL",
  "SCHMIDT",
  "O'BRIEN",
  "VAN DER BERG",
  "IBRAHIM",
  "LINDQVIST",
]; // deno-fmt-ignore
const GIVEN = ["JOHN", "ANNA", "TARO", "MARIA", "LUKAS", "AMINA", "PEDRO", "SOFIA", "IVAN", "CLARA"];
const MODALITIES = ["CT", "MR", "US", "CR", "PT", "MG", "XA"];
const DESCRIPTIONS = [
  "CHEST",
  "ABDOMEN",
  "HEAD",
  "SPINE LUMBAR",
  "KNEE LEFT",
  "PELVIS",
  "WHOLE BODY",
];
const CLASSES = ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"];
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

/** Shape of what is made. */
export interface BulkShape {
  readonly archive: string;
  readonly seriesPerStudy: number;
  readonly instancesPerSeries: number;
  /** Bytes of the metadata pieces of an instance. */
  readonly headerBytes: number;
}

/** The usual shape: two series of 50. */
export const BULK_SHAPE: BulkShape = {
  archive: "default",
  seriesPerStudy: 2,
  instancesPerSeries: 50,
  headerBytes: 1_000,
};

/** UIDs by number. */
export const studyUID = (study: number) => `2.25.1000${study}`;
/** Identifies the series of a study. */
export const seriesUID = (study: number, series: number) => `${studyUID(study)}.${series + 1}`;

/** All instances of studies `from` to `to` (excluded), in the order in which they would arrive. */
export function* bulkInstances(
  from: number,
  to: number,
  shape: BulkShape = BULK_SHAPE,
): Generator<NewInstance> {
  const pieces = new Uint8Array(shape.headerBytes).fill(0x20);
  const places = new Uint8Array(64);
  for (let study = from; study < to; study++) {
    for (let series = 0; series < shape.seriesPerStudy; series++) {
      for (let instance = 0; instance < shape.instancesPerSeries; instance++) {
        yield bulkInstance(shape.archive, study, series, instance, pieces, places);
      }
    }
  }
}

function bulkInstance(
  archive: string,
  study: number,
  series: number,
  instance: number,
  pieces: Uint8Array,
  places: Uint8Array,
): NewInstance {
  const patient = Math.floor(study / 2);
  const SOPInstanceUID = `${seriesUID(study, series)}.${instance + 1}`;
  const SOPClassUID = pick(CLASSES, study);
  const day = new Date(Date.UTC(2015, 0, 1 + (study * 7) % 3650));
  const date = day.toISOString().slice(0, 10).replaceAll("-", "");
  return {
    archive,
    object: {
      StudyInstanceUID: studyUID(study),
      SeriesInstanceUID: seriesUID(study, series),
      SOPInstanceUID,
      SOPClassUID,
      TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
      blobKey: `${archive}/2026-01-01/${SOPInstanceUID}`,
      size: 8_192 + instance,
      dataSetOffset: 330,
      prefixDigest: hex(study),
      dataSetDigest: hex(study * 1_000_003 + series * 1_009 + instance),
    },
    attributes: {
      PatientName: `${pick(FAMILIES, patient)}${patient % 97}^${pick(GIVEN, patient * 7)}`,
      PatientID: `PID${String(patient).padStart(7, "0")}`,
      PatientBirthDate: `19${30 + patient % 70}0${1 + patient % 9}1${patient % 10}`,
      PatientSex: pick(["F", "M", "O"], patient),
      StudyDate: date,
      StudyTime: `${String(8 + study % 10).padStart(2, "0")}${
        String(study % 60).padStart(2, "0")
      }00`,
      AccessionNumber: `A${String(study).padStart(8, "0")}`,
      ReferringPhysicianName: `${pick(FAMILIES, study * 3)}^${pick(GIVEN, study)}`,
      StudyDescription: `${pick(MODALITIES, study)} ${pick(DESCRIPTIONS, study * 5)}`,
      StudyID: String(study),
      StudyInstanceUID: studyUID(study),
      Modality: pick(MODALITIES, study + series),
      SeriesDescription: `${pick(DESCRIPTIONS, study)} ${series + 1}`,
      BodyPartExamined: pick(DESCRIPTIONS, study),
      SeriesInstanceUID: seriesUID(study, series),
      SeriesNumber: String(series + 1),
      SOPClassUID,
      SOPInstanceUID,
      InstanceNumber: String(instance + 1),
      Rows: "512",
      Columns: "512",
      BitsAllocated: "16",
    },
    header: { version: 1, pieces, places },
  };
}

function pick(list: readonly string[], index: number): string {
  return list[index % list.length] ?? "";
}

/** 64 digits that differ for different numbers. */
function hex(number: number): string {
  return number.toString(16).padStart(16, "0").repeat(4);
}

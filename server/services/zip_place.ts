/**
 * Where a file lies in an archive, what a person is told of its folder, and when it was made: from
 * the instance's own header.
 * @module
 */
import { patientKey } from "../../lib/dicom/dicomdir.ts";
import { dosMoment } from "../../lib/bytes/zip.ts";
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { recordTypeOf } from "../../lib/dicom/directory_types.ts";
import type { FolderName } from "../../lib/dicom/file_ids.ts";
import { text } from "../../lib/dicom/values.ts";
import type { InstanceRow } from "../index/index.ts";

const INSTANCE_CREATION_DATE = 0x00080012;
const INSTANCE_CREATION_TIME = 0x00080013;
const STUDY_DATE = 0x00080020;
const STUDY_TIME = 0x00080030;
const MODALITY = 0x00080060;
const STUDY_DESCRIPTION = 0x00081030;
const SERIES_DESCRIPTION = 0x0008103E;
const PATIENT_NAME = 0x00100010;
const PATIENT_ID = 0x00100020;
const STUDY_ID = 0x00200010;
const SERIES_NUMBER = 0x00200011;
const ROWS = 0x00280010;

/** What a place is made of, beside the keys of the DICOMDIR. */
export const PLACE_TAGS: readonly Tag[] = [
  INSTANCE_CREATION_DATE,
  INSTANCE_CREATION_TIME,
  SERIES_DESCRIPTION,
  ROWS,
];

/** A file's place. */
export interface ZipPlace {
  /** Patient, study, series. */
  readonly folders: readonly FolderName[];
  /** What kind of object, in two letters: `IM`, `SR`, … */
  readonly prefix: string;
  /** The same in full, in one line: for who looks for it. */
  readonly description: string;
  /** As lib/bytes/zip.ts has it. */
  readonly modified: number;
}

/** The place of an instance. `dataSet`: as far as it is known, its text in UTF-8. */
export function placeOf(row: InstanceRow, dataSet: DataSet): ZipPlace {
  const of = (tag: Tag) => text(dataSet, tag) ?? "";
  const name = of(PATIENT_NAME).split("=").map((group) => group.replaceAll("^", " "));
  const seriesNumber = of(SERIES_NUMBER);
  const seriesDescription = of(SERIES_DESCRIPTION);
  const number = /^\d+$/.test(seriesNumber) ? seriesNumber.padStart(3, "0") : "";
  const hasDate = of(INSTANCE_CREATION_DATE) !== "";
  return {
    folders: [
      { key: patientKey(dataSet), wanted: [...name, of(PATIENT_ID), "PATIENT"] },
      {
        key: row.StudyInstanceUID,
        wanted: [of(STUDY_DATE).replaceAll(".", ""), of(STUDY_DESCRIPTION), of(STUDY_ID), "STUDY"],
      },
      {
        key: row.SeriesInstanceUID,
        wanted: [`${number} ${seriesDescription || of(MODALITY)}`, "SERIES"],
      },
    ],
    prefix: recordTypeOf(row.SOPClassUID, dataSet.has(ROWS)).replaceAll(" ", "").slice(0, 2),
    description: [
      of(PATIENT_NAME),
      of(PATIENT_ID),
      of(STUDY_DATE),
      of(STUDY_DESCRIPTION),
      seriesNumber,
      of(MODALITY),
      seriesDescription,
    ].map(oneLine).join(" | "),
    modified: hasDate
      ? dosMoment(of(INSTANCE_CREATION_DATE), of(INSTANCE_CREATION_TIME))
      : dosMoment(of(STUDY_DATE), of(STUDY_TIME)),
  };
}

/** The name under which a browser saves the archive; no patient is named in a header of HTTP. */
export function zipFileName(dataSet: DataSet, uid: string): string {
  const parts = [text(dataSet, STUDY_DATE), text(dataSet, MODALITY), uid];
  return parts.flatMap((part) => part?.replace(/[^0-9A-Za-z.-]/g, "").slice(0, 128) || [])
    .join("_") + ".zip";
}

/** Characters of one value that a person is shown. */
const MAX_SHOWN = 64;

/** A value without what would break the line, or turn the text around. */
function oneLine(value: string): string {
  return value.replace(/[\p{C}\p{Zl}\p{Zp}|]+/gu, " ").slice(0, MAX_SHOWN).trim();
}

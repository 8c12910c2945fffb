/**
 * The identifier of C-MOVE and C-GET (PS3.4 C.4.2.1.4, C.4.3.1.3) as searches for the instances
 * that it names.
 * @module
 */
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { keywordOf } from "../dicom/dictionary.ts";
import { isUsableUID } from "../dicom/uids.ts";
import { strings } from "../dicom/values.ts";
import type { QueryRetrieveRoot } from "../dimse/sop_classes.ts";
import { DecodeError } from "../errors.ts";
import { type QueryRetrieveLevel, queryRetrieveLevel } from "./information_model.ts";
import { listsOf, type QidoSearch } from "./qido_search.ts";

const PATIENT_ID: Tag = 0x00100020;

/** What a retrieval has to know of each instance beside what every search at this level returns. */
const INCLUDED = [
  "SOPClassUID",
  "StudyInstanceUID",
  "SeriesInstanceUID",
  "AvailableTransferSyntaxUID",
];

type UIDLevel = Exclude<QueryRetrieveLevel, "PATIENT">;

/** The unique key of each level. */
const UNIQUE_KEYS: Readonly<Record<QueryRetrieveLevel, Tag>> = {
  PATIENT: PATIENT_ID,
  STUDY: 0x0020000D,
  SERIES: 0x0020000E,
  IMAGE: 0x00080018,
};

/**
 * The searches that together find every instance of an identifier once. Keys above the level
 * narrow them where they are given; an identifier without them is taken as a relational one
 * (PS3.4 C.4.2.2.2.1), which many workstations send without negotiating it.
 *
 * @throws {DecodeError} where the level is none of the root's, its unique key is missing, or a key
 *   can be no such key; the message holds no value of the identifier
 */
export function instanceSearches(identifier: DataSet, root: QueryRetrieveRoot): QidoSearch[] {
  const level = queryRetrieveLevel(identifier, root);
  const PatientID = patientIDOf(identifier);
  const uidsAt = (keyLevel: UIDLevel) => uids(identifier, keyLevel, level);
  switch (level) {
    case "PATIENT":
      if (PatientID === undefined) throw missing(level);
      return [search("instances", { PatientID })];
    case "STUDY":
      return uidsAt("STUDY").map((uid) => search(`studies/${uid}/instances`, { PatientID }));
    case "SERIES": {
      const [study] = uidsAt("STUDY");
      const path = study === undefined ? "instances" : `studies/${study}/instances`;
      return listsOf(uidsAt("SERIES")).map((SeriesInstanceUID) =>
        search(path, { PatientID, SeriesInstanceUID })
      );
    }
    case "IMAGE": {
      const [study] = uidsAt("STUDY");
      const [series] = uidsAt("SERIES");
      const isNarrow = study !== undefined && series !== undefined;
      const path = isNarrow ? `studies/${study}/series/${series}/instances` : "instances";
      const above = isNarrow ? {} : { StudyInstanceUID: study, SeriesInstanceUID: series };
      return listsOf(uidsAt("IMAGE")).map((SOPInstanceUID) =>
        search(path, { PatientID, ...above, SOPInstanceUID })
      );
    }
  }
}

/** Single value matching only (PS3.4 C.4.2.2.1): a wild card would retrieve other patients too. */
function patientIDOf(identifier: DataSet): string | undefined {
  const values = strings(identifier, PATIENT_ID).filter((value) => value !== "");
  if (values.length > 1 || values.some((value) => /[*?]/.test(value))) {
    throw new DecodeError("PatientID is to have a single value without wild cards");
  }
  return values[0];
}

/** The UIDs of a level's key: a list at the level asked for, one at most above it (PS3.4 C.4.2.2.1). */
function uids(identifier: DataSet, keyLevel: UIDLevel, level: QueryRetrieveLevel): string[] {
  const tag = UNIQUE_KEYS[keyLevel];
  const values = [...new Set(strings(identifier, tag).filter((value) => value !== ""))];
  // They become parts of URLs.
  if (!values.every(isUsableUID)) throw new DecodeError(`${keywordOf(tag)} is to hold UIDs`);
  if (keyLevel === level && values.length === 0) throw missing(level);
  if (keyLevel !== level && values.length > 1) {
    throw new DecodeError(`${keywordOf(tag)} is above the level and may have one value`);
  }
  return values;
}

function missing(level: QueryRetrieveLevel): DecodeError {
  return new DecodeError(`The ${level} level needs ${keywordOf(UNIQUE_KEYS[level])}`);
}

function search(
  path: string,
  keys: Readonly<Record<string, string | undefined>>,
): QidoSearch {
  const parameters = new URLSearchParams();
  for (const [keyword, value] of Object.entries(keys)) {
    if (value !== undefined) parameters.set(keyword, value);
  }
  for (const keyword of INCLUDED) parameters.append("includefield", keyword);
  return { path, parameters };
}

/**
 * The Query/Retrieve information models (PS3.4 C.6) and their levels, as an identifier names them.
 * @module
 */
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { strings } from "../dicom/values.ts";
import type { QueryRetrieveRoot } from "../dimse/sop_classes.ts";
import { DecodeError } from "../errors.ts";

/** Values of Query/Retrieve Level (0008,0052). */
export type QueryRetrieveLevel = "PATIENT" | "STUDY" | "SERIES" | "IMAGE";

/** Query/Retrieve Level. */
export const QUERY_RETRIEVE_LEVEL: Tag = 0x00080052;

const LEVELS: Readonly<Record<QueryRetrieveRoot, readonly QueryRetrieveLevel[]>> = {
  patient: ["PATIENT", "STUDY", "SERIES", "IMAGE"],
  study: ["STUDY", "SERIES", "IMAGE"],
  patientStudyOnly: ["PATIENT", "STUDY"],
};

/**
 * The level of an identifier; `INSTANCE`, which some workstations say, is IMAGE.
 *
 * @throws {DecodeError} where there is none that the model has
 */
export function queryRetrieveLevel(
  identifier: DataSet,
  root: QueryRetrieveRoot,
): QueryRetrieveLevel {
  const [named] = strings(identifier, QUERY_RETRIEVE_LEVEL);
  const level = LEVELS[root].find((level) =>
    level === named || level === "IMAGE" && named === "INSTANCE"
  );
  if (level === undefined) {
    throw new DecodeError(`QueryRetrieveLevel is to be one of ${LEVELS[root].join(", ")}`);
  }
  return level;
}

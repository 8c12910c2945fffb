/**
 * Rows as the worker's JSON gives them, and as the interface has them.
 * @module
 */
import type { InstanceRow, StoredObject } from "./index.ts";

/** Select list of a {@linkcode StoredObject}, from the tables named as in `OBJECT_TABLES`. */
export const OBJECT_COLUMNS = `study.StudyInstanceUID, series.SeriesInstanceUID,
  instance.SOPInstanceUID, instance.SOPClassUID, instance.TransferSyntaxUID, instance.blob_key,
  instance.size, instance.data_set_offset, instance.prefix_digest, instance.data_set_digest`;

/** Select list of an {@linkcode InstanceRow}. */
export const INSTANCE_COLUMNS = `${OBJECT_COLUMNS}, instance.revision, instance.NumberOfFrames,
  instance.header_version, instance.damage`;

/** Values in the order of {@linkcode OBJECT_COLUMNS}. */
export type ObjectTuple = readonly [
  StudyInstanceUID: string,
  SeriesInstanceUID: string,
  SOPInstanceUID: string,
  SOPClassUID: string,
  TransferSyntaxUID: string,
  blobKey: string,
  size: number,
  dataSetOffset: number,
  prefixDigest: string,
  dataSetDigest: string,
];

/** Values in the order of {@linkcode INSTANCE_COLUMNS}. */
export type InstanceTuple = readonly [
  ...object: ObjectTuple,
  revision: number,
  NumberOfFrames: string,
  headerVersion: number,
  damage: string,
];

/** The object of a tuple that begins with {@linkcode OBJECT_COLUMNS}. */
export function objectOf(tuple: readonly [...ObjectTuple, ...unknown[]]): StoredObject {
  return {
    StudyInstanceUID: tuple[0],
    SeriesInstanceUID: tuple[1],
    SOPInstanceUID: tuple[2],
    SOPClassUID: tuple[3],
    TransferSyntaxUID: tuple[4],
    blobKey: tuple[5],
    size: tuple[6],
    dataSetOffset: tuple[7],
    prefixDigest: tuple[8],
    dataSetDigest: tuple[9],
  };
}

/** The row of a tuple. */
export function instanceOf(tuple: InstanceTuple): InstanceRow {
  const row = {
    ...objectOf(tuple),
    revision: tuple[10],
    NumberOfFrames: frames(tuple[11]),
    headerVersion: tuple[12],
  };
  const damage = tuple[13];
  return damage === "" ? row : { ...row, damage };
}

/** NumberOfFrames is 1 where an object does not say (PS3.3 C.7.6.6). */
function frames(text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}

/**
 * What the index is told of an instance, made from the scan of its blob.
 * @module
 */
import { packPieces } from "../../lib/bytes/gzip_pieces.ts";
import { encodeJsonPieces } from "../../lib/dicom/json.ts";
import { packPlaces } from "../../lib/dicom/places.ts";
import type { InstanceScan } from "../../lib/dicom/dataset.ts";
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import type { HeaderRecord, NewInstance } from "../index/index.ts";
import { attributesOf } from "./attributes_of.ts";
import type { ScannedObject } from "./scan_pass.ts";
import type { InstanceUIDs } from "./store_result.ts";

/** The instance `uids` of an archive, whose blob lies at `blobKey`. */
export function newInstance(
  archive: string,
  blobKey: string,
  uids: InstanceUIDs,
  { scan, prefixDigest, dataSetDigest }: ScannedObject,
): NewInstance {
  return {
    archive,
    object: {
      ...uids,
      TransferSyntaxUID: scan.transferSyntaxUID,
      blobKey,
      size: scan.length,
      dataSetOffset: scan.dataSetOffset,
      prefixDigest,
      dataSetDigest,
    },
    attributes: attributesOf(scan.dataSet, uids),
    header: headerOf(scan, uids),
  };
}

/** The header record of a scan. */
export function headerOf(scan: InstanceScan, uids: InstanceUIDs): HeaderRecord {
  const instancePath = `/studies/${uids.StudyInstanceUID}/series/${uids.SeriesInstanceUID}` +
    `/instances/${uids.SOPInstanceUID}`;
  const pieces = encodeJsonPieces(scan.dataSet, {
    bulkDataURI: (path) => `${instancePath}/bulkdata/${path}`,
  });
  const record = { version: SCANNER_VERSION, pieces: packPieces(pieces), places: packPlaces(scan) };
  return scan.damage === undefined ? record : { ...record, damage: scan.damage };
}

/**
 * Results of a search as Native DICOM Models (PS3.19 A.1).
 * @module
 */
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { encodeXml } from "../../lib/dicom/xml.ts";

/** One result, given as DICOM JSON, as an XML document. */
export function resultXml(json: string): string {
  return encodeXml(decodeJson(JSON.parse(json)), {
    bulkDataURI() {
      throw new Error("A search result holds every value itself or names it by a URI");
    },
  });
}

/**
 * What an archive needs of an instance's stored header, out of its metadata as the index has it.
 * @module
 */
import { unpackStart } from "../../lib/bytes/gzip_pieces.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { formatTag } from "../../lib/dicom/dictionary.ts";
import { directoryTags } from "../../lib/dicom/directory_types.ts";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { DecodeError } from "../../lib/errors.ts";
import { jsonMembers } from "../../lib/query/json_members.ts";
import { PLACE_TAGS } from "./zip_place.ts";

/**
 * Bytes of metadata that are looked at whole. Of more (the functional groups of a slide) only the
 * beginning is, where patient, study, series and image are: what a record of the DICOMDIR then lacks
 * is made up, as for an instance without it.
 */
const MAX_METADATA_BYTES = 4 * 1024 * 1024;

let wanted: ReadonlySet<string> | undefined;

/** The attributes that a place and a record of the DICOMDIR are made of, their text in UTF-8. */
export function zipHeader(pieces: Uint8Array): DataSet {
  wanted ??= new Set([...directoryTags(), ...PLACE_TAGS].map(formatTag));
  const members: string[] = [];
  try {
    for (const [name, value] of jsonMembers(unpackStart(pieces, MAX_METADATA_BYTES))) {
      if (wanted.has(name)) members.push(`"${name}":${value}`);
    }
  } catch (error) {
    // The beginning of a text ends anywhere.
    if (!(error instanceof DecodeError)) throw error;
  }
  return decodeJson(JSON.parse(`{${members.join(",")}}`));
}

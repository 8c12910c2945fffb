/**
 * The metadata of a store request and the bulk parts beside it, as they come in
 * (PS3.18 10.5.1.4).
 * @module
 */
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { decodeXml } from "../../lib/dicom/xml_decode.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import type { Part } from "../../lib/multipart/decode.ts";
import { parseMediaType } from "../../lib/multipart/media_type.ts";
import type { BulkSpool } from "./bulk_spool.ts";

/** How metadata is written. */
export type MetadataForm = "json" | "xml";

/** Most bytes of metadata in one request: what the header of one instance may have when it comes as a file. */
export const METADATA_BYTES = 64 * 1024 * 1024;

/** What one instance's metadata turned out to be. */
export type Metadata = DataSet | DecodeError | LimitError;

/**
 * Reads a whole request: bulk parts go to the spool under their location as `resolve` has it, the
 * metadata of each instance comes back.
 * @throws {DecodeError} where there is no metadata to speak of, {LimitError} where it is too much,
 *   and what the body throws
 */
export async function readMetadataForm(
  parts: AsyncIterable<Part>,
  form: MetadataForm,
  spool: BulkSpool,
  resolve: (uri: string) => string,
): Promise<readonly Metadata[]> {
  const found: Metadata[] = [];
  const budget = { bytes: METADATA_BYTES };
  for await (const { headers, body } of parts) {
    const mediaType = parseMediaType(headers.get("content-type") ?? "");
    const location = headers.get("content-location");
    if (isMetadata(mediaType?.essence, location, form)) {
      found.push(...decodeMetadata(await readText(body, budget), form));
    } else if (location !== undefined) {
      await spool.add(resolve(location), mediaType, body);
    }
  }
  return found;
}

const OTHER_TYPES: readonly (string | undefined)[] = [
  undefined,
  "application/json",
  "application/xml",
  "text/xml",
];

/** A part of another type, or of none, is metadata where it has no location: a document in XML may be bulk data. */
function isMetadata(
  essence: string | undefined,
  location: string | undefined,
  form: MetadataForm,
): boolean {
  if (essence === `application/dicom+${form}`) return true;
  return location === undefined && OTHER_TYPES.includes(essence);
}

function decodeMetadata(document: string, form: MetadataForm): readonly Metadata[] {
  if (form === "xml") return [attempt(() => decodeXml(document))];
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch {
    // Its message would quote the metadata.
    throw new DecodeError("The metadata is not JSON");
  }
  return (Array.isArray(json) ? json : [json]).map((object) => attempt(() => decodeJson(object)));
}

function attempt(decode: () => DataSet): Metadata {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError || error instanceof LimitError) return error;
    throw error;
  }
}

async function readText(
  body: AsyncIterable<Uint8Array>,
  budget: { bytes: number },
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    budget.bytes -= chunk.length;
    if (budget.bytes < 0) throw new LimitError("METADATA_BYTES", METADATA_BYTES, "The metadata");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

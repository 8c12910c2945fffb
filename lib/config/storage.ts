/**
 * Where index and objects are kept: in the data folder, or each with a service that many servers
 * share.
 * @module
 */
import { parseS3Url, readS3Place, S3_URL, S3_VARIABLES, type S3Place } from "./s3_place.ts";
import {
  FLAG,
  HEADER_TEXT,
  isHeaderText,
  parseBaseUrl,
  parseFlag,
  type VariableReader,
} from "./variables.ts";

/** Where the index is. */
export type IndexPlace =
  /** A file in the data folder. */
  | { readonly kind: "file" }
  | {
    readonly kind: "remote";
    /** Of libSQL over HTTP, `http:` or `https:`, without a trailing slash. */
    readonly url: string;
    readonly token: string | undefined;
    /** Searches read a copy in the data folder, which follows the index. */
    readonly replica: boolean;
  };

/** Where the objects are. */
export type BlobsPlace =
  /** A folder in the data folder. */
  | { readonly kind: "folder" }
  | {
    readonly kind: "s3";
    readonly place: S3Place;
    /** Bytes in the data folder for what was read last; 0 for none. */
    readonly cacheBytes: number;
  };

/** Both. */
export interface StoragePlaces {
  readonly index: IndexPlace;
  readonly blobs: BlobsPlace;
}

/** The variables that say so. */
export const STORAGE_VARIABLES = [
  "GANTRY_INDEX_URL",
  "GANTRY_INDEX_TOKEN",
  "GANTRY_INDEX_REPLICA",
  "GANTRY_BLOBS_URL",
  "GANTRY_BLOBS_CACHE",
  ...S3_VARIABLES,
] as const;

type StorageVariable = (typeof STORAGE_VARIABLES)[number];

/** Reads where index and objects are; what is wrong is among the reader's problems. */
export function readStorage(reader: VariableReader<StorageVariable>): StoragePlaces {
  return { index: readIndexPlace(reader), blobs: readBlobsPlace(reader) };
}

function readIndexPlace(
  { text, parsed, refuse }: VariableReader<StorageVariable>,
): IndexPlace {
  const given = text("GANTRY_INDEX_URL");
  const url = given === undefined ? undefined : parseIndexUrl(given);
  const token = text("GANTRY_INDEX_TOKEN");
  const replica = parsed("GANTRY_INDEX_REPLICA", parseFlag, FLAG) ?? false;
  // The value is not repeated: such URLs may carry a token.
  if (given !== undefined && url === undefined) refuse("GANTRY_INDEX_URL", INDEX_URL);
  if (token !== undefined && !isHeaderText(token)) refuse("GANTRY_INDEX_TOKEN", HEADER_TEXT);
  if (given === undefined && token !== undefined) refuse("GANTRY_INDEX_TOKEN", WITHOUT_INDEX_URL);
  if (given === undefined && replica) refuse("GANTRY_INDEX_REPLICA", WITHOUT_INDEX_URL);
  return url === undefined ? { kind: "file" } : { kind: "remote", url, token, replica };
}

function readBlobsPlace(reader: VariableReader<StorageVariable>): BlobsPlace {
  const url = reader.parsed("GANTRY_BLOBS_URL", parseS3Url, S3_URL);
  const cacheBytes = reader.parsed(
    "GANTRY_BLOBS_CACHE",
    parseBytes,
    'a size such as "20GB" or "500 MiB"',
  );
  if (url === undefined) {
    if (cacheBytes) reader.refuse("GANTRY_BLOBS_CACHE", "means nothing without GANTRY_BLOBS_URL");
    return { kind: "folder" };
  }
  const place = readS3Place(url, reader);
  if (place === undefined) return { kind: "folder" };
  return { kind: "s3", place, cacheBytes: cacheBytes ?? 0 };
}

const INDEX_URL =
  "needs a libsql://, https:// or http:// URL, with the token in GANTRY_INDEX_TOKEN";
const WITHOUT_INDEX_URL = "means nothing without GANTRY_INDEX_URL";

function parseIndexUrl(text: string): string | undefined {
  return parseBaseUrl(text.replace(/^libsql:/i, "https:"));
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** Bytes, in decimal or binary units. */
function parseBytes(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([KMGT]i?B)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? NaN);
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}

/**
 * Where in which object store an installation's objects lie, out of a URL `s3://bucket/prefix` and
 * the variables that every client of S3 knows.
 * @module
 */
import {
  BASE_URL,
  HEADER_TEXT,
  isHeaderText,
  parseBaseUrl,
  type VariableReader,
} from "./variables.ts";

/** A place in an S3-compatible object store, and the right to use it. */
export interface S3Place {
  /** URL of the store, without a trailing slash. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What every object's name begins with: "", or plain names that each end in a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Whether the bucket is the first part of the path, or of the host's name. */
  readonly addressing: "path" | "virtual";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With temporary keys. */
  readonly sessionToken: string | undefined;
}

/** The variables that make a place. */
export const S3_VARIABLES = [
  "GANTRY_BLOBS_ADDRESSING",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
] as const;

type S3Variable = (typeof S3_VARIABLES)[number];

/** What {@linkcode parseS3Url} takes. */
export const S3_URL = "s3://bucket or s3://bucket/prefix, of letters, digits, dots, - and _";

/** Bucket, and names of a prefix that lead nowhere else. */
const URL_FORM =
  /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*)\/?$/;

/** Where no variable names one: what AWS, and every store that has no regions, takes. */
const DEFAULT_REGION = "us-east-1";

/** Bucket and prefix of a URL; undefined where it is none of this form. */
export function parseS3Url(text: string): Pick<S3Place, "bucket" | "prefix"> | undefined {
  const [, bucket, path] = URL_FORM.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: path ? `${path.slice(1)}/` : "" };
}

/**
 * The place of a bucket and prefix; undefined where a key is missing, which the reader then has among
 * its problems.
 */
export function readS3Place(
  { bucket, prefix }: Pick<S3Place, "bucket" | "prefix">,
  { text, parsed, refuse }: VariableReader<S3Variable>,
): S3Place | undefined {
  const accessKeyId = text("AWS_ACCESS_KEY_ID");
  const secretAccessKey = text("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined) refuse("AWS_ACCESS_KEY_ID", NEEDED);
  if (secretAccessKey === undefined) refuse("AWS_SECRET_ACCESS_KEY", NEEDED);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"] as const) {
    if (!isHeaderText(text(name) ?? "-")) refuse(name, HEADER_TEXT);
  }
  const region = parsed("AWS_REGION", parseRegion, REGION) ??
    parsed("AWS_DEFAULT_REGION", parseRegion, REGION) ?? DEFAULT_REGION;
  const own = parsed("AWS_ENDPOINT_URL_S3", parseBaseUrl, BASE_URL) ??
    parsed("AWS_ENDPOINT_URL", parseBaseUrl, BASE_URL);
  const addressing = parsed("GANTRY_BLOBS_ADDRESSING", parseAddressing, '"path" or "virtual"');
  const endpoint = own ?? `https://s3.${region}.amazonaws.com`;
  const isHost = canBeHost(bucket, endpoint);
  if (addressing === "virtual" && !isHost) refuse("GANTRY_BLOBS_ADDRESSING", NO_HOST);
  // Other stores know buckets in paths; AWS gives new ones a host, whose certificate is for names without a dot.
  const usual = own === undefined && !bucket.includes(".") ? "virtual" : "path";
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return {
    endpoint,
    bucket,
    prefix,
    region,
    addressing: isHost && (addressing ?? usual) === "virtual" ? "virtual" : "path",
    accessKeyId,
    secretAccessKey,
    sessionToken: text("AWS_SESSION_TOKEN"),
  };
}

const NEEDED = "is needed: GANTRY_BLOBS_URL names an object store, which wants a key";

const REGION = "letters, digits, - and _";

/** A name that can be part of a host's. */
function parseRegion(text: string): string | undefined {
  return /^[\w-]{1,63}$/.test(text) ? text : undefined;
}

const NO_HOST = 'cannot be "virtual" here: the bucket, of a-z, 0-9 and - alone, would have to be ' +
  "the first part of a host's name, and the endpoint one that is no address";

/** A label of a host's name (RFC 1123 section 2.1), or several. */
const LABELS = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Whether bucket and endpoint make a host; in a URL, what makes none would be dropped in silence. */
function canBeHost(bucket: string, endpoint: string): boolean {
  const { protocol, host } = new URL(endpoint);
  return LABELS.test(bucket) && URL.canParse(`${protocol}//${bucket}.${host}`);
}

function parseAddressing(text: string): S3Place["addressing"] | undefined {
  return text === "path" || text === "virtual" ? text : undefined;
}

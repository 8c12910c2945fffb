/**
 * What an object store answers instead of what was asked, in words that say what to do.
 * @module
 */
import type { S3Place } from "../../lib/config/s3_place.ts";
import { BlobNotFoundError, OutOfSpaceError } from "./blob_store.ts";

/** What may pass when it is asked again: the network, a store that is busy, bytes damaged on the way. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  /** `retryAfter`: milliseconds that the store asks to wait. */
  constructor(message: string, readonly retryAfter?: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The store refuses; asking again changes nothing until somebody does what the message says. */
export class ObjectStoreError extends Error {
  override readonly name = "ObjectStoreError";
  /** The message, of which nothing is the store's or a patient's. */
  readonly advice = this.message;
  /** `status`: HTTP's; `code`: S3's, where it has one. */
  constructor(message: string, readonly status: number, readonly code: string | undefined) {
    super(message);
  }
}

/** An answer that is none of success. */
export interface Refusal {
  readonly method: string;
  /** Key of the blob that was asked for. */
  readonly key: string | undefined;
  readonly status: number;
  readonly headers: Headers;
  /** Its body, or the begin of it. */
  readonly text: string;
}

/** Statuses of a store, or a proxy before it, that has trouble. */
const BUSY = new Set([408, 429, 500, 502, 503, 504]);

/** Codes that pass whatever the status is: trouble, other writers, and bytes that came damaged. */
const PASSING = new Set([
  "BadDigest",
  "ConditionalRequestConflict",
  "IncompleteBody",
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "ServiceUnavailable",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "XAmzContentSHA256Mismatch",
]);

/** A store without room. No part is ever near S3's own limit, so that too large is over a quota. */
const FULL = /^(EntityTooLarge|QuotaExceeded|InsufficientStorage|XMinio\w*(Full|QuotaExceeded))$/;

/** The error that an answer stands for. */
export function errorOf(refusal: Refusal, place: S3Place): Error {
  const { method, key, status, headers } = refusal;
  const code = codeOf(refusal.text);
  if (status === 507 || FULL.test(code ?? "")) return new OutOfSpaceError();
  if (BUSY.has(status) || PASSING.has(code ?? "")) {
    return new TransientError(`${status} ${code ?? ""}`.trim(), retryAfterOf(headers));
  }
  if (key !== undefined && status === 404 && (code === "NoSuchKey" || method === "HEAD")) {
    return new BlobNotFoundError(key);
  }
  if (status === 416) return new RangeError(`Blob ${key} ends before the range that was asked for`);
  return new ObjectStoreError(messageOf(refusal, code, place), status, code);
}

/** `Code` of an error's XML. */
export function codeOf(text: string): string | undefined {
  return /<Error\b[^>]*>[^]*?<Code>\s*(\w{1,64})\s*<\/Code>/.exec(text)?.[1];
}

/** Milliseconds of a Retry-After in seconds; its other form, a date, no store sends. */
function retryAfterOf(headers: Headers): number | undefined {
  const seconds = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** One sentence of what happened and one of what to do; nothing of what the store said beyond its code. */
function messageOf(
  { method, status, headers }: Refusal,
  code: string | undefined,
  { bucket, region }: S3Place,
): string {
  switch (code ?? status) {
    case "NoSuchBucket":
      return `The object store has no bucket ${bucket}. Create it, or correct GANTRY_BLOBS_URL.`;
    case "InvalidAccessKeyId":
    case 401:
      return "The object store does not know the access key. Correct AWS_ACCESS_KEY_ID.";
    case "SignatureDoesNotMatch":
      return "The object store refuses the signature. Correct AWS_SECRET_ACCESS_KEY.";
    case "ExpiredToken":
    case "InvalidToken":
      return "The object store refuses the session token. Renew AWS_SESSION_TOKEN and its keys.";
    case "RequestTimeTooSkewed":
      return "The object store's clock and this machine's differ. Set the clock of this machine.";
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "TemporaryRedirect":
    case 301:
    case 307: {
      const right = headers.get("x-amz-bucket-region");
      return `Bucket ${bucket} is not in region ${region}` +
        `${right === null ? "" : ` but in ${right}`}. Correct AWS_REGION or AWS_ENDPOINT_URL_S3.`;
    }
    case "AccessDenied":
    case "AllAccessDisabled":
    case 403:
      return `The object store denies access to bucket ${bucket}. Let the access key get, put, ` +
        "delete and list its objects, and list and abort its multipart uploads.";
    default:
      return `The object store refuses ${method} with ${status}${code ? ` ${code}` : ""}. ` +
        "Is AWS_ENDPOINT_URL_S3 the URL of an S3 API?";
  }
}

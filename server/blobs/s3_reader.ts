/**
 * Bytes out of an object store. Blobs never change, so that a body that breaks off or stalls goes
 * on with a new request from where it stood.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { ByteRange } from "./blob_store.ts";
import { ObjectStoreError, TransientError } from "./s3_errors.ts";
import type { S3Answer, S3Client } from "./s3_request.ts";

/** Metadata of an object: SHA-256 of its bytes in hexadecimal, where they were sent at once. */
export const DIGEST_HEADER = "x-amz-meta-sha256";

/** Bytes that end trouble: a body that breaks off before so many came has no new time to be waited for. */
const PROGRESS = 64 * 1024;

/** A body, from the answer to its first request on. */
export interface S3Reader {
  /** Bytes of the whole body. */
  readonly length: number;
  /** The next of them, undefined at the end. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Lets the connection go. */
  cancel(): void;
}

/**
 * Asks for a blob, or a range of it that is not empty; resolves when its head came.
 * @throws {RangeError} where the blob ends before the range does, unless `isLimit` says that the
 * range has the bytes at most
 */
export async function openReader(
  client: S3Client,
  key: string,
  range: ByteRange | undefined,
  isLimit = false,
): Promise<S3Reader> {
  const ended = new AbortController();
  const begin = range?.offset ?? 0;
  let answer: S3Answer | undefined = await client.persist(({ deadline }) => ask(begin, deadline));
  const end = endOf(answer, key, range, isLimit);
  const check = range === undefined ? digestCheck(answer.headers) : undefined;
  let at = begin;
  /** Since the body broke off: when it is given up, and where it then stood. */
  let trouble: { readonly until: number; readonly at: number } | undefined;

  function ask(from: number, deadline: number): Promise<S3Answer> {
    const isWhole = range === undefined && from === 0;
    const last = range === undefined ? "" : range.offset + range.length - 1;
    return client.send(
      {
        method: "GET",
        key,
        headers: isWhole ? {} : { range: `bytes=${from}-${last}` },
      },
      deadline,
      ended.signal,
    );
  }

  async function read(deadline: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      if (answer === undefined) {
        answer = await ask(at, deadline);
        if (at > 0) checkStart(answer, at);
      }
      const bytes = await answer.next();
      if (bytes === undefined && at < end) throw new TransientError("A body ended early");
      return bytes;
    } catch (error) {
      answer = undefined;
      trouble ??= { until: performance.now() + client.limits.total, at };
      throw error;
    }
  }

  return {
    length: end - begin,
    async next() {
      const bytes = await client.persist(({ deadline }) => read(deadline), {
        total: trouble === undefined ? client.limits.total : trouble.until - performance.now(),
        signal: ended.signal,
      });
      if (bytes === undefined) {
        check?.end(key);
        return undefined;
      }
      at += bytes.length;
      if (trouble !== undefined && at - trouble.at >= PROGRESS) trouble = undefined;
      if (at > end) {
        answer?.cancel();
        throw new Error(`The object store sent more of blob ${key} than was asked for`);
      }
      check?.hash.update(bytes);
      return bytes;
    },
    cancel() {
      answer?.cancel();
      ended.abort(new Error("cancelled"));
    },
  };
}

/** Where the bytes end that an answer begins; lets the connection go where they are the wrong ones. */
function endOf(
  answer: S3Answer,
  key: string,
  range: ByteRange | undefined,
  isLimit: boolean,
): number {
  try {
    if (range === undefined) {
      const length = answer.headers.get("content-length");
      if (length === null) throw new ObjectStoreError(NO_LENGTH, answer.status, undefined);
      return Number(length);
    }
    checkStart(answer, range.offset);
    const end = range.offset + range.length;
    const last = Number(/-(\d+)\//.exec(answer.headers.get("content-range") ?? "")?.[1]);
    if (last + 1 === end || isLimit && last + 1 < end) return last + 1;
    throw new RangeError(`Blob ${key} ends ${end - last - 1} bytes early`);
  } catch (error) {
    answer.cancel();
    throw error;
  }
}

const NO_LENGTH = "The object store does not say how long an object is. " +
  "Is there a proxy before it that takes Content-Length away?";

function checkStart(answer: S3Answer, offset: number): void {
  const range = answer.headers.get("content-range") ?? "";
  if (answer.status === 206 && range.startsWith(`bytes ${offset}-`)) return;
  answer.cancel();
  throw new ObjectStoreError(
    "The object store gave other bytes than the range that was asked for. " +
      "Is there a proxy before it that takes Range away?",
    answer.status,
    undefined,
  );
}

/** Holds bytes against the digest that was stored with them, where there is one. */
function digestCheck(
  headers: Headers,
): { readonly hash: Hash; end(key: string): void } | undefined {
  const digest = headers.get(DIGEST_HEADER);
  if (digest === null) return undefined;
  const hash = createHash("sha256");
  return {
    hash,
    end(key) {
      if (hash.digest("hex") === digest) return;
      throw new Error(`Blob ${key} came back damaged: its SHA-256 is not the one stored with it`);
    },
  };
}

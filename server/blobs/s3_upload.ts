/**
 * Writing objects: at once, or in parts.
 * @module
 */
import { createHash } from "node:crypto";
import { UnavailableError } from "../unavailable.ts";
import { codeOf, errorOf, ObjectStoreError } from "./s3_errors.ts";
import { readElements } from "./s3_list.ts";
import { DIGEST_HEADER } from "./s3_reader.ts";
import type { Attempt, S3Client } from "./s3_request.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Objects of one store, as they come to be. */
export interface S3Uploads {
  /** Writes a whole object. Throws where there is one of that key. */
  put(key: string, bytes: Bytes): Promise<void>;
  /** Begins a multipart upload; the result is its ID. Throws where there is an object of that key. */
  begin(key: string): Promise<string>;
  /** Sends a part, counted from 1; the result is its ETag. */
  part(key: string, id: string, number: number, bytes: Bytes, signal: AbortSignal): Promise<string>;
  /** Makes the object of `size` bytes out of its parts. */
  complete(key: string, id: string, etags: readonly string[], size: number): Promise<void>;
  /** Ends an upload, as far as the store can be reached soon. Never throws. */
  abort(key: string, id: string): Promise<void>;
}

/** Milliseconds for tidying up after a failure, when somebody waits for the answer. */
const TIDY_TIME = 2_000;

/** Bytes up to which it is found out with a real object whether the store takes a condition. */
const TRIAL_BYTES = 64 * 1024;

/** Milliseconds that a store may take for each part of what it completes. */
const PATIENCE_PER_PART = 10;

/** Bytes of part `number` of an upload of a size that nobody knows before: 10,000 make 5 TiB. */
export function partSize(number: number, first: number): number {
  return first + Math.max(0, number - UNIFORM_PARTS) * GROWTH;
}

/** Parts that are alike, as some stores want all to be: 32 GiB. */
const UNIFORM_PARTS = 4_000;

/** Bytes by which each part after these is larger than the one before. */
const GROWTH = 320 * 1024;

/** The writing side of a store. */
export function createS3Uploads(
  client: S3Client,
  size: (key: string) => Promise<number | undefined>,
): S3Uploads {
  /** Whether the store writes an object only if there is none, when told so; not all can. */
  let takesCondition: boolean | undefined;

  async function refuseExisting(key: string): Promise<void> {
    if (await size(key) !== undefined) throw alreadyThere(key);
  }

  /** Removes an object or an upload, as far as the store can be reached soon. */
  async function remove(key: string, query: Record<string, string> = {}): Promise<void> {
    await client.persist(async ({ deadline }) => {
      await (await client.send({ method: "DELETE", key, query }, deadline)).text();
    }, { total: TIDY_TIME }).catch(() => {});
  }

  /** Whether the object of a key is there with so many bytes, as far as that can be known soon. */
  async function isDone(key: string, bytes: number): Promise<boolean> {
    const answer = client.persist(
      ({ deadline }) => client.send({ method: "HEAD", key }, deadline),
      { total: TIDY_TIME },
    );
    return await answer.then(({ headers }) => Number(headers.get("content-length")) === bytes)
      .catch(() => false);
  }

  /**
   * Does what makes an object. Where it is not known how that ended, the object goes: nothing is to
   * be left of a blob whose commit failed.
   */
  async function make(key: string, making: () => Promise<void>): Promise<void> {
    try {
      await making();
    } catch (error) {
      if (error instanceof UnavailableError) await remove(key);
      throw error;
    }
  }

  async function send(key: string, bytes: Bytes, condition: Record<string, string>): Promise<void> {
    const sha256 = digestOf(bytes);
    const put = async ({ number, deadline }: Attempt) => {
      try {
        const answer = await client.send({
          method: "PUT",
          key,
          headers: {
            "content-type": "application/octet-stream",
            [DIGEST_HEADER]: sha256,
            ...condition,
          },
          body: { bytes, sha256 },
        }, deadline);
        await answer.text();
      } catch (error) {
        if (!(error instanceof ObjectStoreError && error.status === 412)) throw error;
        // The answer to an attempt before may have been lost, not the object.
        if (number === 0 || !await isDone(key, bytes.length)) throw alreadyThere(key);
      }
    };
    await make(key, () => client.persist(put));
  }

  return {
    async put(key, bytes) {
      if (takesCondition ?? bytes.length <= TRIAL_BYTES) {
        try {
          await send(key, bytes, { "if-none-match": "*" });
          takesCondition = true;
          return;
        } catch (error) {
          if (!(error instanceof ObjectStoreError && error.status === 501)) throw error;
          takesCondition = false;
        }
      }
      await refuseExisting(key);
      await send(key, bytes, {});
    },

    async begin(key) {
      await refuseExisting(key);
      const { text } = await client.ask({
        method: "POST",
        key,
        query: { uploads: "" },
        headers: { "content-type": "application/octet-stream" },
      });
      const id = readElements(text, "InitiateMultipartUploadResult").get("UploadId")?.[0];
      if (!id) throw new Error("The object store began an upload without naming it");
      return id;
    },

    async part(key, id, number, bytes, signal) {
      const sha256 = digestOf(bytes);
      return await client.persist(async ({ deadline }) => {
        const answer = await client.send(
          {
            method: "PUT",
            key,
            query: { partNumber: `${number}`, uploadId: id },
            body: { bytes, sha256 },
          },
          deadline,
          signal,
        );
        await answer.text();
        const etag = answer.headers.get("etag");
        if (etag === null) throw new Error("The object store gives no ETag to a part");
        return etag;
      }, { signal });
    },

    async complete(key, id, etags, bytes) {
      const body = encodeBody(completion(etags));
      const complete = async ({ deadline }: Attempt) => {
        const answer = await client.send({
          method: "POST",
          key,
          query: { uploadId: id },
          headers: { "content-type": "application/xml" },
          body,
          patience: etags.length * PATIENCE_PER_PART,
        }, deadline);
        const { headers } = answer;
        const text = await answer.text();
        if (codeOf(text) === undefined) return;
        // A store begins its answer before it knows how it ends: the status says nothing.
        throw errorOf({ method: "POST", key, status: 200, headers, text }, client.place);
      };
      await make(key, async () => {
        try {
          await client.persist(complete);
        } catch (error) {
          // The answer may have been lost, and the upload, which then is no more, be complete.
          const mayBeDone = error instanceof UnavailableError ||
            error instanceof ObjectStoreError && error.code === "NoSuchUpload";
          if (!mayBeDone || !await isDone(key, bytes)) throw error;
        }
      });
    },

    abort: (key, id) => remove(key, { uploadId: id }),
  };
}

/** The key has a blob, which is not written again. */
function alreadyThere(key: string): Error {
  return new Error(`Blob ${key} is there already`);
}

function digestOf(bytes: Bytes): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function encodeBody(text: string) {
  const bytes = new TextEncoder().encode(text);
  return { bytes, sha256: digestOf(bytes) };
}

function completion(etags: readonly string[]): string {
  const parts = etags.map((etag, n) =>
    `<Part><PartNumber>${n + 1}</PartNumber><ETag>${escapeText(etag)}</ETag></Part>`
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
    parts.join("")
  }</CompleteMultipartUpload>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

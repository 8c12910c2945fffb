/**
 * An archive in a temporary folder, with real blobs and a real index behind the store routes.
 * @module
 */
import { Hono } from "hono";
import type { BlobStore } from "../../server/blobs/blob_store.ts";
import type { Env } from "../../server/http/context.ts";
import { errorResponse } from "./error_response.ts";
import type { Index, InstanceRow } from "../../server/index/index.ts";
import { storeRoutes } from "../../server/routes/store.ts";
import { createIds, REMOVALS } from "../../server/services/ids.ts";
import {
  createRemovalRecords,
  type RemovalRecords,
} from "../../server/services/removal_records.ts";
import { createRescan, type Rescan } from "../../server/services/rescan.ts";
import { createStoreService } from "../../server/services/store.ts";
import { blobsUnder, openIndexUnder } from "./storage.ts";

/** URL of the archive's DICOMweb root. */
export const BASE = "http://gantry.test/dicomweb";

/** What a test may change. */
export interface ArchiveOptions {
  readonly conflict?: "refuse" | "replace";
  /** Puts something between the store and its blobs. */
  readonly wrapBlobs?: (blobs: BlobStore) => BlobStore;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The archive `default`. */
export interface TestArchive {
  readonly index: Index;
  readonly blobs: BlobStore;
  /** Folder of the blobs' files. */
  readonly folder: string;
  readonly rescan: Rescan;
  readonly records: RemovalRecords;
  /** See StoreParts. */
  readonly underWay: ReadonlySet<string>;
  /** Failures that the store reported as its own. */
  readonly reported: unknown[];
  /** Answers a request below {@linkcode BASE}. */
  fetch(path: string, init: RequestInit): Promise<Response>;
  /** Every row, in the order in which they were stored. */
  rows(): Promise<InstanceRow[]>;
  /** Every blob that is there, but for records of removals. */
  blobKeys(): Promise<string[]>;
}

/** Runs a test on an archive of its own. */
export async function withArchive(
  test: (archive: TestArchive) => Promise<void>,
  options: ArchiveOptions = {},
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-archive-" });
  const index = await openIndexUnder(root);
  try {
    await index.ensureArchives(["default"]);
    const store = await blobsUnder(root);
    const blobs = options.wrapBlobs?.(store) ?? store;
    const reported: unknown[] = [];
    const now = options.now ?? Date.now;
    const ids = createIds({ now, random: (bytes) => crypto.getRandomValues(bytes) });
    const underWay = new Set<string>();
    const records = createRemovalRecords({ index, blobs, ids });
    const service = createStoreService({
      index,
      blobs,
      ids,
      records,
      underWay,
      now,
      conflict: () => options.conflict ?? "refuse",
      report: (error) => reported.push(error),
    });
    const app = new Hono<Env>();
    app.use(async (c, next) => {
      c.set("archive", "default");
      c.set("base", BASE);
      await next();
    });
    app.route("/dicomweb", storeRoutes(service));
    app.onError((error, c) => errorResponse(error, c.req.method));
    await test({
      index,
      blobs,
      folder: `${root}/blobs`,
      rescan: createRescan({ index, blobs, ids }),
      records,
      underWay,
      reported,
      fetch: async (path, init) => await app.request(`${BASE}${path}`, init),
      rows: async () => (await Array.fromAsync(index.everything("default"))).flat(),
      blobKeys: async () =>
        (await Array.fromAsync(store.list(""))).filter((key) => !key.includes(`/${REMOVALS}/`)),
    });
  } finally {
    await index.close();
    await Deno.remove(root, { recursive: true });
  }
}

/** One part of a multipart body. */
export interface TestPart {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** Content-Type and body of a multipart/related request. */
export function multipart(
  parts: readonly TestPart[],
  type: string | undefined = "application/dicom",
): { readonly headers: { "Content-Type": string }; readonly body: Uint8Array<ArrayBuffer> } {
  const chunks: (string | Uint8Array)[] = [];
  for (const { headers = type === undefined ? {} : { "Content-Type": type }, body } of parts) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    chunks.push(`--edge\r\n${lines.join("")}\r\n`, body, "\r\n");
  }
  chunks.push("--edge--\r\n");
  const bytes = chunks.map((chunk) =>
    typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk
  );
  const body = new Uint8Array(bytes.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of bytes) {
    body.set(chunk, at);
    at += chunk.length;
  }
  const parameter = type === undefined ? "" : `; type="${type}"`;
  return { headers: { "Content-Type": `multipart/related${parameter}; boundary=edge` }, body };
}

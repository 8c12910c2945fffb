/**
 * The retrieve routes over an archive of real blobs and a real index.
 * @module
 */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { type DeidSettings, deidWithDefaults } from "../../lib/config/deidentification.ts";
import { boundaryOf, decodeMultipart } from "../../lib/multipart/decode.ts";
import { parseMediaType } from "../../lib/multipart/media_type.ts";
import type { Env } from "../../server/http/context.ts";
import { errorResponse } from "./error_response.ts";
import { bulkdataRoutes } from "../../server/routes/bulkdata.ts";
import { framesRoutes } from "../../server/routes/frames.ts";
import { metadataRoutes } from "../../server/routes/metadata.ts";
import { renderedRoutes } from "../../server/routes/rendered.ts";
import { retrieveRoutes } from "../../server/routes/retrieve.ts";
import { wadoUriRoutes } from "../../server/routes/wado_uri.ts";
import { openPixels } from "../../server/pixels/open_pixels.ts";
import { createAnonymizers } from "../../server/services/anonymizer.ts";
import type { Pixels } from "../../server/pixels/pixels.ts";
import { createRetrieveService } from "../../server/services/retrieve.ts";
import { type ArchiveOptions, BASE, multipart, type TestArchive, withArchive } from "./archive.ts";

export { BASE } from "./archive.ts";

/** A part of a multipart answer, read whole. */
export interface ReadPart {
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

/** An archive whose instances can be retrieved. */
export interface Retrieval {
  readonly archive: TestArchive;
  /** Stores files, all of which must be accepted. */
  store(...files: Uint8Array[]): Promise<void>;
  /** GET, or HEAD where `init` says so. */
  get(path: string, accept?: string, init?: RequestInit): Promise<Response>;
  /** GET of the URI service with these parameters. */
  wado(query: string, accept?: string, init?: RequestInit): Promise<Response>;
}

/** What a test may change. */
export interface RetrievalOptions extends ArchiveOptions {
  readonly deidentification?: ReadonlyMap<string, DeidSettings>;
  /** Puts something between retrieval and the work on pixels. */
  readonly wrapPixels?: (pixels: Pixels) => Pixels;
}

/** Runs a test on an archive of its own. */
export async function withRetrieval(
  test: (retrieval: Retrieval) => Promise<void>,
  options: RetrievalOptions = {},
): Promise<void> {
  await withArchive(async (archive) => {
    const { index, blobs, rescan } = archive;
    const opened = openPixels();
    const pixels = options.wrapPixels?.(opened) ?? opened;
    const lasting = () => options.conflict !== "replace";
    const service = createRetrieveService({
      index,
      blobs,
      pixels,
      anonymizer: createAnonymizers(
        new Uint8Array(32),
        options.deidentification ?? deidWithDefaults(),
      ),
      rescan,
      lasting,
    });
    const app = new Hono<Env>();
    app.use(async (c, next) => {
      c.set("archive", "default");
      c.set("base", BASE);
      await next();
    });
    const all = [retrieveRoutes, metadataRoutes, framesRoutes, bulkdataRoutes, renderedRoutes];
    for (const routes of all) {
      app.route("/dicomweb", routes(service));
    }
    app.route("/wado", wadoUriRoutes(service));
    app.onError((error, c) => errorResponse(error, c.req.method));
    const request = async (url: string, accept: string | undefined, init: RequestInit) => {
      const headers = new Headers(init.headers);
      if (accept !== undefined) headers.set("Accept", accept);
      return await app.request(url, { ...init, headers });
    };
    try {
      await test({
        archive,
        async store(...files) {
          const { headers, body } = multipart(files.map((file) => ({ body: file })));
          const response = await archive.fetch("/studies", { method: "POST", headers, body });
          assertEquals(response.status, 200, await response.text());
        },
        get: (path, accept, init = {}) => request(`${BASE}${path}`, accept, init),
        wado: (query, accept, init = {}) =>
          request(`${BASE.replace(/dicomweb$/, "wado")}?${query}`, accept, init),
      });
    } finally {
      await opened.close();
    }
  }, options);
}

/** Parts of a multipart/related answer, whose Content-Length, where there is one, must be true. */
export async function readParts(response: Response): Promise<ReadPart[]> {
  const type = parseMediaType(response.headers.get("content-type") ?? "");
  assertEquals(type?.essence, "multipart/related", `${response.status}`);
  const body = new Uint8Array(await response.arrayBuffer());
  const length = response.headers.get("content-length");
  if (length !== null) assertEquals(body.length, Number(length));
  const parts: ReadPart[] = [];
  for await (const part of decodeMultipart(only(body), boundaryOf(type!))) {
    const chunks = await Array.fromAsync(part.body);
    const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
    parts.push({ headers: part.headers, bytes });
  }
  return parts;
}

/** The whole body. */
export async function bytesOf(response: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  assertEquals(response.ok, true, new TextDecoder().decode(bytes));
  return bytes;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

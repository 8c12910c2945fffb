/**
 * STOW-RS (PS3.18 10.5): POST of instances to `/studies` or to one study.
 * @module
 */
import { type Context, Hono } from "hono";
import { boundaryOf, decodeMultipart } from "../../lib/multipart/decode.ts";
import { type MediaType, parseMediaType } from "../../lib/multipart/media_type.ts";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { StoreService } from "../services/store.ts";
import { storeResponse } from "../services/store_response.ts";
import type { StoreResult } from "../services/store_result.ts";

const SUPPORTED = "send multipart/related with type application/dicom";

/** POST answers 200, 202 or 409 with the Store Instances Response Module; 400 and 415 as problems. */
export function storeRoutes(service: StoreService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const path of ["/studies", "/studies/:study"]) {
    routes.post(path, async (c) => respond(c, await store(service, c)));
  }
  return routes;
}

async function store(service: StoreService, c: Context<Env>): Promise<readonly StoreResult[]> {
  const request = c.req.raw;
  const target = { archive: c.get("archive"), StudyInstanceUID: c.req.param("study") };
  const contentType = contentTypeOf(request);
  if (request.body === null) throw new Problem(400, `The body is empty; ${SUPPORTED}.`);
  switch (contentType.essence) {
    case "application/dicom":
      return await service.storeFiles(target, only(request.body));
    case "multipart/related":
      return await service.storeFiles(
        target,
        decodeMultipart(request.body, boundaryOf(contentType)),
      );
    default:
      throw new Problem(415, `This Content-Type cannot be stored; ${SUPPORTED}.`);
  }
}

function contentTypeOf(request: Request): MediaType {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new Problem(415, "A body with a Content-Encoding cannot be stored; send it plain.");
  }
  const contentType = parseMediaType(request.headers.get("content-type") ?? "");
  if (contentType !== undefined) return contentType;
  throw new Problem(415, `Content-Type is missing or malformed; ${SUPPORTED}.`);
}

async function* only(body: AsyncIterable<Uint8Array>) {
  yield { body };
}

function respond(c: Context<Env>, results: readonly StoreResult[]): Response {
  const { status, module, studyURL } = storeResponse(results, c.get("base"));
  return new Response(JSON.stringify(module), {
    status,
    headers: {
      "Content-Type": "application/dicom+json",
      "Cache-Control": "no-store",
      ...(studyURL === undefined ? {} : { Location: studyURL, "Content-Location": studyURL }),
    },
  });
}

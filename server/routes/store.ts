/**
 * STOW-RS (PS3.18 10.5): POST of instances to `/studies` or to one study.
 * @module
 */
import { type Context, Hono } from "hono";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { encodeXml } from "../../lib/dicom/xml.ts";
import { preferredOffer } from "../../lib/multipart/accept.ts";
import { boundaryOf, decodeMultipart, type Part } from "../../lib/multipart/decode.ts";
import { type MediaType, parseMediaType, rootTypeOf } from "../../lib/multipart/media_type.ts";
import type { Env } from "../http/context.ts";
import { acceptOf } from "../http/negotiate.ts";
import { Problem } from "../http/problem.ts";
import { requestBody } from "../http/request_body.ts";
import { lengthOf } from "../http/traffic.ts";
import type { StoreService, StoreTarget } from "../services/store.ts";
import { uidOf } from "./retrieve_scope.ts";
import { storeResponse } from "../services/store_response.ts";
import type { StoreResult } from "../services/store_result.ts";

const SUPPORTED =
  "send multipart/related with type application/dicom, application/dicom+json or application/dicom+xml";

/** What the response may be; the first where the client does not say, or wants something else. */
export const STORE_OFFERS = [
  { essence: "application/dicom+json", mediaType: "application/dicom+json" },
  { essence: "application/json", mediaType: "application/json" },
  { essence: "application/dicom+xml", mediaType: "application/dicom+xml" },
  {
    essence: "multipart/related",
    type: "application/dicom+xml",
    mediaType: "application/dicom+xml",
  },
  { essence: "text/xml", mediaType: "text/xml" },
] as const;

/** POST answers 200, 202 or 409 with the Store Instances Response Module; 400 and 415 as problems. */
export function storeRoutes(service: StoreService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const path of ["/studies", "/studies/:study"]) {
    routes.post(path, async (c) => {
      const results = await store(service, c);
      if (results.length === 0) throw new Problem(400, `The body has no part; ${SUPPORTED}.`);
      return respond(c, results);
    });
  }
  return routes;
}

async function store(service: StoreService, c: Context<Env>): Promise<readonly StoreResult[]> {
  const request = c.req.raw;
  const target: StoreTarget = {
    archive: c.get("archive"),
    StudyInstanceUID: uidOf(c, "study"),
  };
  const contentType = contentTypeOf(request);
  if (contentType.essence === "application/dicom") {
    return await service.storeFiles(target, only(bodyOf(request)));
  }
  if (contentType.essence !== "multipart/related") throw unsupported(contentType.essence);
  const boundary = boundaryOf(contentType);
  const sent = decodeMultipart(bodyOf(request), boundary);
  const { type, parts } = await typed(contentType, sent);
  switch (type) {
    case "application/dicom":
      return await service.storeFiles(target, parts);
    case "application/dicom+json":
    case "application/json":
      return await service.storeMetadata(target, parts, "json", c.get("base"));
    case "application/dicom+xml":
    case "application/xml":
    case "text/xml":
      return await service.storeMetadata(target, parts, "xml", c.get("base"));
    default:
      throw unsupported(type);
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

function bodyOf(request: Request): AsyncIterable<Uint8Array> {
  const body = requestBody(request);
  if (body !== undefined) return body;
  throw new Problem(400, `The body is empty; ${SUPPORTED}.`);
}

function unsupported(essence: string): Problem {
  return new Problem(415, `${essence} cannot be stored; ${SUPPORTED}.`);
}

/** The type of the whole; where Content-Type does not name it, the first part does. */
async function typed(
  contentType: MediaType,
  parts: AsyncGenerator<Part>,
): Promise<{ readonly type: string; readonly parts: AsyncIterable<Part> }> {
  const named = rootTypeOf(contentType)?.essence;
  if (named !== undefined) return { type: named, parts };
  const first = await parts.next();
  if (first.done) return { type: "application/dicom", parts };
  const root = parseMediaType(first.value.headers.get("content-type") ?? "");
  return { type: root?.essence ?? "application/dicom", parts: startingWith(first.value, parts) };
}

async function* startingWith(first: Part, others: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield first;
  yield* others;
}

async function* only(body: AsyncIterable<Uint8Array>) {
  yield await Promise.resolve({ body });
}

function respond(c: Context<Env>, results: readonly StoreResult[]): Response {
  const { status, module, studyURL } = storeResponse(results, c.get("base"));
  const { mediaType } = preferredOffer(acceptOf(c.req.raw), STORE_OFFERS) ?? STORE_OFFERS[0];
  const body = mediaType.endsWith("xml")
    ? encodeXml(decodeJson(module), { bulkDataURI: (path) => path })
    : JSON.stringify(module);
  return new Response(body, {
    status,
    headers: {
      "Content-Type": mediaType,
      "Content-Length": lengthOf(body),
      "Cache-Control": "no-store",
      ...(studyURL === undefined ? {} : { Location: studyURL, "Content-Location": studyURL }),
    },
  });
}

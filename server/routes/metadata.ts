/**
 * WADO-RS metadata (PS3.18 10.4.1.1.2): `/metadata` of a study, series or instance.
 * @module
 */
import { Hono } from "hono";
import { refuseAnonymize } from "../http/anonymize.ts";
import { preferredCoding } from "../http/content_coding.ts";
import type { Env } from "../http/context.ts";
import { acceptOf, negotiateMetadata } from "../http/negotiate.ts";
import { representationResponse } from "../http/representation_response.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import { LEVELS, scopeOf } from "./retrieve_scope.ts";

/** DICOM JSON, or multipart XML; 404, 406, 410 as problems. */
export function metadataRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const level of LEVELS) {
    routes.get(`${level}/metadata`, async (c) => {
      const request = c.req.raw;
      refuseAnonymize(request);
      const base = c.get("base");
      const metadata = await service.metadata(c.get("archive"), scopeOf(c), {
        representation: negotiateMetadata(acceptOf(request)),
        coding: preferredCoding(request.headers.get("accept-encoding")),
        base,
      });
      return await representationResponse(request, metadata, base);
    });
  }
  return routes;
}

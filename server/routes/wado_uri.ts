/**
 * WADO-URI (PS3.18 9): `/wado` and `/aets/{AE}/wado`.
 * @module
 */
import { Hono } from "hono";
import { parseWadoUri } from "../../lib/query/wado_uri.ts";
import { clientOf } from "../http/client.ts";
import type { Env } from "../http/context.ts";
import { representationResponse } from "../http/representation_response.ts";
import { searchParamsOf } from "../http/search_params.ts";
import { addWarnings } from "../http/warning.ts";
import type { RetrieveService } from "../services/retrieve.ts";

const DICOM = "application/dicom";

/** GET answers with one instance, or an image of it; 400, 404, 406, 410 as problems. */
export function wadoUriRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/", async (c) => {
    const request = c.req.raw;
    const asked = parseWadoUri(searchParamsOf(request), request.headers.get("accept"));
    const found = await service.byUri(c.get("archive"), asked, clientOf(c));
    const base = c.get("base");
    const response = await representationResponse(request, found, base);
    // PS3.18 8.7.3.5.2 forbids the parameter of WADO-RS here.
    const type = response.headers.get("content-type");
    if (type?.startsWith(DICOM)) response.headers.set("Content-Type", DICOM);
    addWarnings(response.headers, base, asked.warnings);
    return response;
  });
  return routes;
}

/**
 * WADO-RS rendered resources and thumbnails (PS3.18 10.4.1.1.3, 10.4.1.1.4) of studies, series,
 * instances and frames.
 * @module
 */
import { type Context, Hono } from "hono";
import { parseRendered, parseThumbnail } from "../../lib/query/rendered_parameters.ts";
import { refuseAnonymize } from "../http/anonymize.ts";
import { clientOf } from "../http/client.ts";
import type { Env } from "../http/context.ts";
import { acceptOf } from "../http/negotiate.ts";
import { Problem } from "../http/problem.ts";
import type { Representation } from "../http/representation.ts";
import { representationResponse } from "../http/representation_response.ts";
import { searchParamsOf } from "../http/search_params.ts";
import { addWarnings } from "../http/warning.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import { parseFrames } from "./frames.ts";
import { INSTANCE, LEVELS, scopeOf } from "./retrieve_scope.ts";

const FRAMES = `${INSTANCE}/frames/:frames`;

/** Images as JPEG, PNG or GIF, videos and documents as they are; 400, 404, 406, 410 as problems. */
export function renderedRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const path of [...LEVELS, FRAMES]) {
    routes.get(`${path}/rendered`, async (c) => {
      refuseAnonymize(c.req.raw);
      const parameters = parseRendered(searchParamsOf(c.req.raw));
      const frames = c.req.param("frames");
      const found = await service.rendered(c.get("archive"), scopeOf(c), {
        ranges: acceptOf(c.req.raw),
        parameters,
        ...(frames === undefined ? {} : { frames: parseFrames(frames) }),
      }, clientOf(c));
      return await respond(c, found, parameters.warnings);
    });
    routes.get(`${path}/thumbnail`, async (c) => {
      refuseAnonymize(c.req.raw);
      const parameters = parseThumbnail(searchParamsOf(c.req.raw));
      const frames = c.req.param("frames");
      const found = await service.thumbnail(c.get("archive"), scopeOf(c), {
        ranges: acceptOf(c.req.raw),
        parameters,
        ...(frames === undefined ? {} : { frame: onlyFrame(frames) }),
      }, clientOf(c));
      return await respond(c, found, parameters.warnings);
    });
  }
  return routes;
}

function onlyFrame(list: string): number {
  const [frame, ...more] = parseFrames(list);
  if (frame !== undefined && more.length === 0) return frame;
  throw new Problem(400, "A thumbnail shows one frame; name one.");
}

async function respond(
  c: Context<Env>,
  found: Representation,
  warnings: readonly string[],
): Promise<Response> {
  const base = c.get("base");
  const response = await representationResponse(c.req.raw, found, base);
  addWarnings(response.headers, base, warnings);
  return response;
}

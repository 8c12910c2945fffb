/**
 * WADO-RS bulk data (PS3.18 10.4.1.1.5, 10.4.1.1.6): `/bulkdata` and `/pixeldata` at every level,
 * and single values by the path of their BulkDataURI.
 * @module
 */
import { type Context, Hono } from "hono";
import type { Env } from "../http/context.ts";
import { refuseAnonymize } from "../http/anonymize.ts";
import { clientOf } from "../http/client.ts";
import { acceptOf } from "../http/negotiate.ts";
import { Problem } from "../http/problem.ts";
import { representationResponse } from "../http/representation_response.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import type { BulkSelection } from "../services/retrieve_bulkdata.ts";
import { INSTANCE, instanceScopeOf, LEVELS, scopeOf } from "./retrieve_scope.ts";

/** Tags and item numbers down to a value: `7FE00010`, `00400260/1/00081140`. */
const PATH = /^[0-9A-F]{8}(?:\/[1-9][0-9]{0,9}\/[0-9A-F]{8})*$/;

/** Values as `application/octet-stream`, pixel data that is compressed as it is stored. */
export function bulkdataRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const level of LEVELS) {
    routes.get(`${level}/bulkdata`, (c) => all(service, c, { kind: "all" }));
    if (level === INSTANCE) continue;
    routes.get(`${level}/pixeldata`, (c) => all(service, c, { kind: "pixels" }));
  }
  routes.get(`${INSTANCE}/pixeldata`, (c) => value(service, c, { kind: "pixels" }));
  routes.get(`${INSTANCE}/bulkdata/:path{.+}`, (c) => {
    const path = c.req.param("path").toUpperCase();
    if (!PATH.test(path)) {
      throw new Problem(400, "The path of bulk data is a tag, or tags and item numbers in turn.");
    }
    return value(service, c, { kind: "path", path });
  });
  return routes;
}

async function all(
  service: RetrieveService,
  c: Context<Env>,
  selection: Exclude<BulkSelection, { kind: "path" }>,
): Promise<Response> {
  const request = c.req.raw;
  refuseAnonymize(request);
  const ranges = acceptOf(request);
  const client = clientOf(c);
  const found = await service.bulkdata(c.get("archive"), scopeOf(c), selection, ranges, client);
  return await representationResponse(request, found, c.get("base"));
}

async function value(
  service: RetrieveService,
  c: Context<Env>,
  selection: Exclude<BulkSelection, { kind: "all" }>,
): Promise<Response> {
  const request = c.req.raw;
  refuseAnonymize(request);
  const ranges = acceptOf(request);
  const client = clientOf(c);
  const found = await service.value(
    c.get("archive"),
    instanceScopeOf(c),
    selection,
    ranges,
    client,
  );
  return await representationResponse(request, found, c.get("base"));
}

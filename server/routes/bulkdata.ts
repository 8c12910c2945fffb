/**
 * WADO-RS bulk data (PS3.18 10.4.1.1.5, 10.4.1.1.6): `/bulkdata` and `/pixeldata` at every level,
 * and single values by the path of their BulkDataURI.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import { acceptOf } from "../http/negotiate.ts";
import { Problem } from "../http/problem.ts";
import { representationResponse } from "../http/representation_response.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import { INSTANCE, instanceScopeOf, LEVELS, scopeOf } from "./retrieve_scope.ts";

/** Tags and item numbers down to a value: `7FE00010`, `00400260/1/00081140`. */
const PATH = /^[0-9A-F]{8}(?:\/[1-9][0-9]{0,9}\/[0-9A-F]{8})*$/;

/** Values as `application/octet-stream`, pixel data that is compressed as it is stored. */
export function bulkdataRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const level of LEVELS) {
    routes.get(`${level}/bulkdata`, async (c) => {
      const ranges = acceptOf(c.req.raw);
      const all = await service.bulkdata(c.get("archive"), scopeOf(c), { kind: "all" }, ranges);
      return await representationResponse(c.req.raw, all, c.get("base"));
    });
  }
  for (const level of LEVELS.filter((level) => level !== INSTANCE)) {
    routes.get(`${level}/pixeldata`, async (c) => {
      const ranges = acceptOf(c.req.raw);
      const all = await service.bulkdata(c.get("archive"), scopeOf(c), { kind: "pixels" }, ranges);
      return await representationResponse(c.req.raw, all, c.get("base"));
    });
  }
  routes.get(`${INSTANCE}/pixeldata`, async (c) => {
    const ranges = acceptOf(c.req.raw);
    const scope = instanceScopeOf(c);
    const pixels = await service.value(c.get("archive"), scope, { kind: "pixels" }, ranges);
    return await representationResponse(c.req.raw, pixels, c.get("base"));
  });
  routes.get(`${INSTANCE}/bulkdata/:path{.+}`, async (c) => {
    const path = c.req.param("path").toUpperCase();
    if (!PATH.test(path)) {
      throw new Problem(400, "The path of bulk data is a tag, or tags and item numbers in turn.");
    }
    const ranges = acceptOf(c.req.raw);
    const scope = instanceScopeOf(c);
    const value = await service.value(c.get("archive"), scope, { kind: "path", path }, ranges);
    return await representationResponse(c.req.raw, value, c.get("base"));
  });
  return routes;
}

/**
 * DELETE of studies, series and instances, which PS3.18 leaves to extensions and every archive has
 * in this form, and `POST …/undelete` to take it back within the grace period.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import type { RemoveService } from "../services/remove.ts";
import { LEVELS, scopeOf } from "./retrieve_scope.ts";

/**
 * DELETE answers 204, undelete 200 with `{"restored": n}`: how many instances are back. Where there
 * is nothing of the kind 404, where it is gone already 410.
 */
export function removeRoutes(service: RemoveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const level of LEVELS) {
    routes.delete(level, async (c) => {
      await service.remove(c.get("archive"), scopeOf(c));
      return c.body(null, 204);
    });
    routes.post(`${level}/undelete`, async (c) => {
      return c.json({ restored: await service.undelete(c.get("archive"), scopeOf(c)) });
    });
  }
  return routes;
}

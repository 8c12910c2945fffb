/**
 * DELETE of studies, series and instances, which PS3.18 leaves to extensions and every archive has
 * in this form, and `POST …/undelete` to take it back within the grace period.
 * @module
 */
import { type Context, Hono } from "hono";
import type { Env } from "../http/context.ts";
import type { Scope } from "../index/index.ts";
import type { RemoveService } from "../services/remove.ts";

/** The three levels as URL templates. */
const LEVELS = [
  "/studies/:study",
  "/studies/:study/series/:series",
  "/studies/:study/series/:series/instances/:instance",
] as const;

/** DELETE answers 204; undelete 200 with `{"restored": n}`, how many instances are back. */
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

/** What the URL names. A UID that is not well formed names nothing that is there. */
function scopeOf(c: Context<Env>): Scope {
  const study = c.req.param("study");
  const series = c.req.param("series");
  const instance = c.req.param("instance");
  return {
    ...(study === undefined ? {} : { StudyInstanceUID: study }),
    ...(series === undefined ? {} : { SeriesInstanceUID: series }),
    ...(instance === undefined ? {} : { SOPInstanceUID: instance }),
  };
}

/**
 * The files that pages load, under URLs that name their content.
 * @module
 */
import { Hono } from "hono";
import { preferredCoding } from "../http/content_coding.ts";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { Assets } from "./assets.ts";

/** What lies at such a URL never changes. Shared caches may keep it: nothing of a patient is in it. */
const FOREVER = "public, max-age=31536000, immutable";

/** What they lie below. */
export const ASSETS = "/ui";

/** `GET /ui/{hash}-{name}`. */
export function assetRoutes(assets: Assets): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get(`${ASSETS}/:file`, (c) => {
    const asset = assets.at(c.req.param("file"));
    if (asset === undefined) {
      throw new Problem(404, "No page uses this file any more; load the page again.");
    }
    const headers = new Headers({
      "Content-Type": asset.mediaType,
      "Cache-Control": FOREVER,
      "Vary": "Accept-Encoding",
    });
    if (preferredCoding(c.req.header("accept-encoding")) !== "gzip") {
      return new Response(asset.bytes, { headers });
    }
    headers.set("Content-Encoding", "gzip");
    return new Response(asset.gzipped, { headers });
  });
  return routes;
}

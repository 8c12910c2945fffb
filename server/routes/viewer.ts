/**
 * `/viewer`: OHIF, or the page that says how to get it.
 * @module
 */
import { type Context, Hono } from "hono";
import { entityTag, notModified } from "../http/conditional.ts";
import { preferredOf } from "../http/content_coding.ts";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { Assets } from "../ui/assets.ts";
import { pageResponse } from "../ui/layout.tsx";
import { viewerMissing } from "../ui/viewer_page.tsx";
import { appConfig, type Source } from "../viewer/app_config.ts";
import { BUILD } from "../viewer/release.ts";
import { CONFIG, FILE_HEADERS, SHELL_HEADERS, shellPage } from "../viewer/shell.ts";
import type { ViewerFiles } from "../viewer/viewer_files.ts";

/** What the routes need. */
export interface ViewerDeps {
  readonly files: ViewerFiles;
  /** What our own pages load. */
  readonly assets: Assets;
  /** The archives that it can show, the default first. */
  readonly sources: readonly [Source, ...Source[]];
}

/** Where it lies. */
const ROOT = "/viewer";
/** OHIF's own route to studies, below that. */
const STUDIES = "viewer";
/** What lies below a build's name never changes, and nothing of a patient is in it. */
const FOREVER = "public, max-age=31536000, immutable";

/** The routes. */
export function viewerRoutes({ files, assets, sources }: ViewerDeps): Hono<Env> {
  const config = appConfig(sources);
  const routes = new Hono<Env>();
  routes.get(`${ROOT}/${CONFIG}`, configuration);
  routes.get(`${ROOT}/${BUILD}/*`, file);
  routes.get(ROOT, page);
  routes.get(`${ROOT}/*`, page);
  return routes;

  function configuration(): Response {
    const headers = { "Content-Type": "text/javascript; charset=utf-8" };
    return new Response(config, { headers: { ...headers, "Cache-Control": "no-cache" } });
  }

  async function file(c: Context<Env>): Promise<Response> {
    const viewer = await files.installed();
    const accepted = c.req.header("accept-encoding");
    const name = c.req.path.slice(`${ROOT}/${BUILD}/`.length);
    const found = viewer?.file(name, (kept) => preferredOf(kept, accepted));
    if (found === undefined) throw new Problem(404, "The viewer has no such file.");
    const { mediaType, coding, size } = found;
    const headers = { ...FILE_HEADERS, "Cache-Control": FOREVER, "Vary": "Accept-Encoding" };
    const etag = entityTag(BUILD, name, coding);
    const unchanged = notModified(c.req.raw, etag, headers);
    if (unchanged !== undefined) return unchanged;
    const body = c.req.method === "HEAD" ? null : await found.open();
    const response = new Response(body, { headers });
    response.headers.set("Content-Type", mediaType);
    response.headers.set("Content-Length", `${size}`);
    response.headers.set("ETag", etag);
    if (coding !== "identity") response.headers.set("Content-Encoding", coding);
    return response;
  }

  /** Every path is a page of OHIF, which has its routes itself. */
  async function page(c: Context<Env>): Promise<Response> {
    const request = c.req.raw;
    if (await files.installed() === undefined) {
      return pageResponse(request, assets, viewerMissing);
    }
    const { pathname, search } = new URL(request.url);
    // Every link is relative: a proxy may put a path before ours.
    const below = pathname.slice(ROOT.length);
    const root = below === "" ? "viewer/" : "../".repeat(below.split("/").length - 2);
    if (below === "" && c.req.query("StudyInstanceUIDs") !== undefined) {
      return c.redirect(`${root}${STUDIES}${search}`);
    }
    return new Response(shellPage(root), { headers: SHELL_HEADERS });
  }
}

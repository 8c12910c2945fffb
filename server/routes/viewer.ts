/**
 * `/viewer`: OHIF, or the page that says how to get it.
 * @module
 */
import { createHash } from "node:crypto";
import { type Context, Hono, type HonoRequest } from "hono";
import { entityTag, notModified } from "../http/conditional.ts";
import { preferredOf } from "../http/content_coding.ts";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { Assets } from "../ui/assets.ts";
import { pageResponse } from "../ui/layout.tsx";
import { viewerMissing } from "../ui/viewer_page.tsx";
import { appConfig, type Source } from "../viewer/app_config.ts";
import { OHIF } from "../viewer/release.ts";
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

/** Path of the viewer. */
const VIEWER_ROOT = "/viewer";
/** OHIF's own route to studies, below that. */
const STUDIES = "viewer";
/** A file, not a page. */
const FILE = /\.(?:css|ico|js|json|map|png|svg|wasm|woff2)$/;
/** What lies below a build's name never changes, and nothing of a patient is in it. */
const FOREVER = "public, max-age=31536000, immutable";

/**
 * Whether a request needs no key: for the viewer's own files, and for its page where the URL brings a
 * key, as OHIF takes it. What the page then asks for needs one.
 */
export function isOpenViewer(request: HonoRequest): boolean {
  const { path } = request;
  if (path !== VIEWER_ROOT && !path.startsWith(`${VIEWER_ROOT}/`)) return false;
  return FILE.test(path) || request.query("token") !== undefined;
}

/** The routes. */
export function viewerRoutes({ files, assets, sources }: ViewerDeps): Hono<Env> {
  const config = appConfig(sources);
  const configTag = entityTag(createHash("sha256").update(config).digest("hex"));
  const routes = new Hono<Env>();
  routes.get(`${VIEWER_ROOT}/${CONFIG}`, configuration);
  routes.get(`${VIEWER_ROOT}/${OHIF.build}/*`, file);
  routes.get(VIEWER_ROOT, page);
  routes.get(`${VIEWER_ROOT}/*`, page);
  return routes;

  function configuration(c: Context<Env>): Response {
    const headers = { "Cache-Control": "no-cache" };
    return notModified(c.req.raw, configTag, headers) ?? new Response(config, {
      headers: { ...headers, "Content-Type": "text/javascript; charset=utf-8", "ETag": configTag },
    });
  }

  async function file(c: Context<Env>): Promise<Response> {
    const viewer = await files.installed();
    const accepted = c.req.header("accept-encoding");
    const name = c.req.path.slice(`${VIEWER_ROOT}/${OHIF.build}/`.length);
    const found = viewer?.file(name, (kept) => preferredOf(kept, accepted));
    if (found === undefined) throw new Problem(404, "The viewer has no such file.");
    const { mediaType, coding, size } = found;
    const headers = { ...FILE_HEADERS, "Cache-Control": FOREVER, "Vary": "Accept-Encoding" };
    const etag = entityTag(OHIF.build, name, coding);
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

  /** Every path is a page of OHIF, which has its routes itself, but for files of a build that is gone. */
  async function page(c: Context<Env>): Promise<Response> {
    const request = c.req.raw;
    const { pathname, search, searchParams } = new URL(request.url);
    const below = pathname.slice(VIEWER_ROOT.length);
    if (FILE.test(below)) {
      throw new Problem(404, "The viewer has no such file; load its page again.");
    }
    // Every link is relative: a proxy may put a path before ours.
    // Dots that no client took away lead out of here.
    const depth = Math.max(below.split("/").length - 2, 0);
    const root = below === "" ? "viewer/" : "../".repeat(depth);
    const atRoot = below === "" || below === "/";
    if (await files.installed() === undefined) {
      return below === ""
        ? pageResponse(request, assets, viewerMissing)
        : c.redirect(`${root}../viewer`);
    }
    const names = [...searchParams.keys()].map((name) => name.toLowerCase());
    if (atRoot && names.includes("studyinstanceuids")) {
      const source = sources.find(({ name }) => name === searchParams.get("datasources"));
      return c.redirect(`${root}${STUDIES}${source ? `/${source.name}` : ""}${search}`);
    }
    return new Response(shellPage(root), { headers: SHELL_HEADERS });
  }
}

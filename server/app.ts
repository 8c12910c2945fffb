/**
 * The HTTP application: the checks that every request meets, in one function, and the routes.
 * @module
 */
import { type Context, Hono, type HonoRequest, type Next } from "hono";
import { matchedRoutes } from "hono/route";
import { arrivalOf, type ArrivalOptions } from "./http/arrival.ts";
import { authorize, bearerKey, type KeyVerifier } from "./http/auth.ts";
import {
  AET_ROOT,
  AET_WADO,
  type Archives,
  DEFAULT_ROOT,
  DEFAULT_WADO,
  rootOf,
} from "./http/base_url.ts";
import { capabilitiesResponse, resourcesOf } from "./http/capabilities.ts";
import type { Env } from "./http/context.ts";
import {
  addCorsHeaders,
  isPreflight,
  preflightResponse,
  refuseForeignWrites,
} from "./http/cors.ts";
import { problemOf, problemResponse } from "./http/errors.ts";
import { isKnownHost } from "./http/host_check.ts";
import { cookieCounts, cookieKey } from "./http/key_cookie.ts";
import { KEY_SCOPES } from "./http/key_scopes.ts";
import { errorFields, type Log } from "../lib/log.ts";
import { acceptOf } from "./http/negotiate.ts";
import { counted, lengthOf, sentOf, trafficOf } from "./http/traffic.ts";
import type { RequestMeter } from "./metrics/request_meter.ts";
import { Problem } from "./http/problem.ts";
import { wearsConnectionOut } from "./http/request_body.ts";

/** What the application is made of. */
export interface AppDeps extends ArrivalOptions {
  readonly archives: Archives;
  /** DICOMweb routes, mounted below the root of every archive. */
  readonly routers: readonly Hono<Env>[];
  /** The URI service, mounted beside the root of every archive. */
  readonly wadoUri: Hono<Env>;
  /** What lies beside the archives: pages, and what is told about the server itself. */
  readonly pages: readonly Hono<Env>[];
  /** Whether a request needs no key: there is nothing of a patient in what it asks for. */
  readonly isOpen: (request: HonoRequest) => boolean;
  /** Says a problem to a person; without it they get what programs do. */
  readonly problemPage?: (request: Request, problem: Problem) => Promise<Response>;
  /** Web origins whose pages may use the server; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Host names (lower case) that are answered beside loopback's own; undefined: every one. */
  readonly hosts: readonly string[] | undefined;
  /** Checks API keys; undefined: everything is open. */
  readonly verifier: KeyVerifier | undefined;
  /** Requests served at once; undefined: any number. */
  readonly maxConcurrent: number | undefined;
  readonly log: Log;
  /** Hears of every request. */
  readonly meter?: RequestMeter;
  /** Whether every request is logged, not only failures. */
  readonly logRequests: boolean;
}

const HEALTH_PATH = "/healthz";
const HEALTHY = JSON.stringify({ status: "ok" });
const HEALTHY_HEADERS = { "Content-Type": "application/json", "Content-Length": lengthOf(HEALTHY) };
/** Whoever sends requests here must know whether they would be served, and has no key. */
const PROBED_PATHS: ReadonlySet<string> = new Set([HEALTH_PATH, "/readyz"]);
/** A server that is too busy must still tell how busy. */
const UNLIMITED_PATHS: ReadonlySet<string> = new Set([...PROBED_PATHS, "/metrics"]);
const METHODS = ["GET", "POST", "PUT", "DELETE"] as const;
/** How a browser, and no program, asks for what it shows. */
const FOR_EYES = /(?:^|,)\s*text\/html\s*(?:,|$)/i;
/** 204 and 304: Response takes no body for them, nor does Deno make up a length. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);
const EVERY_SCOPE: Env["Variables"]["scopes"] = new Set(KEY_SCOPES);

/** Seconds that a client is asked to wait where too many requests are being served. */
const BUSY_RETRY_AFTER = "1";

/** Builds the application. */
export function createApp(deps: AppDeps): Hono<Env> {
  const { archives, corsOrigins, log } = deps;
  const app = new Hono<Env>({ strict: false });
  const resources = resourcesOf(deps.routers.flatMap((router) => router.routes));
  let serving = 0;

  app.use(deps.meter === undefined ? checked : metered(deps.meter));
  app.get(HEALTH_PATH, () => new Response(HEALTHY, { headers: HEALTHY_HEADERS }));
  for (const root of [DEFAULT_ROOT, AET_ROOT]) {
    app.options(
      root,
      (c) => capabilitiesResponse(acceptOf(c.req.raw), c.get("base"), resources),
    );
    for (const router of deps.routers) app.route(root, router);
  }
  for (const path of [DEFAULT_WADO, AET_WADO]) app.route(path, deps.wadoUri);
  for (const page of deps.pages) app.route("/", page);
  app.notFound(unrouted);
  app.onError(failed);
  const { fetch } = app;
  app.fetch = async (request, ...rest) => {
    const response = await fetch(request, ...rest);
    if (request.method === "HEAD") return withoutLength(response);
    return deps.meter === undefined ? response : counted(request, response);
  };
  return app;

  /** Tells of a request when its response has been sent. */
  function metered(meter: RequestMeter) {
    return async (c: Context<Env>, next: Next): Promise<void> => {
      const begun = performance.now();
      meter.begun();
      const ended = () => {
        const { res, req } = c;
        meter.ended({
          ...named(c),
          status: res.status,
          seconds: (performance.now() - begun) / 1000,
          received: trafficOf(req.raw).received,
          sent: sentOf(req.raw, res),
        });
      };
      try {
        await checked(c, next);
      } finally {
        const completed = c.env?.completed;
        // Deno resolves it even where the client goes away.
        if (completed === undefined) ended();
        else completed.then(ended, ended);
      }
    };
  }

  /** Runs a request between the checks before it and the headers after it. */
  async function checked(c: Context<Env>, next: Next): Promise<void> {
    const request = c.req.raw;
    const start = performance.now();
    try {
      checkHost(request);
      if (isPreflight(request)) c.res = preflightResponse(request, corsOrigins);
      else {
        await admit(c);
        await limited(c, next);
      }
    } catch (error) {
      c.res = await failed(error, c);
    }
    // Hono answers HEAD by GET and drops the body, which would stay open.
    if (request.method === "HEAD") await c.res.body?.cancel();
    const { headers } = c.res;
    // Stored bytes must never be taken for a page or a script of ours.
    headers.set("X-Content-Type-Options", "nosniff");
    if (wearsConnectionOut(request)) headers.set("Connection", "close");
    // What a browser may keep is for that key alone: whoever comes after at the same one has another, or none.
    if (c.get("key") !== undefined) headers.append("Vary", "Authorization, Cookie");
    addCorsHeaders(headers, request, corsOrigins);
    if (deps.logRequests) {
      const milliseconds = Math.round(performance.now() - start);
      log({ level: "info", message: "request", ...named(c), status: c.res.status, milliseconds });
    }
  }

  /** By Host alone: a page that reaches us by a name that was made to point here can say all else. */
  function checkHost(request: Request): void {
    if (deps.hosts === undefined || isKnownHost(request, deps.hosts)) return;
    throw new Problem(
      421,
      "On loopback the server answers to localhost only; set GANTRY_PUBLIC_URL to use a name.",
    );
  }

  /** Refuses what may not pass by throwing a Problem, and puts down what the routes need. */
  async function admit(c: Context<Env>): Promise<void> {
    const request = c.req.raw;
    const { path } = c.req;
    const { reached, address, asker } = arrivalOf(request, c.env?.remoteAddr, deps);
    c.set("reached", reached);
    c.set("asker", asker);
    refuseForeignWrites(request, asker, corsOrigins);
    if (PROBED_PATHS.has(path) || deps.isOpen(c.req)) return;
    const key = bearerKey(request) ?? keptKey(c);
    c.set("key", key);
    c.set("client", key ?? address);
    c.set(
      "scopes",
      deps.verifier === undefined
        ? EVERY_SCOPE
        : await authorize(request, path, key, deps.verifier),
    );
    const root = rootOf(path, archives);
    if (root === undefined) return;
    if (root.kind === "unknown title") {
      throw new Problem(404, "No archive is bound to this AE title; add it to the configuration.");
    }
    c.set("archive", root.archive);
    c.set("base", reached + root.path);
  }

  /** Of the cookie, where it may speak for whoever asks. */
  function keptKey(c: Context<Env>): string | undefined {
    const key = cookieKey(c.req.raw, c.get("reached").startsWith("https:"));
    return cookieCounts(c.req.raw, c.get("asker"), corsOrigins) ? key : undefined;
  }

  /** Counts a request until its response has been sent. */
  async function limited(c: Context<Env>, next: Next): Promise<void> {
    if (deps.maxConcurrent === undefined || UNLIMITED_PATHS.has(c.req.path)) return await next();
    if (serving >= deps.maxConcurrent) {
      throw new Problem(503, "Too many requests are being served; try again in a moment.", {
        "Retry-After": BUSY_RETRY_AFTER,
      });
    }
    serving++;
    const served = () => void serving--;
    const completed = c.env?.completed;
    // Deno resolves it even where the client goes away.
    completed?.then(served, served);
    try {
      await next();
    } finally {
      if (completed === undefined) served();
    }
  }

  /** What no route took: another method of a resource, OPTIONS of any, or nothing at all. */
  function unrouted(c: Context<Env>): Response {
    const allowed = METHODS.filter((method) =>
      // The checks match every path.
      app.router.match(method, c.req.path)[0].length > 1
    );
    if (allowed.length === 0) {
      const hint = `DICOMweb is below ${DEFAULT_ROOT} and /aets/{AE}/rs.`;
      throw new Problem(404, `There is nothing at this path; ${hint}`);
    }
    const allow = [...allowed, ...(allowed.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    if (c.req.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { Allow: allow } });
    }
    throw new Problem(405, `This resource takes ${allow} only.`, { Allow: allow });
  }

  async function failed(error: unknown, c: Context<Env>): Promise<Response> {
    const problem = problemOf(error, c.req.method);
    const { status } = problem;
    if (status >= 500 && !(error instanceof Problem)) {
      const message = "request failed";
      log({ level: "error", message, ...named(c), status, ...errorFields(error) });
    }
    const isForEyes = c.req.method === "GET" && FOR_EYES.test(c.req.header("accept") ?? "");
    return isForEyes && deps.problemPage !== undefined
      ? await deps.problemPage(c.req.raw, problem)
      : problemResponse(problem);
  }
}

/**
 * A response to HEAD whose length nobody said. For one without a body Deno would say 0; for one with
 * a stream, though it sends nothing of it, it says nothing.
 */
function withoutLength(response: Response): Response {
  const { headers, status } = response;
  if (headers.has("content-length") || WITHOUT_BODY.has(status)) return response;
  return new Response(new Blob().stream(), response);
}

/** What a log may say about a request: its method and the template of its route. */
function named(c: Context<Env>): { method: string; route: string } {
  const routes = matchedRoutes(c);
  // The first is the checks, which match every path.
  const route = routes.length > 1 ? routes.at(-1)?.path ?? "" : "";
  return { method: c.req.method, route };
}

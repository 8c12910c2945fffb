/**
 * What the server tells about itself: `/metrics` to Prometheus, and `/readyz` to what sends it
 * requests.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { lengthOf } from "../http/traffic.ts";
import type { Exposition } from "../metrics/exposition.ts";
import type { Readiness } from "../services/readiness.ts";

const READY = JSON.stringify({ status: "ready" });

/** GET answers with everything that is counted, in Prometheus' text format. */
export function metricsRoutes(expose: () => Promise<Exposition>): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/metrics", async () => {
    const { contentType, text } = await expose();
    return new Response(text, {
      headers: {
        "Content-Type": contentType,
        "Content-Length": lengthOf(text),
        "Cache-Control": "no-store",
      },
    });
  });
  return routes;
}

/** GET answers 200 where requests would be served, and otherwise 503 with the parts that do not work. */
export function readinessRoutes(readiness: Readiness): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/readyz", async () => {
    const failing = await readiness.failing();
    if (failing.length > 0) {
      const parts = failing.join(", ");
      throw new Problem(503, `Not ready: ${parts}; the server's log says why.`, {
        "Retry-After": "1",
      });
    }
    return new Response(READY, {
      headers: {
        "Content-Type": "application/json",
        "Content-Length": lengthOf(READY),
        "Cache-Control": "no-store",
      },
    });
  });
  return routes;
}

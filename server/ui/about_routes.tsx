/**
 * What the server tells of itself: `/openapi.json`, and the pages `/api` and `/conformance`.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import { textResponse } from "../http/text_response.ts";
import type { Route } from "../routes/operations.ts";
import type { Assets } from "./assets.ts";
import { pageResponse } from "./layout.tsx";
import type { StatementParts } from "./statement.ts";

/** What it is told from. */
export interface AboutParts extends Omit<StatementParts, "routes"> {
  readonly assets: Assets;
  /** All routes of the application, these among them; asked while a request is served. */
  readonly routes: () => Iterable<Route>;
}

/** The routes. What makes the answers is loaded when it is first needed: no start waits for it. */
export function aboutRoutes({ assets, routes, pixels, settings }: AboutParts): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/openapi.json", async (c) => {
    const { openapi } = await import("../routes/openapi.ts");
    const headers = new Headers({
      "Content-Type": "application/json",
      "Cache-Control": "no-cache",
      "Vary": "Accept-Encoding",
    });
    return await textResponse(JSON.stringify(openapi(routes())), c.req.raw, headers);
  });
  app.get("/api", async (c) => {
    const { ApiPage } = await import("./api_page.tsx");
    return await pageResponse(c.req.raw, assets, {
      title: "API",
      place: "api",
      styles: ["about.css"],
      content: <ApiPage routes={routes()} />,
    });
  });
  app.get("/conformance", async (c) => {
    const [{ ConformancePage }, { statement }] = await Promise.all([
      import("./conformance_page.tsx"),
      import("./statement.ts"),
    ]);
    return await pageResponse(c.req.raw, assets, {
      title: "Conformance",
      place: "conformance",
      styles: ["about.css"],
      content: <ConformancePage sections={statement({ routes: routes(), pixels, settings })} />,
    });
  });
  return app;
}

/**
 * `/login` and `/logout`: an API key kept in a browser's cookie, so that pages, and the viewer, work
 * where a key is needed.
 * @module
 */
import { type Context, Hono } from "hono";
import { CHALLENGE, type KeyVerifier } from "../http/auth.ts";
import { isLoopback } from "../../lib/config/addresses.ts";
import type { Env } from "../http/context.ts";
import { cookieKey, forgetKey, keepKey, KEPT_SECONDS } from "../http/key_cookie.ts";
import { Problem } from "../http/problem.ts";
import { requestBody } from "../http/request_body.ts";
import type { Assets } from "./assets.ts";
import { pageResponse } from "./layout.tsx";
import { wayBack } from "./login_links.ts";
import { type LoginPage, loginPage } from "./login_page.tsx";

/** Path of the form. */
export const LOGIN = "/login";
/** Path that ends it. */
export const LOGOUT = "/logout";

/** Bytes of a form with a key and a way back in it. */
const MAX_FORM = 16 * 1024;

/** The routes. */
export function loginRoutes(assets: Assets, verifier: KeyVerifier): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get(LOGIN, async (c) => {
    const next = wayBack(c.req.query("next"));
    if (await isUnneeded()) return redirect(next);
    const kept = cookieKey(c.req.raw, isSecure(c));
    const { kind } = await verifier.authenticate(kept);
    const problem = kind === "wrong" ? "This browser's key is not valid any more." : undefined;
    return await shown(c, { next, problem, status: 200 });
  });

  routes.post(LOGIN, async (c) => {
    refuseForeign(c);
    const form = await formOf(c.req.raw);
    const next = wayBack(form.get("next") ?? undefined);
    if (await isUnneeded()) return redirect(next);
    const key = form.get("key")?.trim() || undefined;
    const { kind } = await verifier.authenticate(key);
    if (key === undefined || kind !== "granted") {
      const problem = "This key is not valid. Check that all of it was copied.";
      return await shown(c, { next, problem, status: 401 });
    }
    if (isSecure(c) && isPlain(c.req.header("origin"))) {
      const problem = `At this address the browser would not keep the key: open ${
        c.get("reached")
      }/`;
      return await shown(c, { next, problem, status: 401 });
    }
    return redirect(next, { "Set-Cookie": keepKey(key, isSecure(c)) });
  });

  routes.post(LOGOUT, (c) => {
    refuseForeign(c);
    return redirect("./login", {
      "Set-Cookie": forgetKey(isSecure(c)),
      // Images that this browser was allowed to keep are not left for who comes after.
      "Clear-Site-Data": '"cache"',
    });
  });

  return routes;

  /** Whether everything is open to everyone. */
  async function isUnneeded(): Promise<boolean> {
    return (await verifier.authenticate(undefined)).kind === "granted";
  }

  async function shown(c: Context<Env>, said: Omit<LoginPage, "hours">): Promise<Response> {
    const page = loginPage({ ...said, hours: KEPT_SECONDS / 3600 });
    const response = await pageResponse(c.req.raw, assets, page);
    if (said.status === 401) response.headers.set("WWW-Authenticate", CHALLENGE);
    response.headers.set("Cache-Control", "no-store");
    return response;
  }
}

/** Nobody else's page logs a browser in or out, whichever origins may use the rest. */
function refuseForeign(c: Context<Env>): void {
  if (c.get("asker") !== "foreign") return;
  throw new Problem(
    403,
    "A page of another origin asked for this; log in on the server's own page.",
  );
}

function isSecure(c: Context<Env>): boolean {
  return c.get("reached").startsWith("https:");
}

/** Whether a page came unencrypted, though its clients come by https: it may not set what only that may see. */
function isPlain(origin: string | undefined): boolean {
  const url = URL.parse(origin ?? "");
  return url?.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1"));
}

async function formOf(request: Request): Promise<URLSearchParams> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of requestBody(request) ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_FORM) throw new Problem(413, "This is more than a key; send the form.");
  }
  return new URLSearchParams(text);
}

function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status: 303,
    headers: { ...headers, "Location": location, "Cache-Control": "no-store" },
  });
}

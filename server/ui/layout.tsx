/**
 * The frame of every page that a person sees, and the headers under which it is served: nothing of
 * another host is loaded, and nothing that stands in a page can run.
 * @module
 */
import type { Child } from "hono/jsx";
import { textResponse } from "../http/text_response.ts";
import { hasKeyCookie } from "../http/key_cookie.ts";
import type { AssetName, Assets } from "./assets.ts";
import { wayToRoot } from "./login_links.ts";

/** A page. */
export interface Page {
  /** What it shows, in a word or two; the product's name is added. */
  readonly title: string;
  /** Its place in the navigation; undefined where it has none. */
  readonly place?: Place;
  /** Beside the base; each is loaded in this order. */
  readonly styles?: readonly AssetName[];
  /** Modules, run once the page is there. */
  readonly scripts?: readonly AssetName[];
  /** Without the navigation, whose places are not open yet. */
  readonly isBare?: boolean;
  /** 200 where it is left out. */
  readonly status?: number;
  /** What stands in `main`. */
  readonly content: Child;
}

/** Places of the navigation, by path from the root. */
const PLACES = { "./": "Studies", "api": "API", "conformance": "Conformance" } as const;

/** Path of a page in the navigation. */
export type Place = keyof typeof PLACES;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of everything that is made for eyes: a page, and parts of one. */
export function pageHeaders(): Headers {
  return new Headers({
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    // A page's URL may hold what was searched for; it is told to this server alone.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
    "Vary": "Accept, Accept-Encoding",
  });
}

/** A page in its frame. */
export async function pageResponse(
  request: Request,
  assets: Assets,
  page: Page,
): Promise<Response> {
  const isLoggedIn = hasKeyCookie(request);
  const html = await <Frame {...{ assets, page, isLoggedIn }} root={wayToRoot(request)} />;
  const headers = pageHeaders();
  // Who comes after the one who logged out cannot go back to it.
  if (isLoggedIn) headers.set("Cache-Control", "private, no-store");
  const response = await textResponse(`<!DOCTYPE html>${html}`, request, headers);
  return page.status === undefined ? response : new Response(response.body, {
    status: page.status,
    headers,
  });
}

interface FrameProps {
  readonly assets: Assets;
  readonly page: Page;
  /** The way from the page to that of the study list. */
  readonly root: string;
  readonly isLoggedIn: boolean;
}

function Frame({ assets, page, root, isLoggedIn }: FrameProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{page.title} · Gantry</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={root + assets.url("icon.svg")} type="image/svg+xml" />
        {["base.css" as const, ...page.styles ?? []].map((name) => (
          <link rel="stylesheet" href={root + assets.url(name)} />
        ))}
        {(page.scripts ?? []).map((name) => (
          <script type="module" src={root + assets.url(name)}></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="brand" href={root}>
            <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
              <circle
                cx="12"
                cy="12"
                r="8.5"
                fill="none"
                stroke="currentColor"
                stroke-width="3.5"
              />
              <path d="M6 14.5h12" stroke="currentColor" stroke-width="2.5" />
            </svg>
            Gantry
          </a>
          {!page.isBare && (
            <nav aria-label="Pages">
              {Object.entries(PLACES).map(([path, name]) => (
                <a
                  href={path === "./" ? root : root + path}
                  aria-current={path === page.place ? "page" : undefined}
                >
                  {name}
                </a>
              ))}
            </nav>
          )}
          {isLoggedIn && !page.isBare && (
            <form method="post" action={`${root}logout`}>
              <button type="submit">Log out</button>
            </form>
          )}
        </header>
        <main id="main" tabindex={-1}>{page.content}</main>
      </body>
    </html>
  );
}

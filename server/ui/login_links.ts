/**
 * The way to the login and back. Every URL is relative: a proxy may put a path before ours.
 * @module
 */

/** Characters of a way back beyond which a person starts anew. */
const MAX_LENGTH = 4096;

/** The way from a page to the root of all pages, ending in a slash. */
export function wayToRoot(request: Request): string {
  return "../".repeat(pathOf(request).split("/").length - 2) || "./";
}

/** The login that leads back to what the request asks for. */
export function loginURL(request: Request): string {
  const mark = request.url.indexOf("?");
  const next = pathOf(request).slice(1) + (mark < 0 ? "" : request.url.slice(mark));
  const query = next === "" || next.length > MAX_LENGTH ? "" : `?${new URLSearchParams({ next })}`;
  return `${wayToRoot(request)}login${query}`;
}

/** Nobody's: what is relative stays there. */
const NOWHERE = "http://root.invalid/";

/** Where a `next` leads, from the login itself: a page of ours, whatever it says; without one the study list. */
export function wayBack(next: string | undefined): string {
  const url = URL.parse(next ?? "", NOWHERE);
  if (url === null || url.origin + "/" !== NOWHERE || url.href.length > MAX_LENGTH) return "./";
  // With the dot before it no path can become a host.
  return `.${url.pathname}${url.search}${url.hash}`;
}

function pathOf({ url }: Request): string {
  return url.slice(url.indexOf("/", url.indexOf("//") + 2)).replace(/\?.*$/s, "");
}

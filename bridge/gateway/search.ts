/**
 * QIDO-RS (PS3.18 10.6) as the bridge asks for it: all matches of a search, in pages, with no more
 * than one page in memory.
 * @module
 */
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { type Gateway, GatewayError } from "./gateway.ts";
import { connectionError, gatewayError, type Http } from "./http.ts";

/** Matches of one page: about half a megabyte of JSON, and the first is here soon. */
export const PAGE_MATCHES = 500;
/** Bytes of one page: any real one is far smaller, even with everything included. */
export const MAX_PAGE_BYTES = 64 * 1024 * 1024;
/**
 * Milliseconds until a page begins. Whoever waits at a workstation is told within 5 seconds that
 * the server is out of reach; one that is there has long answered.
 */
export const PAGE_WITHIN = 4_500;
/** Milliseconds until a page that has begun is complete, on a slow line too. */
export const PAGE_COMPLETE_WITHIN = 60_000;

/** Where the next page is; undefined after the last. */
type Next = URLSearchParams | undefined;

/** Gateway.search over HTTP. */
export function createSearch(http: Http): Gateway["search"] {
  return async function* (search, signal, onWarning) {
    const { path } = search;
    let next: Next = new URLSearchParams(search.parameters);
    next.set("limit", String(PAGE_MATCHES));
    let before = "";
    while (next !== undefined) {
      const response = await http.request(path, {
        parameters: next,
        headers: { Accept: "application/dicom+json" },
        signal,
        answerWithin: PAGE_WITHIN,
      });
      if (isNothing(response, path)) {
        await response.body?.cancel();
        return;
      }
      if (!response.ok) throw await gatewayError(response);
      if (onWarning !== undefined) warningsOf(response).forEach(onWarning);
      const text = await pageText(response, signal);
      // A server that does not know `offset` would answer with its first page forever.
      if (text === before) return;
      before = text;
      const matches = parsePage(text);
      for (const match of matches) yield decodeMatch(match);
      next = nextPage(response, next, matches.length);
    }
  };
}

/** What is not there has no series and no instances, as some servers say it. */
function isNothing({ status }: Response, path: string): boolean {
  return status === 204 || (path.includes("/") && (status === 404 || status === 410));
}

/** By the server's own cursor, so that what arrives meanwhile shifts nothing; else by number. */
function nextPage(response: Response, page: URLSearchParams, matches: number): Next {
  const link = /<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next\b/i.exec(response.headers.get("Link") ?? "");
  // Of the address only the parameters count: it may be one behind a proxy, or anywhere.
  if (link !== null) return new URLSearchParams(/\?([^#]*)/.exec(link[1] ?? "")?.[1]);
  // More than asked for is all there is.
  const isCut = matches === PAGE_MATCHES ||
    (matches > 0 && matches < PAGE_MATCHES && warningsOf(response).some(isAboutMore));
  if (!isCut) return undefined;
  const next = new URLSearchParams(page);
  next.set("offset", String(Number(page.get("offset") ?? 0) + matches));
  return next;
}

/** The sentence of PS3.18 8.3.4.4.1. */
function isAboutMore(warning: string): boolean {
  return /additional results/i.test(warning);
}

/** The texts of `Warning: 299` headers. */
function warningsOf(response: Response): string[] {
  const header = response.headers.get("Warning") ?? "";
  return [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1")
  );
}

async function pageText(response: Response, signal: AbortSignal | undefined): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  let late: Promise<void> | undefined;
  const timer = setTimeout(() => late = reader.cancel(), PAGE_COMPLETE_WITHIN);
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_PAGE_BYTES) {
        await reader.cancel();
        throw unreadable("is larger than any page should be");
      }
      text += decoder.decode(value, { stream: true });
    }
    await late;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof GatewayError ? error : connectionError(error);
  } finally {
    clearTimeout(timer);
  }
  if (late !== undefined) throw connectionError(new Error("The answer stopped coming"));
  return text + decoder.decode();
}

function parsePage(text: string): readonly unknown[] {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(page)) throw unreadable("is no list in JSON");
  return page;
}

function decodeMatch(match: unknown): DataSet {
  try {
    return decodeJson(match);
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof LimitError)) throw error;
    throw unreadable("holds what is no DICOM JSON");
  }
}

function unreadable(what: string): GatewayError {
  return new GatewayError(`The server's answer to a search ${what}`, "refused", 200);
}

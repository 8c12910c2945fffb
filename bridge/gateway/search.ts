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

/** One page of a search. */
interface Page {
  readonly parameters: URLSearchParams;
  /** Whether the server has said where it is; else it is found by number. */
  readonly byCursor: boolean;
}

/** Gateway.search over HTTP. */
export function createSearch(http: Http): Gateway["search"] {
  return async function* (search, signal, onWarning) {
    const { path } = search;
    const parameters = new URLSearchParams(search.parameters);
    parameters.set("limit", String(PAGE_MATCHES));
    let page: Page | undefined = { parameters, byCursor: false };
    let before = "";
    while (page !== undefined) {
      const response = await http.request(path, {
        parameters: page.parameters,
        headers: { Accept: "application/dicom+json" },
        signal,
        answerWithin: PAGE_WITHIN,
      });
      if (response.status === 204) return;
      if (!response.ok) {
        const error = await gatewayError(response);
        if (await isNothing(error, path, http, signal)) return;
        throw error;
      }
      if (onWarning !== undefined) warningsOf(response).forEach(onWarning);
      const text = await pageText(response, signal);
      // A server that does not know `offset` gives its first page forever, and never the rest:
      // what is cut must not pass for all there is.
      if (text === before && !page.byCursor) throw unreadable("has the same page again");
      before = text;
      const matches = parsePage(text);
      for (const match of matches) yield decodeMatch(match);
      page = pageAfter(page, response, matches.length);
    }
  };
}

/**
 * What is not there has no series and no instances, as some servers say it. A wrong address says the
 * same, so the archive is asked whether it is there: nothing must seem to be empty because of that.
 */
async function isNothing(
  { status }: GatewayError,
  path: string,
  http: Http,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!path.includes("/")) return false;
  if (status !== 404) return status === 410;
  const parameters = new URLSearchParams({ limit: "1" });
  const headers = { Accept: "application/dicom+json" };
  const options = { parameters, headers, signal, answerWithin: PAGE_WITHIN };
  const response = await http.request("studies", options);
  await response.body?.cancel();
  return response.ok;
}

/** By the server's own cursor, so that what arrives meanwhile shifts nothing; else by number. */
function pageAfter(page: Page, response: Response, matches: number): Page | undefined {
  const link = /<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next\b/i.exec(response.headers.get("Link") ?? "");
  if (link !== null) {
    // Of the address only the parameters count: it may be one behind a proxy, or anywhere.
    const parameters = new URLSearchParams(/\?([^#]*)/.exec(link[1] ?? "")?.[1]);
    return { parameters, byCursor: true };
  }
  // More than asked for is all there is, and so is what comes without a cursor after one.
  const isFull = matches === PAGE_MATCHES;
  const isCut = matches > 0 && matches < PAGE_MATCHES && warningsOf(response).some(isAboutMore);
  if (page.byCursor || !(isFull || isCut)) return undefined;
  const parameters = new URLSearchParams(page.parameters);
  parameters.set("offset", String(Number(parameters.get("offset") ?? 0) + matches));
  return { parameters, byCursor: false };
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

/**
 * QIDO-RS: searches for patients, studies, series and instances (PS3.18 10.6).
 * @module
 */
import { Hono } from "hono";
import { parseQido } from "../../lib/query/qido.ts";
import type { Level, Query } from "../../lib/query/query.ts";
import type { Env } from "../http/context.ts";
import { acceptOf, negotiateMetadata } from "../http/negotiate.ts";
import { searchParamsOf } from "../http/search_params.ts";
import { scopeOf } from "./retrieve_scope.ts";
import { searchResponse } from "./search_response.ts";
import { addWarnings } from "../http/warning.ts";
import type { SearchAnswer, SearchService } from "../services/search.ts";

/** Characters of a Link: clients refuse answers whose headers exceed 16 KiB. */
const MAX_LINK_LENGTH = 8 * 1024;

/** URL templates and what each returns (PS3.18 Table 10.6.1-1). */
export const SEARCH_RESOURCES: readonly (readonly [path: string, level: Level])[] = [
  ["/patients", "patient"],
  ["/studies", "study"],
  ["/series", "series"],
  ["/instances", "instance"],
  ["/studies/:study/series", "series"],
  ["/studies/:study/instances", "instance"],
  ["/studies/:study/series/:series/instances", "instance"],
];

/** A search without a match is 200 with an empty list. */
export function searchRoutes(service: SearchService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const [path, level] of SEARCH_RESOURCES) {
    routes.get(path, async (c) => {
      const representation = negotiateMetadata(acceptOf(c.req.raw));
      const parameters = searchParamsOf(c.req.raw);
      const { query, warnings } = parseQido(parameters, level, scopeOf(c));
      const base = c.get("base");
      const answer = await service.search(c.get("archive"), query, base);
      const headers = headersOf(answer, parameters);
      const cut = remainder(answer, query);
      addWarnings(headers, base, [...cut, ...warnings, ...answer.warnings]);
      return await searchResponse(c.req.raw, answer, representation, headers);
    });
  }
  return routes;
}

/** The warning of PS3.18 8.3.4.4.1, with the number where the client had the matches counted. */
function remainder({ next, total, results, more }: SearchAnswer, query: Query): string[] {
  if (next === undefined) return [];
  const counted = total !== undefined && more === undefined && query.after === undefined;
  const number = counted ? `${total - query.offset - results.length} ` : "";
  return [`There are ${number}additional results that can be requested`];
}

function headersOf(answer: SearchAnswer, parameters: URLSearchParams): Headers {
  // Results change with every store.
  const headers = new Headers({ "Cache-Control": "private, no-cache" });
  if (answer.total !== undefined) headers.set("X-Total-Count", String(answer.total));
  if (answer.next !== undefined) {
    const next = new URLSearchParams(parameters);
    next.delete("offset");
    next.set("after", answer.next);
    // Relative to the request's own URL, so that no proxy in between needs to be known.
    const link = `<?${next}>; rel="next"`;
    if (link.length <= MAX_LINK_LENGTH) headers.set("Link", link);
  }
  return headers;
}

/**
 * `GET /`: the study list. `/list` is its results alone and `/list/study` one study's content, for
 * the page's own script.
 * @module
 */
import { type Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import type { DimseAddress } from "../../../lib/config/environment.ts";
import type { Env } from "../../http/context.ts";
import { Problem } from "../../http/problem.ts";
import { searchParamsOf } from "../../http/search_params.ts";
import { textResponse } from "../../http/text_response.ts";
import type { StudyListService } from "../../services/study_list.ts";
import type { Assets } from "../assets.ts";
import { pageHeaders, pageResponse } from "../layout.tsx";
import type { ListedArchive } from "./archive_roots.ts";
import { type Connection, Welcome } from "./connect.tsx";
import { type ListRequest, parseListRequest } from "./list_request.ts";
import { StudyListView } from "./page.tsx";
import { type Results, ResultsView } from "./results.tsx";
import { StudyView } from "./study_view.tsx";

/** What the list stands on. */
export interface StudyListDeps {
  readonly list: StudyListService;
  readonly assets: Assets;
  /** The default one first. */
  readonly archives: readonly ListedArchive[];
  readonly dimse: DimseAddress | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A request, and the archive that it is about. */
interface Asked {
  readonly request: ListRequest;
  readonly archive: ListedArchive;
}

/** The routes. */
export function studyListRoutes(deps: StudyListDeps): Hono<Env> {
  const { list, assets, archives } = deps;
  const routes = new Hono<Env>();

  routes.get("/", async (c) => {
    const { request, archive } = asked(c);
    const [results, modalities] = await Promise.all([
      resultsOf(c, { request, archive }),
      list.modalities(archive.name),
    ]);
    const content = (
      <StudyListView
        {...{ results, archive, archives, modalities }}
        connection={connectionOf(c, archive)}
        mayStore={c.get("scopes").has("write")}
      />
    );
    return await pageResponse(c.req.raw, assets, {
      title: "Studies",
      place: "./",
      styles: ["list.css"],
      scripts: ["list.js", "studies.js", "upload.js"],
      content,
    });
  });

  routes.get("/list", async (c) => {
    const results = await resultsOf(c, asked(c));
    return await fragment(c, <ResultsView {...results} />);
  });

  routes.get("/list/study", async (c) => {
    const content = await opened(c, asked(c));
    if (content === undefined) throw new Problem(404, "There is no such study any more.");
    return await fragment(c, content);
  });

  return routes;

  function asked(c: Context<Env>): Asked {
    const request = parseListRequest(searchParamsOf(c.req.raw), today(deps.now()));
    const archive = archives.find(({ name }) => name === (request.archive ?? archives[0]?.name));
    if (archive === undefined) throw new Problem(404, "No archive of this name has a URL.");
    return { request, archive };
  }

  async function resultsOf(c: Context<Env>, { request, archive }: Asked): Promise<Results> {
    const [page, totals, content] = await Promise.all([
      list.search(archive.name, request.search),
      list.totals(archive.name),
      opened(c, { request, archive }),
    ]);
    const welcome = <Welcome {...connectionOf(c, archive)} />;
    return { request, archive, page, totals, opened: content, welcome };
  }

  async function opened(c: Context<Env>, { request, archive }: Asked): Promise<Child | undefined> {
    if (request.open === undefined) return undefined;
    const study = await list.study(archive.name, request.open);
    if (study === undefined) return undefined;
    const mayDelete = c.get("scopes").has("delete");
    return <StudyView study={study} root={archive.root} mayDelete={mayDelete} />;
  }

  function connectionOf(c: Context<Env>, { root, aet }: ListedArchive): Connection {
    const reached = c.get("reached");
    return {
      dicomweb: `${reached}/${root}`,
      serverHost: new URL(reached).hostname,
      aet,
      dimse: deps.dimse,
      mayStore: c.get("scopes").has("write"),
      needsKey: c.get("key") !== undefined,
    };
  }
}

async function fragment(c: Context<Env>, content: Child): Promise<Response> {
  const html = await <>{content}</>;
  return await textResponse(String(html), c.req.raw, pageHeaders());
}

/** The server's own day, YYYYMMDD. */
function today(now: number): string {
  const date = new Date(now);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("");
}

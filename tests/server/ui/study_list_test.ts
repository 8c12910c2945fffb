import { assert, assertEquals, assertMatch } from "@std/assert";
import { Hono } from "hono";
import type { ArchiveSettings } from "../../../lib/config/archives.ts";
import type { DimseAddress } from "../../../lib/config/environment.ts";
import type { Env } from "../../../server/http/context.ts";
import { errorResponse } from "../../support/error_response.ts";
import type { Scope } from "../../../server/http/key_scopes.ts";
import type { Index } from "../../../server/index/index.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import { createStudyList } from "../../../server/services/study_list.ts";
import { loadAssets } from "../../../server/ui/assets.ts";
import { listedArchives } from "../../../server/ui/study_list/archive_roots.ts";
import { studyListRoutes } from "../../../server/ui/study_list/routes.tsx";
import { addAll, newInstance } from "../../support/index_data.ts";

const FOLDER = new URL("../../../server/ui/assets/", import.meta.url);
const assets = await loadAssets((name) => Deno.readFile(new URL(name, FOLDER)));

const ARCHIVES: readonly ArchiveSettings[] = [
  { name: "unreachable", aets: [], conflict: "refuse" },
  { name: "research", aets: ["RE SEARCH"], conflict: "refuse" },
  { name: "default", aets: ["GANTRY"], conflict: "refuse" },
];

interface Options {
  readonly scopes?: readonly Scope[];
  readonly dimse?: DimseAddress;
}

async function withList(
  run: (get: (path: string) => Promise<string>, index: Index) => Promise<void>,
  { scopes = ["read", "write", "delete"], dimse }: Options = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    await index.ensureArchives(ARCHIVES.map(({ name }) => name));
    const app = new Hono<Env>();
    app.onError((error) => errorResponse(error));
    app.use(async (c, next) => {
      c.set("scopes", new Set(scopes));
      c.set("reached", "http://gantry.test:8080");
      await next();
    });
    app.route(
      "/",
      studyListRoutes({
        list: createStudyList(index),
        assets,
        archives: listedArchives(ARCHIVES),
        dimse,
        now: Date.now,
      }),
    );
    await run(async (path) => await (await app.request(path)).text(), index);
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("study list: an empty archive says how the first images come in", async () => {
  const dimse = { host: "0.0.0.0", port: 11112 };
  await withList(async (get) => {
    const page = await get("/");
    assert(page.includes("storescu -aec GANTRY gantry.test 11112 +sd +r FOLDER"), page);
    assert(page.includes("curl http://gantry.test:8080/dicomweb/studies"), page);
    assert(!page.includes("from this machine only"), page);
  }, { dimse });
});

Deno.test("study list: addresses of a bridge that only this machine reaches are told as such", async () => {
  await withList(async (get) => {
    const page = await get("/");
    assertMatch(page, /from this machine only.*GANTRY_DIMSE_HOST=0\.0\.0\.0/);
    assert(page.includes("a free one"), page);
  }, { dimse: { host: "::1", port: 0 } });
  await withList(async (get) => assert((await get("/")).includes("No bridge is known")));
});

Deno.test("study list: shows the archive that is asked for, under its own root", async () => {
  await withList(async (get, index) => {
    await addAll(index, [
      newInstance([1, 1, 1], { PatientName: "DEFAULT" }),
      { ...newInstance([2, 1, 1], { PatientName: "OTHER" }), archive: "research" },
    ]);
    const first = await get("/?study=2.25.1");
    assert(first.includes("DEFAULT") && !first.includes("OTHER"));
    assert(first.includes('href="dicomweb/studies/2.25.1?accept=application/zip"'), first);
    const second = await get("/?archive=research&study=2.25.2");
    assert(second.includes("OTHER") && !second.includes(">DEFAULT<"));
    assert(second.includes('href="aets/RE%20SEARCH/rs/studies/2.25.2?accept=application/zip"'));
    assert(second.includes("http://gantry.test:8080/aets/RE%20SEARCH/rs</code>"), second);
    assert(first.includes('href="viewer?StudyInstanceUIDs=2.25.1"'), first);
    assert(second.includes('href="viewer?datasources=RE%20SEARCH&amp;StudyInstanceUIDs=2.25.2"'));
    assert(!first.includes("unreachable"));
    assert((await get("/?archive=unreachable")).includes('"status":404'));
  });
});

Deno.test("study list: the fragment is the page's own results, and a study's series those of its row", async () => {
  await withList(async (get, index) => {
    await addAll(index, [
      newInstance([1, 1, 1], { Rows: "512", SeriesDescription: "axial" }),
      newInstance([1, 2, 1], { Modality: "SR" }),
    ]);
    const results = await get("/list?q=doe");
    assert((await get("/?q=doe")).includes(results));
    const study = await get("/list/study?study=2.25.1");
    assertEquals(study.match(/<img /g)?.length, 1);
    assert(study.includes('src="dicomweb/studies/2.25.1/series/2.25.1.1/thumbnail"'), study);
    assert((await get("/?study=2.25.1")).includes(study));
    assert((await get("/list/study?study=2.25.7")).includes('"status":404'));
  });
});

Deno.test("study list: a link to a page that is no more begins from the start", async () => {
  await withList(async (get, index) => {
    await addAll(index, [newInstance([1, 1, 1])]);
    assert((await get("/?after=nonsense")).includes("DOE, JANE"));
  });
});

Deno.test("study list: offers only what the caller may do", async () => {
  await withList(async (get, index) => {
    await addAll(index, [newInstance([1, 1, 1])]);
    const page = await get("/?study=2.25.1");
    assert(!page.includes("Add folder") && !page.includes("data-store"), page);
    assert(!page.includes("data-delete"), page);
  }, { scopes: ["read"] });
});

Deno.test("study list: answers whatever a query string holds", async () => {
  await withList(async (get, index) => {
    await addAll(index, [newInstance([1, 1, 1])]);
    const queries = [
      "q=%00%FF%ED%A0%80",
      `q=${"a ".repeat(5_000)}`,
      `q=${encodeURIComponent('" OR 1 NEAR(* ) {words} : ^')}`,
      `modality=${"'\"<".repeat(1_000)}`,
      "sort=__proto__&after=%22&row=1e999&days=NaN&study=%27",
      "from=9999-99-99&to=0000-00-00",
      "q=a&q=b&archive=default&archive=research",
    ];
    for (const query of queries) {
      const page = await get(`/?${query}`);
      assert(page.startsWith("<!DOCTYPE html>") && page.endsWith("</html>"), `${query} ${page}`);
      assert(page.length < 60_000, query);
    }
  });
});

Deno.test("study list: values beyond any bound neither fill the page nor end it early", async () => {
  await withList(async (get, index) => {
    const long = "M".repeat(4_000);
    const rows = Array.from({ length: 30 }, (_, at) =>
      newInstance([at + 1, 1, 1], {
        PatientName: `NAME ${String(at).padStart(2, "0")} ${long}`,
        Modality: `${at}${long}`,
        SeriesNumber: long,
      }));
    await addAll(index, rows);
    const first = await get("/?sort=name&study=2.25.1");
    assert(first.length < 400_000, `${first.length}`);
    assert(!first.replaceAll(/href="[^"]*"/g, "").includes("M".repeat(200)), first);
    const next = /rel="next" href="([^"]*)"/.exec(first)?.[1]?.replaceAll("&amp;", "&");
    const second = await get(`/${next}`);
    assert(second.includes("26–30 of 30 studies"), second);
    assert(second.includes("NAME 29") && !second.includes("NAME 24"), second);
  });
});

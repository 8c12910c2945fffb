import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Hono } from "hono";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Env } from "../../../server/http/context.ts";
import { errorResponse } from "../../support/error_response.ts";
import { viewerRoutes } from "../../../server/routes/viewer.ts";
import { loadAssets } from "../../../server/ui/assets.ts";
import { openViewerFiles } from "../../../server/viewer/fs_viewer_files.ts";
import { installViewer } from "../../../server/viewer/install.ts";
import { OHIF } from "../../../server/viewer/release.ts";
import { viewerSources } from "../../../server/viewer/sources.ts";
import { packageOf, streamOf } from "../../support/made_package.ts";

const SCRIPT = `const a = 1;${"// again\n".repeat(1000)}`;
const { tarball, release } = packageOf([{ name: "package/dist/app.bundle.js", content: SCRIPT }]);
const UI = new URL("../../../server/ui/assets/", import.meta.url);
const assets = await loadAssets((name) => Deno.readFile(new URL(name, UI)));
const APP = `/viewer/${OHIF.build}/app.bundle.js`;

/** Runs `work` with the routes; `install` puts a small viewer where they look for theirs. */
async function withRoutes(
  work: (app: Hono<Env>, install: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    const app = new Hono<Env>({ strict: false });
    app.onError((error) => errorResponse(error));
    const sources = viewerSources([
      { name: "default", aets: ["GANTRY"], conflict: "refuse" },
      { name: "research", aets: ["RESEARCH", "R:*"], conflict: "refuse" },
    ]);
    const files = openViewerFiles(`${home}/${OHIF.build}`);
    app.route("/", viewerRoutes({ files, assets, sources }));
    await work(app, async () => {
      const made = { ...release, build: OHIF.build };
      await installViewer(home, made, () => Promise.resolve(streamOf(tarball)));
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("viewer: where it is not installed a page says the command, and it is there once it is", async () => {
  await withRoutes(async (app, install) => {
    const missing = await app.request("/viewer?StudyInstanceUIDs=1.2");
    assertEquals(missing.status, 200);
    assertStringIncludes(await missing.text(), "deno task viewer");
    const deep = await app.request("http://gantry.test/viewer/viewer/X?StudyInstanceUIDs=1.2");
    assertEquals(deep.status, 302);
    assertEquals(
      new URL(deep.headers.get("location")!, "http://h/viewer/viewer/X").pathname,
      "/viewer",
    );
    assertEquals((await app.request(APP)).status, 404);
    await install();
    assertEquals((await app.request("/viewer")).status, 200);
    const script = await app.request(APP);
    assertEquals([script.status, await script.text()], [200, SCRIPT]);
  });
});

Deno.test("viewer: a file comes in the coding that a client likes best, and is kept for ever", async () => {
  await withRoutes(async (app, install) => {
    await install();
    const decoders = {
      br: brotliDecompressSync,
      gzip: gunzipSync,
      identity: (bytes: Uint8Array) => bytes,
    };
    const asked = [
      ["gzip, deflate, br, zstd", "br"],
      ["gzip, deflate", "gzip"],
      ["br;q=0.5, gzip", "gzip"],
      ["zstd", "identity"],
      ["", "identity"],
    ] as const;
    for (const [accept, coding] of asked) {
      const headers = { "Accept-Encoding": accept };
      const response = await app.request(APP, { headers });
      assertEquals(response.headers.get("content-encoding") ?? "identity", coding, accept);
      assertEquals(response.headers.get("content-type"), "text/javascript; charset=utf-8");
      assertEquals(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
      assertEquals(response.headers.get("vary"), "Accept-Encoding");
      const length = Number(response.headers.get("content-length"));
      const etag = response.headers.get("etag")!;
      const bytes = await response.bytes();
      assertEquals(bytes.length, length);
      assertEquals(new TextDecoder().decode(decoders[coding](bytes)), SCRIPT);

      const head = await app.request(APP, { method: "HEAD", headers });
      assertEquals([head.status, head.body], [200, null]);
      assertEquals(Number(head.headers.get("content-length")), length);
      const again = await app.request(APP, { headers: { ...headers, "If-None-Match": etag } });
      assertEquals([again.status, again.headers.get("etag")], [304, etag]);
    }
  });
});

Deno.test("viewer: nothing beside its files is given, whatever a path says", async () => {
  await withRoutes(async (app, install) => {
    await install();
    const below = `/viewer/${OHIF.build}`;
    for (
      const path of [
        `${below}/`,
        `${below}/0`,
        `${below}/0.br`,
        `${below}/files.json`,
        `${below}/../install.lock`,
        `${below}/..%2finstall.lock`,
        `${below}/%2e%2e/install.lock`,
        `${below}/app.bundle.js%00`,
        `${below}//app.bundle.js`,
        `${below}/__proto__`,
        "/viewer/0.0.0-1/app.bundle.js",
        "/app.bundle.js",
      ]
    ) {
      const response = await app.request(path);
      // Some of them are a page's path once they are normalized.
      const type = response.headers.get("content-type") ?? "";
      assert(response.status === 404 || type.startsWith("text/html"), path);
      await response.body?.cancel();
    }
  });
});

Deno.test("viewer: its page is alone, calls nobody else, and finds its files below any path", async () => {
  await withRoutes(async (app, install) => {
    await install();
    for (
      const path of [
        "/viewer",
        "/viewer/",
        "/viewer/viewer",
        "/viewer/viewer/RESEARCH",
        "/viewer/a/b/",
      ]
    ) {
      const response = await app.request(path);
      const { headers } = response;
      assertEquals(response.status, 200);
      assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
      assertEquals(headers.get("cross-origin-embedder-policy"), "require-corp");
      const policy = headers.get("content-security-policy")!;
      assertStringIncludes(policy, "default-src 'none'");
      assert(!/https?:|\*|'unsafe-eval'/.test(policy), policy);
      const html = await response.text();
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
      assertEquals(links.length, 4);
      for (const link of links) {
        // As behind a proxy that puts a path before ours.
        assertMatch(
          new URL(link, `https://h/pacs${path}`).pathname,
          /^\/pacs\/viewer\/(3|app-config\.js$)/,
        );
      }
    }
  });
});

Deno.test("viewer: a link to studies leads to OHIF's own page of them, in the archive that it names", async () => {
  await withRoutes(async (app, install) => {
    await install();
    const leads = async (path: string) => {
      const response = await app.request(`http://h${path}`);
      assertEquals(response.status, 302);
      return new URL(response.headers.get("location")!, `http://h/pacs${path}`).href.slice(8);
    };
    const studies = "?StudyInstanceUIDs=1.2,3.4&hangingProtocolId=a%20b";
    assertEquals(await leads(`/viewer${studies}`), `/pacs/viewer/viewer${studies}`);
    assertEquals(await leads(`/viewer/${studies}`), `/pacs/viewer/viewer${studies}`);
    const research = `${studies}&datasources=RESEARCH`;
    assertEquals(await leads(`/viewer${research}`), `/pacs/viewer/viewer/RESEARCH${research}`);
    const unknown = `${studies}&datasources=//evil.test`;
    assertEquals(await leads(`/viewer${unknown}`), `/pacs/viewer/viewer${unknown}`);
  });
});

Deno.test("viewer: its configuration takes every address from its own, and shows what each archive is", async () => {
  await withRoutes(async (app) => {
    const response = await app.request("/viewer/app-config.js");
    const script = await response.text();
    const headers = { "If-None-Match": response.headers.get("etag")! };
    assertEquals((await app.request("/viewer/app-config.js", { headers })).status, 304);
    const src = "https://h/pacs/viewer/app-config.js";
    const window: Record<string, unknown> = {};
    const run = new Function("window", "document", "navigator", script);
    run(window, { currentScript: { src } }, { hardwareConcurrency: 8 });
    assertEquals(window.PUBLIC_URL, `/pacs/viewer/${OHIF.build}/`);
    const config = window.config as {
      routerBasename: string;
      defaultDataSourceName: string;
      dataSources: { sourceName: string; configuration: Record<string, string> }[];
    };
    assertEquals(config.routerBasename, "/pacs/viewer");
    assertEquals(config.defaultDataSourceName, "dicomweb");
    assertEquals(
      config.dataSources.map((
        { sourceName, configuration: { qidoRoot, wadoRoot, wadoUriRoot } },
      ) => [
        sourceName,
        qidoRoot,
        wadoRoot,
        wadoUriRoot,
      ]),
      [
        ["dicomweb", "https://h/pacs/dicomweb", "https://h/pacs/dicomweb", "https://h/pacs/wado"],
        [
          "RESEARCH",
          "https://h/pacs/aets/RESEARCH/rs",
          "https://h/pacs/aets/RESEARCH/rs",
          "https://h/pacs/aets/RESEARCH/wado",
        ],
      ],
    );
  });
});

Deno.test("viewer: dots in a path that no client took away are no failure", async () => {
  await withRoutes(async (app, install) => {
    await install();
    for (const path of ["/viewer/../abcdefgh", "/viewer/%2e%2e/abcdefgh?token=1"]) {
      // As a socket brings it: Request itself would normalize.
      const request = Object.defineProperty(new Request("http://h/"), "url", {
        value: `http://h${path}`,
      });
      const response = await app.fetch(request);
      await response.body?.cancel();
      assertEquals(response.status, 200, path);
    }
  });
});

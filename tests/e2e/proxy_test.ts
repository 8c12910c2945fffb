/**
 * The server behind nginx: every URL that it writes is one under which the client reaches what it
 * names, whichever way the proxy tells of itself.
 * @module
 */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { multipart } from "../support/archive.ts";
import { withCertificates } from "../support/certificates.ts";
import {
  CT_STUDY,
  INSTANCES,
  pathOf,
  PATHS,
  PRIVATE_BULK,
  SLIDE_STUDY,
} from "../support/client_archive.ts";
import { withNginx } from "../support/nginx.ts";
import { npmClient } from "../support/npm_client.ts";
import { freePort } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { type ServerProcess, withServer } from "../support/server_process.ts";

const FILES = Object.values(INSTANCES).map(({ file }) => file);

/** What nginx sends on in the place of what the client sent; an empty value is not sent at all. */
const SILENT = { "X-Forwarded-For": "", "X-Forwarded-Proto": "", "X-Forwarded-Host": "" };
const COMMON = {
  "X-Forwarded-For": "$proxy_add_x_forwarded_for",
  "X-Forwarded-Proto": "$scheme",
  "X-Forwarded-Host": "$http_host",
};

/** A way through nginx. */
interface Way {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Another nginx behind the first. */
  readonly inner?: Readonly<Record<string, string>>;
}

const WAYS: readonly Way[] = [
  { name: "http", isEncrypted: false, prefix: "", headers: COMMON },
  { name: "https", isEncrypted: true, prefix: "", headers: COMMON },
  {
    name: "https under a path",
    isEncrypted: true,
    prefix: "/imaging/pacs",
    headers: { ...COMMON, "X-Forwarded-Prefix": "/imaging/pacs" },
  },
  {
    name: "https, host and port apart",
    isEncrypted: true,
    prefix: "",
    headers: { ...COMMON, "X-Forwarded-Host": "$host", "X-Forwarded-Port": "$server_port" },
  },
  {
    name: "https with Forwarded",
    isEncrypted: true,
    prefix: "",
    headers: { ...SILENT, Forwarded: 'for=$remote_addr;host="$http_host";proto=$scheme' },
  },
  {
    name: "https, and http to another proxy",
    isEncrypted: true,
    prefix: "/pacs",
    headers: { ...COMMON, "X-Forwarded-Prefix": "/pacs" },
    inner: { "X-Forwarded-For": "$proxy_add_x_forwarded_for" },
  },
];

function serverBlock(
  port: number,
  backend: string,
  { isEncrypted, prefix, headers }: Omit<Way, "name">,
  { cert, key }: { readonly cert: string; readonly key: string },
): string {
  const tls = `ssl_certificate ${cert}; ssl_certificate_key ${key};`;
  const cleared = { "Forwarded": "", "X-Forwarded-Prefix": "", "X-Forwarded-Port": "" };
  return `server {
    listen 127.0.0.1:${port}${isEncrypted ? " ssl" : ""};
    ${isEncrypted ? tls : ""}
    client_max_body_size 0;
    location ${prefix}/ {
      proxy_pass ${backend}/;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      ${
    Object.entries({ ...cleared, ...headers })
      .map(([name, value]) => `proxy_set_header ${name} '${value}';`).join("\n      ")
  }
    }
  }`;
}

/** Runs `run` with the URL at which nginx answers for a server. */
async function through(
  way: Way,
  server: ServerProcess,
  run: (
    root: string,
    fetch: (url: string, init?: RequestInit) => Promise<Response>,
  ) => Promise<void>,
): Promise<void> {
  await withCertificates(async (certificates) => {
    const [port, innerPort] = [freePort(), freePort()];
    const { inner } = way;
    const backend = inner === undefined ? server.url : `http://127.0.0.1:${innerPort}`;
    const blocks = [serverBlock(port, backend, way, certificates.server)];
    if (inner !== undefined) {
      // What the outer one says passes as it is.
      const passed = ["Proto", "Host", "Prefix"].map((name) =>
        [`X-Forwarded-${name}`, `$http_x_forwarded_${name.toLowerCase()}`] as const
      );
      const headers = { ...Object.fromEntries(passed), ...inner };
      blocks.push(
        serverBlock(
          innerPort,
          server.url,
          { isEncrypted: false, prefix: "", headers },
          certificates.server,
        ),
      );
    }
    const root = `${way.isEncrypted ? "https" : "http"}://127.0.0.1:${port}${way.prefix}`;
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certificates.ca)] });
    await withNginx(
      blocks.join("\n"),
      () => run(root, (url, init) => fetch(url, { ...init, client })),
    );
  });
}

/** URLs in a data set in JSON, by the attribute or the key that holds them. */
function* urlsIn(value: unknown): Generator<string> {
  if (typeof value === "string" && /^https?:/.test(value)) yield value;
  if (Array.isArray(value)) { for (const each of value) yield* urlsIn(each); }
  else if (typeof value === "object" && value !== null) yield* urlsIn(Object.values(value));
}

/** Follows every URL that the server writes; resolves to them, and throws where one does not lead there. */
async function crawl(
  root: string,
  fetch: (url: string, init?: RequestInit) => Promise<Response>,
): Promise<Set<string>> {
  const base = `${root}/dicomweb`;
  const found = new Set<string>();
  const json = async (url: string) => {
    const response = await fetch(url, { headers: { Accept: "application/dicom+json" } });
    assertEquals(response.status, 200, url);
    for (const url of urlsIn(await response.clone().json())) found.add(url);
    for (const [, url] of (response.headers.get("link") ?? "").matchAll(/<([^>]*)>/g)) {
      found.add(new URL(url!, response.url).href);
    }
    return await response.json();
  };
  for (const level of ["studies", "series", "instances"]) await json(`${base}/${level}?limit=2`);
  for (const study of await json(`${base}/studies`)) {
    await json(`${base}/studies/${study["0020000D"].Value[0]}/metadata`);
  }
  // Where a part lies is in its head.
  const parts = await fetch(`${base}${pathOf(INSTANCES.multiframe)}/frames/1,2`);
  const text = new TextDecoder("latin1").decode(await parts.arrayBuffer());
  for (const [, url] of text.matchAll(/^Content-Location: (\S+)/gim)) found.add(url!);
  const rendered = await fetch(`${base}${pathOf(INSTANCES.ct1)}/rendered`);
  const location = rendered.headers.get("content-location");
  if (location !== null) found.add(new URL(location, rendered.url).href);
  await rendered.body?.cancel();
  const wadl = await fetch(base, { method: "OPTIONS" });
  assertStringIncludes(await wadl.text(), `<resources base="${base}">`);

  const strangers = [...found].filter((url) => !url.startsWith(`${base}/`));
  assertEquals(strangers, [], `below ${base}`);
  for (const url of found) {
    const response = await fetch(url);
    const bytes = await response.arrayBuffer();
    assertEquals(response.status, 200, url);
    assertGreater(bytes.byteLength, 0, url);
  }
  return found;
}

async function storeThrough(
  root: string,
  fetch: (url: string, init?: RequestInit) => Promise<Response>,
): Promise<void> {
  const { headers, body } = multipart(FILES.map((file) => ({ body: file })));
  const stored = await fetch(`${root}/dicomweb/studies`, {
    method: "POST",
    // What a client says of its way is the proxy's to overwrite.
    headers: {
      ...headers,
      "Accept": "application/dicom+json",
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Prefix": "/evil",
      "Forwarded": "host=evil.example",
    },
    body,
  });
  assertEquals(stored.status, 200);
  const urls = [...urlsIn(await stored.json())];
  assertEquals(urls.length, FILES.length);
  for (const url of urls) {
    assert(url.startsWith(`${root}/dicomweb/`), url);
    const bytes =
      await (await fetch(url, { headers: { Accept: "application/dicom; transfer-syntax=*" } }))
        .bytes();
    assert(FILES.some((file) => file.length === bytes.length), url);
  }
}

/** Whoever comes may do everything: keys are tested elsewhere. */
const OPEN = { GANTRY_INSECURE: "1" };

const TRUSTING = { ...OPEN, GANTRY_TRUSTED_PROXIES: "loopback" };

for (const way of WAYS) {
  peerTest(
    `nginx, ${way.name}: every URL in searches, metadata, parts and stores leads back through it`,
    ["nginx", "openssl"],
    () =>
      withServer(TRUSTING, (server) =>
        through(way, server, async (root, fetch) => {
          await storeThrough(root, fetch);
          const urls = await crawl(root, fetch);
          assertGreater([...urls].filter((url) => url.includes("/bulkdata/")).length, 5);
          assert([...urls].some((url) => url.includes("after=")), "a page's Link to the next");
          // Pages name the address as well, and what they load is relative.
          const page = await (await fetch(`${root}/`)).text();
          assertStringIncludes(page, `${root}/dicomweb`);
          const style = /href="([^"]+base\.css)"/.exec(page)?.[1] ?? "";
          const loaded = await fetch(new URL(style, `${root}/`).href);
          assertEquals([loaded.status, (await loaded.text()).length > 0], [200, true]);
        })),
  );
}

peerTest(
  "nginx: GANTRY_PUBLIC_URL counts before whatever proxies say",
  ["nginx", "openssl"],
  async () => {
    const way: Way = {
      name: "lying",
      isEncrypted: false,
      prefix: "/pacs",
      headers: { "X-Forwarded-Host": "other.example", "X-Forwarded-Prefix": "/other" },
    };
    const env = { ...TRUSTING, GANTRY_PUBLIC_URL: "https://pacs.example.org/imaging" };
    await withServer(env, (server) =>
      through(way, server, async (root, fetch) => {
        const { headers, body } = multipart([{ body: FILES[0]! }]);
        const post = await fetch(`${root}/dicomweb/studies`, { method: "POST", headers, body });
        const [url = "", ...more] = urlsIn(await post.json());
        assert(url.startsWith("https://pacs.example.org/imaging/dicomweb/studies/"), url);
        assertEquals(more.filter((each) => !each.startsWith("https://pacs.example.org/")), []);
      }));
  },
);

Deno.test("proxies: who is not trusted has no say, and loopback is not trusted by itself", async () => {
  for (const env of [OPEN, { ...OPEN, GANTRY_TRUSTED_PROXIES: "192.0.2.0/24, private" }]) {
    await withServer(env, async ({ url, dicomweb }) => {
      const wadl = await fetch(dicomweb, {
        method: "OPTIONS",
        headers: {
          "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
          "X-Forwarded-Host": "evil.example",
          "X-Forwarded-Prefix": "/evil",
          "X-Forwarded-Proto": "https",
        },
      });
      assertStringIncludes(await wadl.text(), `<resources base="${url}/dicomweb">`);
    });
  }
});

peerTest(
  "nginx under a path: the npm dicomweb-client stores, finds and retrieves through it",
  ["nginx", "openssl"],
  () =>
    withServer(
      TRUSTING,
      (server) =>
        through({ ...WAYS[2]!, isEncrypted: false }, server, async (root) => {
          const client = npmClient(`${root}/dicomweb`);
          const { ct1, slide } = INSTANCES;
          await client.storeInstances({ datasets: [ct1.file.buffer, slide.file.buffer] });
          const studies = await client.searchForStudies();
          assertEquals(
            studies.map((study) => study["0020000D"]?.Value?.[0]).sort(),
            [CT_STUDY, SLIDE_STUDY],
          );
          const [metadata] = await client.retrieveStudyMetadata({ studyInstanceUID: CT_STUDY });
          const BulkDataURI = metadata?.[PATHS.privateBulk]?.BulkDataURI ?? "";
          assert(BulkDataURI.startsWith(`${root}/dicomweb/`), BulkDataURI);
          const [bulk] = await client.retrieveBulkData({ BulkDataURI });
          assertEquals(new Uint8Array(bulk!), PRIVATE_BULK);
        }),
    ),
);

peerTest(
  "nginx: an upload streams through it: what has come is there before the rest is sent",
  ["nginx", "openssl"],
  () =>
    withServer(TRUSTING, (server) =>
      through(WAYS[1]!, server, async (root, fetch) => {
        const { ct1, slide } = INSTANCES;
        const { headers, body } = multipart([{ body: ct1.file }, { body: slide.file }]);
        const half = body.length - 100;
        const sent = Promise.withResolvers<void>();
        const stream = new ReadableStream({
          async start(controller) {
            controller.enqueue(body.subarray(0, half));
            await sent.promise;
            controller.enqueue(body.subarray(half));
            controller.close();
          },
        });
        const post = fetch(`${root}/dicomweb/studies`, { method: "POST", headers, body: stream });
        const instance = `${root}/dicomweb${pathOf(ct1)}/metadata`;
        for (;;) {
          const response = await fetch(instance);
          await response.body?.cancel();
          if (response.status === 200) break;
          assertEquals(response.status, 404);
        }
        sent.resolve();
        const stored = await post;
        assertEquals(stored.status, 200, await stored.text());
      })),
);

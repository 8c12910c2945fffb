/** `/metrics` of a server that is used, misused and asked while it works. @module */
import { assert, assertEquals, assertLess } from "@std/assert";
import { multipart } from "../support/archive.ts";
import { type Scrape, scrape, scrapeUntil } from "../support/metrics.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { connect, exchangeRaw, send } from "../support/raw_http.ts";
import { runTask } from "../support/run_task.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { statusOf, UIDS } from "../support/unharmed.ts";

const STUDY = `/studies/${UIDS.study}`;
const AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** Runs a test on a server, of several on the first: each counts what is its own. */
async function withServer(
  test: (server: ServerProcess) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const server = await startServer({ env });
  const [{ url }] = server.instances;
  try {
    await test({ ...server, url, dicomweb: `${url}/dicomweb` });
  } finally {
    await server.stop();
  }
}

/** Its HTTP samples of one route, e.g. `requests_total`. */
function http(now: Scrape, what: string, method: string, route: string, more = ""): number {
  return now.get(`gantry_http_${what}{method="${method}",route="${route}"${more}}`) ?? 0;
}

const inFlight = (now: Scrape) => now.get("gantry_http_requests_in_flight");
/** The scrape itself is under way. */
const isQuiet = (now: Scrape) => inFlight(now) === 1;

Deno.test("metrics: requests, statuses and bytes are those that a client sees", () =>
  withServer(async ({ url, dicomweb }) => {
    const { headers, body } = multipart([{ body: ctInstance() }, { body: "no DICOM" }]);
    const stored = await fetch(`${dicomweb}/studies`, { method: "POST", headers, body });
    const answer = await stored.bytes();
    assertEquals(stored.status, 202);
    assertEquals(await statusOf(stow(dicomweb, [ctInstance()])), 200);

    const searched = [`${dicomweb}/studies`, `${dicomweb}/studies?PatientName=nobody`];
    let found = 0;
    for (const search of searched) found += (await (await fetch(search)).bytes()).length;
    const study = await (await fetch(dicomweb + STUDY, { headers: { accept: AS_STORED } })).bytes();
    const metadata = `${STUDY}/metadata`;
    const plain = { headers: { "accept-encoding": "identity" } };
    const described = await (await fetch(dicomweb + metadata, plain)).bytes();
    const head = await fetch(`${dicomweb}/studies`, { method: "HEAD" });
    await head.body?.cancel();
    const missing = await (await fetch(`${url}/nothing?PatientID=4711`)).bytes();
    const healthy = await (await fetch(`${url}/healthz`)).bytes();

    const now = await scrapeUntil(url, isQuiet);
    const studies = "/dicomweb/studies";
    assertEquals(http(now, "requests_total", "POST", studies, ',status="202"'), 1);
    assertEquals(http(now, "requests_total", "POST", studies, ',status="200"'), 1);
    const again = multipart([{ body: ctInstance() }]).body.length;
    assertEquals(http(now, "request_bytes_total", "POST", studies), body.length + again);
    assert(http(now, "response_bytes_total", "POST", studies) > answer.length);
    assertEquals(http(now, "requests_total", "GET", studies, ',status="200"'), 2);
    assertEquals(http(now, "response_bytes_total", "GET", studies), found);
    assertEquals(http(now, "requests_total", "HEAD", studies, ',status="200"'), 1);
    assertEquals(http(now, "response_bytes_total", "HEAD", studies), 0);
    assertEquals(http(now, "response_bytes_total", "GET", `${studies}/:study`), study.length);
    assertEquals(
      http(now, "response_bytes_total", "GET", `${studies}/:study/metadata`),
      described.length,
    );
    assertEquals(http(now, "requests_total", "GET", "other", ',status="404"'), 1);
    assertEquals(http(now, "response_bytes_total", "GET", "other"), missing.length);
    assertEquals(http(now, "response_bytes_total", "GET", "/healthz"), healthy.length);
    assertEquals(http(now, "request_duration_seconds_count", "GET", studies), 2);

    const instances = (labels: string) =>
      now.get(`gantry_store_instances_total{archive="default",${labels}}`);
    assertEquals(instances('outcome="stored",reason=""'), 1);
    assertEquals(instances('outcome="already",reason=""'), 1);
    assertEquals(instances('outcome="failed",reason="cannotUnderstand"'), 1);
    assertEquals(now.get('gantry_instances{archive="default"}'), 1);
    assertEquals(now.get('gantry_stored_bytes{archive="default"}'), ctInstance().length);
    assert(now.get('gantry_index_operation_duration_seconds_count{operation="search"}')! >= 2);
    assert(now.get('gantry_blob_operation_duration_seconds_count{operation="commit"}')! >= 1);
    assert(now.get("gantry_index_commit_items_sum")! >= 1);
    assert(now.get("process_resident_memory_bytes")! > 10e6);
    assertEquals(now.get('gantry_index_queue_depth{thread="writer"}'), 0);
    const text = [...now.keys()].join("\n");
    for (const secret of [UIDS.study, "4711", "nobody", "Doe"]) {
      assertEquals(text.includes(secret), false, secret);
    }
  }));

Deno.test("metrics: a download and an upload that break off count as far as they came", () =>
  withServer(async ({ url, dicomweb }) => {
    const side = 2000;
    const files = Array.from({ length: 4 }, (_, at) =>
      ctInstance({
        sopInstanceUID: `1.2.3.${at}`,
        rows: side,
        columns: side,
        pixels: [new Uint8Array(side * side * 2)],
      }));
    assertEquals(await statusOf(stow(dicomweb, files)), 200);
    const total = files.reduce((sum, { length }) => sum + length, 0);

    const leaving = new AbortController();
    const download = await fetch(dicomweb + STUDY, {
      headers: { accept: AS_STORED },
      signal: leaving.signal,
    });
    await download.body!.getReader().read();
    leaving.abort();

    const { headers, body } = multipart([{ body: ctInstance({ sopInstanceUID: "1.2.3.9" }) }]);
    const part = body.subarray(0, body.length - 500);
    {
      using connection = await connect(url);
      await send(
        connection,
        "POST /aets/GANTRY/rs/studies HTTP/1.1\r\nHost: localhost\r\n" +
          `Content-Type: ${headers["Content-Type"]}\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await send(connection, part);
      const route = "/aets/:AE/rs/studies";
      await scrapeUntil(url, (now) => now.get("gantry_blob_written_bytes_total")! > total);
      assertEquals(http(await scrape(url), "requests_total", "POST", route), 0);
    }
    const route = "/dicomweb/studies/:study";
    const now = await scrapeUntil(url, isQuiet);
    assertEquals(http(now, "requests_total", "GET", route, ',status="200"'), 1);
    const sent = http(now, "response_bytes_total", "GET", route);
    assert(sent > 0, `${sent} bytes`);
    assertLess(sent, total);
    const aborted = "/aets/:AE/rs/studies";
    assertEquals(http(now, "request_bytes_total", "POST", aborted), part.length);
    assertEquals(http(now, "request_duration_seconds_count", "POST", aborted), 1);
  }));

Deno.test("metrics: hostile paths, methods and titles make no more of them", () =>
  withServer(async ({ url }) => {
    const attack = async (round: number) => {
      for (let at = 0; at < 30; at++) {
        const made = `${round}x${at}`;
        const paths = [
          `/${made}`,
          `/dicomweb/${made}/studies`,
          `/dicomweb/studies/${made}`,
          `/dicomweb/studies/1.2.${at}/series/1.${round}/instances/${made}/frames/${made}`,
          `/aets/${made}/rs/studies`,
          `/aets/%22%7D${made}%0A/rs/studies/${made}`,
          `/dicomweb/studies?${made}=${made}`,
        ];
        for (const path of paths) await exchangeRaw(url, request("GET", path));
        await exchangeRaw(url, request(`M${made}`, `/${made}`));
      }
    };
    await scrape(url);
    await attack(1);
    const before = await scrapeUntil(url, isQuiet);
    await attack(2);
    const after = await scrapeUntil(url, isQuiet);
    // The first scrape is in the second.
    const isOfScrape = (name: string) => name.includes('route="/metrics"');
    const names = (now: Scrape) => [...now.keys()].filter((name) => !isOfScrape(name)).sort();
    assertEquals(names(after), names(before));
    assertLess(names(after).length, 1000);
    assertEquals(names(after).filter((name) => /[12]x\d/.test(name)), []);
    assertEquals(http(after, "requests_total", "other", "other", ',status="404"'), 60);
  }));

const request = (method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

Deno.test("metrics: are told while the server is busy, and to who may read", () =>
  withServer(async ({ url, dicomweb, data }) => {
    assertEquals(await statusOf(stow(dicomweb, [ctInstance()])), 200);
    let stop = false;
    const load = Array.from({ length: 8 }, async () => {
      for (; !stop;) await (await fetch(`${dicomweb}${STUDY}/metadata`)).body?.cancel();
    });
    let last = 0;
    try {
      for (let at = 0; at < 20; at++) {
        const now = await scrape(url);
        const route = "/dicomweb/studies/:study/metadata";
        const count = http(now, "request_duration_seconds_count", "GET", route);
        assert(count >= last, `${count} after ${last}`);
        assert(inFlight(now)! <= 9, `${inFlight(now)} in flight`);
        last = count;
      }
    } finally {
      stop = true;
      await Promise.all(load);
    }
    assert(last > 0);

    const add = async (scopes: string) => {
      const args = ["keys", "add", "--name", scopes, "--scopes", scopes, "--json"];
      const { stdout } = await runTask(args, { GANTRY_DATA: data });
      return { authorization: `Bearer ${JSON.parse(stdout).key}` };
    };
    const reader = await add("read");
    const writer = await add("write");
    const get = (path: string, headers: Record<string, string>) =>
      statusOf(fetch(url + path, { headers }));
    // Who was let in without a key is so for a second more.
    const deadline = performance.now() + 5000;
    while (await get("/metrics", {}) !== 401) assert(performance.now() < deadline);
    assertEquals(await get("/metrics", reader), 200);
    assertEquals(await get("/metrics", writer), 403);
    for (const path of ["/healthz", "/readyz"]) assertEquals(await get(path, {}), 200);
  }));

Deno.test("metrics: need no key on a port of their own, which has nothing else", () => {
  const env = {
    GANTRY_HOST: "::",
    GANTRY_METRICS_PORT: "0",
    GANTRY_BRIDGE_TOKEN: "0123456789-abcdef-0123456789-abcdef",
  };
  return withServer(async (server) => {
    const portIn = async (line: RegExp) => (await server.says(line))?.[1];
    const port = await portIn(/^listening on http:\/\/\[::\]:(\d+)$/m);
    const metricsPort = await portIn(/^metrics at http:\/\/\[::\]:(\d+)\/metrics$/m);
    for (const host of ["127.0.0.1", "[::1]"]) {
      const scraped = `http://${host}:${metricsPort}`;
      const served = `http://${host}:${port}`;
      const now = await scrape(scraped);
      assertEquals(now.get('gantry_studies{archive="default"}'), 0);
      assertEquals(await statusOf(fetch(`${served}/metrics`)), 401);
      assertEquals(await statusOf(fetch(`${scraped}/dicomweb/studies`)), 404);
      assertEquals(await statusOf(fetch(`${scraped}/`)), 404);
    }
  }, env);
});

const PARSER = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.name not in families, family.name
    assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
    seen = {}
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, key
        seen[key] = sample.value
    if family.type == "histogram":
        series = {}
        for (name, labels), value in seen.items():
            rest = tuple(pair for pair in labels if pair[0] != "le")
            series.setdefault(rest, {})[name[len(family.name):], dict(labels).get("le")] = value
        for parts in series.values():
            bounds = sorted((float(le), v) for (name, le), v in parts.items() if name == "_bucket")
            counts = [v for _, v in bounds]
            assert counts == sorted(counts) and bounds[-1][0] == float("inf"), bounds
            assert counts[-1] == parts["_count", None] and ("_sum", None) in parts, parts
    families[family.name] = len(seen)
json.dump(families, sys.stdout)
`;

peerTest(
  "metrics: are what Prometheus' own client for Python reads",
  ["/usr/bin/python3", "/usr/lib/python3/dist-packages/prometheus_client"],
  () =>
    withServer(async ({ url, dicomweb }) => {
      assertEquals(await statusOf(stow(dicomweb, [ctInstance()])), 200);
      assertEquals(await statusOf(fetch(`${dicomweb}${STUDY}/thumbnail`)), 200);
      const response = await fetch(`${url}/metrics`);
      const type = response.headers.get("content-type");
      assertEquals(type, "text/plain; version=0.0.4; charset=utf-8");
      const text = await response.text();
      const python = new Deno.Command("/usr/bin/python3", {
        args: ["-c", PARSER],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const [{ success, stdout }] = await Promise.all([
        python.output(),
        new Blob([text]).stream().pipeTo(python.stdin),
      ]);
      assert(success);
      const families: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
      const written = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const read = Object.values(families).reduce((sum, samples) => sum + samples, 0);
      assertEquals(read, written.length);
      assert(families["gantry_pixels_duration_seconds"]! > 0);
    }),
);

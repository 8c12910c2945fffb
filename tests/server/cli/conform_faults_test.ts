import { assert, assertEquals } from "@std/assert";
import { type Check, type Outcome, outcomeOf } from "../../../server/cli/conform/check.ts";
import { createHttp } from "../../../server/cli/conform/http.ts";
import { makeSample, newUID } from "../../../server/cli/conform/make_sample.ts";
import { checksOf, runChecks } from "../../../server/cli/conform/run.ts";
import { removeStored } from "../../../server/cli/conform/service_checks.ts";
import type { Session } from "../../../server/cli/conform/session.ts";
import { startServer } from "../../support/server_process.ts";
import {
  type Fault,
  startSpoilingFront,
  withoutHeader,
  withStatus,
  withText,
} from "../../support/spoiling_front.ts";

const json = (response: Response) => /json/.test(response.headers.get("content-type") ?? "");

/** Removes a parameter before the server sees it. */
function without(name: string): Fault {
  return {
    ask(_, url) {
      url.searchParams.delete(name);
      return { url };
    },
  };
}

/** Changes the text of JSON, and of nothing else. */
function inJson(change: (text: string) => string): Fault {
  return { answer: (response) => json(response) ? withText(response, change) : response };
}

/** Answers of one status get another. */
function status(from: number, to: number): Fault {
  return {
    answer: (response) => response.status === from ? withStatus(response, to) : response,
  };
}

function asked(accept: string): Fault {
  return { ask: () => ({ accept }) };
}

const lackingHeader = (...names: string[]): Fault => ({
  answer: (response) => withoutHeader(response, ...names),
});

const text = (change: (text: string) => string): Fault => ({
  answer: (response) => withText(response, change),
});

function path(change: (path: string) => string): Fault {
  return {
    ask(_, url) {
      url.pathname = change(url.pathname);
      return { url };
    },
  };
}

/** Each fault by the check that must find it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "capabilities.options": {
    answer: (response, _, { method }) =>
      method === "OPTIONS" ? new Response(null, { status: 204 }) : response,
  },
  "capabilities.resources": text((all) => all.replaceAll("studies", "things")),
  "store.study": status(200, 500),
  "store.module": inJson((all) => all.replaceAll('"00081155"', '"00081156"')),
  "store.module.retrieve-url": inJson((all) => all.replaceAll('"00081190"', '"00081191"')),
  "store.retrieve-url.works": inJson((all) => all.replaceAll("/instances/", "/instances/1")),
  "store.location": lackingHeader("location"),
  "store.xml": asked("application/dicom+json"),
  "store.again": inJson((all) => all.replaceAll('"00081199"', '"00081198"')),
  "store.chunked": {
    answer: (response, _, request) =>
      request.headers.has("content-length") ? response : withStatus(response, 411),
  },
  "store.mismatch": status(409, 200),
  "store.mismatch.reason": inJson((all) => all.replaceAll('"00081198"', '"00081199"')),
  "store.partial": status(202, 409),
  "store.garbage": status(409, 200),
  "store.garbage.partial": inJson((all) => all.replaceAll('"0008119A"', '"0008119B"')),
  "store.media-type": status(415, 400),
  "store.metadata.json": status(200, 415),
  "store.metadata.xml": {
    answer: (response) =>
      /multipart/.test(response.headers.get("content-type") ?? "")
        ? withText(response, (all) => all.replace("\xE8\x03\xE9", "\xE9\x03\xE8"))
        : response,
  },
  "search.all-studies": inJson((all) => all.replace(/^\[(.*)\]$/, "[$1,$1]")),
  "search.study-series": inJson((all) => all.replace(/^\[.*\]$/, "[]")),
  "search.all-studies.attributes": inJson((all) => all.replaceAll('"00200010"', '"00200009"')),
  "search.series-instances.known": inJson((all) => all.replaceAll('"00280010"', '"00280009"')),
  "search.retrieve-url": inJson((all) => all.replaceAll("/studies/", "/studies/1")),
  "search.counts": inJson((all) =>
    all.replaceAll(/("00201208":\{"vr":"IS","Value":\[)\d+/g, "$17")
  ),
  "search.json": inJson((all) => all.replace(/^\[\{("\w{8}":\{[^}]*\}),(.*)\}\]$/, "[{$2,$1}]")),
  "search.default": {
    answer(response) {
      const headers = new Headers(response.headers);
      if (json(response)) headers.set("content-type", "text/html");
      return new Response(response.body, { status: response.status, headers });
    },
  },
  "search.xml": {
    answer(response) {
      const headers = new Headers(response.headers);
      const type = headers.get("content-type") ?? "";
      headers.set("content-type", type.replace(/type="[^"]*"; ?/, ""));
      return new Response(response.body, { status: response.status, headers });
    },
  },
  "search.weights": asked("application/dicom+json"),
  "search.not-acceptable": status(406, 500),
  "search.study.PatientID": without("PatientID"),
  "search.study.StudyInstanceUID": without("StudyInstanceUID"),
  "search.series.Modality": without("Modality"),
  "search.series.RequestAttributesSequence.RequestedProcedureID": without(
    "RequestAttributesSequence.RequestedProcedureID",
  ),
  "search.instance.InstanceNumber": without("InstanceNumber"),
  "search.all-instances.keys": without("StudyTime"),
  "search.by-tag": without("0020000D"),
  "search.percent-encoding": {
    answer: (response, _, { url }) => url.includes("%") ? new Response("[]", response) : response,
  },
  "search.wildcard.star": without("PatientName"),
  "search.range.date": without("StudyDate"),
  "search.range.datetime": {
    ask(_, url) {
      // Times by themselves, as servers have it that know no moments.
      if (url.searchParams.has("StudyTime")) url.searchParams.delete("StudyDate");
      return { url };
    },
  },
  "search.uid-list": {
    ask(_, url) {
      const [first = ""] = (url.searchParams.get("StudyInstanceUID") ?? "").split(",");
      url.searchParams.set("StudyInstanceUID", first);
      return { url };
    },
  },
  "search.emptyvaluematching": without("emptyvaluematching"),
  "search.multiplevaluematching": {
    ask(_, url) {
      const [first = ""] = (url.searchParams.get("PatientID") ?? "").split("\\");
      url.searchParams.set("PatientID", first);
      return { url };
    },
  },
  "search.includefield": without("includefield"),
  "search.limit": without("limit"),
  "search.remaining": lackingHeader("warning"),
  "search.offset.beyond": without("offset"),
  "search.none": status(200, 404),
  "search.wrong.date": status(400, 200),
  "search.unknown-parameter": {
    answer: (response, url) =>
      url.searchParams.has("gantryconform") ? withStatus(response, 400) : response,
  },
  "retrieve.study": text((all) => all.slice(0, -40)),
  "retrieve.instance": text((all) => all.replace("1.2.840.10008.1.2.1\0", "1.2.840.10008.1.2.2\0")),
  "retrieve.content": text((all) => all.replace("GANTRY^CONFORM", "GANTRY^CONF0RM")),
  "retrieve.any-syntax": status(200, 406),
  "retrieve.decompressed": asked('multipart/related; type="application/dicom"; transfer-syntax=*'),
  "retrieve.octets": status(200, 406),
  "retrieve.weights": asked('multipart/related; type="application/dicom"'),
  "retrieve.accept-parameter": without("accept"),
  "retrieve.content-location": text((all) => all.replaceAll("Content-Location", "X-Location")),
  "retrieve.unknown.study": status(404, 200),
  "retrieve.unknown.instance": status(404, 500),
  "metadata.study.json": inJson((all) => all.replace(/^\[(.*)\]$/s, "$1")),
  "metadata.instance.xml": text((all) => all.replace("NativeDicomModel", "DicomModel")),
  "metadata.content": inJson((all) =>
    all.replaceAll("ScheduledProcedureStep", "").replaceAll('"00400275"', '"00400276"')
  ),
  "metadata.bulk": inJson((all) => all.replaceAll("BulkDataURI", "BulkURI")),
  "metadata.no-file-meta": inJson((all) =>
    all.replace("[{", '[{"00020010":{"vr":"UI","Value":["1.2.840.10008.1.2.1"]},')
  ),
  "bulkdata.uri": path((each) => each.replace("bulkdata/7FE00010", "bulkdata/00100010")),
  "frames.one": path((each) => each.replace("/frames/1", "/frames/2")),
  "frames.several": path((each) => each.replace("/frames/1,3", "/frames/3,1")),
  "frames.beyond": path((each) => each.replace("/frames/4", "/frames/3")),
  "frames.zero": path((each) => each.replace("/frames/0", "/frames/1")),
  "frames.decompressed": asked('multipart/related; type="image/dicom-rle"'),
  "rendered.instance.png": {
    ask: () => ({ accept: "image/jpeg" }),
    answer(response) {
      const headers = new Headers(response.headers);
      headers.set("content-type", "image/png");
      return new Response(response.body, { status: response.status, headers });
    },
  },
  "rendered.default": asked("image/gif"),
  "rendered.viewport": without("viewport"),
  "rendered.window": without("window"),
  "rendered.wrong.quality": without("quality"),
  "rendered.study": status(200, 404),
  "thumbnail.all": {
    answer: (response, { pathname }) =>
      pathname.endsWith("/frames/1/thumbnail") ? withStatus(response, 404) : response,
  },
  "uri.dicom": status(200, 500),
  "uri.default": asked("image/png"),
  "uri.unknown": status(404, 200),
  "uri.type-parameter": status(400, 200),
  "uri.no-series": status(400, 200),
  "http.head": {
    answer: (response, _, { method }) => method === "HEAD" ? withStatus(response, 500) : response,
  },
  "http.etag": status(304, 412),
  "http.range": text((all) => all.toUpperCase().slice(1)),
  "http.method": lackingHeader("allow"),
  "delete.study": {
    answer: (response, _, { method }) =>
      method === "DELETE" ? new Response(null, { status: 204 }) : withStatus(response, 200),
  },
};

/** Checks that look at an answer that another check brought. */
const AFTER_STORE = /^store\.(module|retrieve-url|location)/;

Deno.test("conform: each check passes on a sound server and fails on one with its fault; a run that is stopped leaves nothing", async () => {
  const server = await startServer();
  const front = startSpoilingFront(server.url);
  try {
    const session: Session = {
      http: createHttp({ base: `${front.url}/dicomweb`, token: undefined }),
      own: makeSample(),
      present: undefined,
      scratchUID: newUID(),
      left: new Set(),
      settleWithin: 10_000,
      wado: `${front.url}/wado`,
    };
    const all = new Map(Object.values(checksOf()).flat().map((check) => [check.id, check]));
    const first = ["store.study", "store.studies"].map((id) => checkNamed(all, id));
    for (const check of first) assertEquals(await outcomeOf(check, session), { kind: "pass" });
    const wrong: string[] = [];
    for (const [id, fault] of Object.entries(FAULTS)) {
      const check = checkNamed(all, id);
      const outcomes: Outcome[] = [];
      for (const each of [{}, fault]) {
        front.fault = each;
        if (AFTER_STORE.test(id)) await outcomeOf(first[0]!, session);
        outcomes.push(await outcomeOf(check, session));
      }
      const [sound, spoilt] = outcomes;
      if (sound!.kind !== "pass" || spoilt!.kind !== "fail") {
        wrong.push(`${id}: ${JSON.stringify(outcomes)}`);
      }
    }
    assertEquals(wrong, []);

    front.fault = {};
    const stopped = new AbortController();
    const run = await runChecks({
      http: session.http,
      study: undefined,
      wado: undefined,
      signal: stopped.signal,
      onProgress: (done) => done === 12 && stopped.abort(),
    });
    assertEquals([run.results.length, run.left], [12, []]);
    await removeStored(session);
    assertEquals([...session.left], []);
    const search = await fetch(`${server.dicomweb}/studies?PatientName=GANTRY*`);
    assertEquals(await search.json(), []);
  } finally {
    await front.stop();
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("conform: every check has a name of its own, a clause and a rule that is a sentence", () => {
  const checks = Object.values(checksOf()).flat();
  assertEquals(new Set(checks.map(({ id }) => id)).size, checks.length);
  for (const { id, clause, rule } of checks) {
    assert(/^[a-z]+\.[\w.-]+$/.test(id) && /^[A-Z`a-z/].*\.$/.test(rule), `${id}: ${rule}`);
    assert(/\d|not in PS3\.18/.test(clause), `${id}: ${clause}`);
  }
  for (const id of Object.keys(FAULTS)) assert(checks.some((check) => check.id === id), id);
});

function checkNamed(all: ReadonlyMap<string, Check>, id: string): Check {
  const check = all.get(id);
  assert(check !== undefined, id);
  return check;
}

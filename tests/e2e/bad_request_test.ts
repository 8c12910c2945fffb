import { assert, assertEquals } from "@std/assert";
import { SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import { exchangeRaw } from "../support/raw_http.ts";
import { type Attacked, UIDS, withAttacked, WITNESS_PATH } from "../support/unharmed.ts";

/** What means something to SQL, to a shell, to a file system, to a pattern or to HTTP. */
const HOSTILE = [
  "'; DROP TABLE instances; --",
  "' OR '1'='1",
  '" OR ""="',
  "1 UNION SELECT * FROM api_keys",
  "%' ESCAPE '\\",
  "../../../../etc/passwd",
  "..\\..\\keys.secret",
  "/etc/passwd",
  "~root",
  "index.db",
  "$(touch pwned)",
  "`id`",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b",
  "\u0000",
  "\uD83D\uDE00",
  "\u202Egnp",
  "*".repeat(3000),
  "?*".repeat(500),
  "a".repeat(30_000),
  "-",
  ".",
  "..",
  "1.2.",
  "1..2",
  "01.2",
  "NaN",
  "Infinity",
  "-1",
  "1e9",
  "99999999999999999999",
  "__proto__",
  "constructor",
] as const;

/** Answers whose sentence says what is wrong with the request; nothing is ever the server's fault. */
async function statusOfRefusal(answer: Promise<Response>, what: string): Promise<number> {
  const response = await answer;
  const text = await response.text();
  assert(response.status < 500, `${response.status} for ${what}: ${text}`);
  if (response.status >= 400) {
    assertEquals(response.headers.get("content-type"), "application/problem+json", what);
    assert(JSON.parse(text).detail.length > 10, what);
    assert(!text.includes("/etc/") || !text.includes("root:"), what);
  }
  return response.status;
}

Deno.test("QIDO-RS: takes what is hostile in any parameter for text, or refuses it", () =>
  withAttacked(async ({ dicomweb, assertUnharmed }) => {
    const parameters = [
      ...SEARCH_ATTRIBUTES.map(({ keyword }) => keyword),
      "00100010",
      "RequestAttributesSequence.ScheduledProcedureStepID",
      "limit",
      "offset",
      "after",
      "count",
      "orderby",
      "includefield",
      "fuzzymatching",
      "emptyvaluematching",
      "multiplevaluematching",
      "nobody knows",
    ];
    for (const [n, parameter] of parameters.entries()) {
      // Every value meets every kind of parameter, if not each parameter by itself.
      const level = ["patients", "studies", "series", "instances"][n % 4];
      for (
        const value of HOSTILE.filter((_, i) => parameter.length > 20 ? i % 5 === n % 5 : true)
      ) {
        const query = `${encodeURIComponent(parameter)}=${encodeURIComponent(value)}`;
        await statusOfRefusal(fetch(`${dicomweb}/${level}?${query}`), `${parameter} ${value}`);
      }
      for (const value of HOSTILE.slice(n % 7, n % 7 + 3)) {
        const query = `${encodeURIComponent(value)}=1`;
        await statusOfRefusal(fetch(`${dicomweb}/${level}?${query}`), `parameter ${value}`);
      }
    }
    await assertUnharmed("queries");
  }));

Deno.test("QIDO-RS: refuses malformed dates, times, UIDs, numbers and ranges, and warns of what it does not know", () =>
  withAttacked(async ({ dicomweb }) => {
    const refused = [
      "StudyDate=2026-13-01",
      "StudyDate=20261301",
      "StudyDate=20260230",
      "StudyDate=20260101-20250101-20240101",
      "StudyDate=yesterday",
      "StudyTime=25",
      "StudyTime=1261",
      "StudyTime=10:00-x",
      "PatientBirthDate=1.1.1970",
      "StudyInstanceUID=../1.2",
      "StudyInstanceUID=1.2,x y",
      `StudyInstanceUID=${"1".repeat(129)}`,
      "limit=-1",
      "limit=many",
      "limit=1.5",
      "offset=-1",
      "offset=x",
      "count=perhaps",
      "after=x",
      "fuzzymatching=perhaps",
    ];
    for (const query of refused) {
      const status = await statusOfRefusal(fetch(`${dicomweb}/studies?${query}`), query);
      assertEquals(status, 400, query);
    }
    for (
      const query of ["orderby=Nothing", "includefield=Nothing", "SOPClassUID=1.2", "Nothing=1"]
    ) {
      const response = await fetch(`${dicomweb}/studies?${query}`);
      await response.body?.cancel();
      const warning = response.headers.get("warning") ?? "";
      assertEquals([response.status, warning.slice(0, 3)], [200, "299"], query);
    }
  }));

Deno.test("server: takes what is hostile in any segment of a path for a name that is not there", () =>
  withAttacked(async ({ url, dicomweb, assertUnharmed }) => {
    const { study, series } = UIDS;
    const templates = [
      (x: string) => `/studies/${x}`,
      (x: string) => `/studies/${x}/metadata`,
      (x: string) => `/studies/${x}/series`,
      (x: string) => `/studies/${study}/series/${x}`,
      (x: string) => `/studies/${study}/series/${x}/instances`,
      (x: string) => `/studies/${study}/series/${series}/instances/${x}`,
      (x: string) => `/studies/${study}/series/${series}/instances/${x}/frames/1`,
      (x: string) => `${WITNESS_PATH}/frames/${x}`,
      (x: string) => `${WITNESS_PATH}/bulkdata/${x}`,
      (x: string) => `${WITNESS_PATH}/bulkdata/00400275/1/${x}`,
      (x: string) => `${WITNESS_PATH}/${x}`,
      (x: string) => `/${x}`,
    ];
    for (const template of templates) {
      for (const value of HOSTILE) {
        const path = template(encodeURIComponent(value));
        for (const method of ["GET", "DELETE", "POST"]) {
          // What is left of "." and ".." is a path that exists.
          if (method === "DELETE" && /^\.{1,2}$/.test(value)) continue;
          const status = await statusOfRefusal(fetch(dicomweb + path, { method }), method + path);
          // A search below what is not there finds nothing.
          if (method !== "GET") assert(status >= 400, `${status} for ${method} ${path}`);
        }
      }
    }
    for (const title of HOSTILE) {
      const path = `/aets/${encodeURIComponent(title)}/rs/studies`;
      assert(await statusOfRefusal(fetch(url + path), path) >= 400);
    }
    await assertUnharmed("paths");
  }));

Deno.test("server: refuses paths that no client would send", () =>
  withAttacked(async ({ url, assertUnharmed }) => {
    const targets = [
      "/dicomweb/studies/../../keys.secret",
      "/dicomweb/studies/%2e%2e/%2e%2e/etc/passwd",
      "/dicomweb/studies/..%2f..%2fetc%2fpasswd",
      "/dicomweb/studies/%",
      "/dicomweb/studies/%zz",
      "/dicomweb/studies/%c0%ae%c0%ae",
      "/dicomweb/studies/%ff/series",
      "//etc/passwd",
      "/dicomweb//studies//1.2",
      "/dicomweb/studies;a=b/1.2",
      "http://169.254.169.254/latest/meta-data",
      "\\dicomweb\\studies",
    ];
    for (const target of targets) {
      const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const status = await exchangeRaw(url, request);
      assert(status !== undefined && status >= 400 && status < 500, `${status} for ${target}`);
    }
    await assertUnharmed("targets");
  }));

Deno.test("server: refuses requests that are not HTTP, and serves the next", () =>
  withAttacked(async ({ url, assertUnharmed }) => {
    const get = "GET /dicomweb/studies HTTP/1.1\r\n";
    const post = "POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\n" +
      "Content-Type: application/dicom\r\n";
    const requests: readonly (readonly [name: string, request: string])[] = [
      ["not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
      ["an association request", "\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00\r\n\r\n"],
      ["no version", "GET /dicomweb/studies\r\n\r\n"],
      ["a space in the target", "GET /dicomweb/studies?a=b c HTTP/1.1\r\nHost: a\r\n\r\n"],
      ["a header without a name", `${get}: x\r\nHost: localhost\r\n\r\n`],
      ["a header without a colon", `${get}Host localhost\r\n\r\n`],
      ["a head that does not end", `${get}Host: localhost\r\nX: ${"x".repeat(300_000)}`],
      ["10,000 headers", `${get}${"X: y\r\n".repeat(10_000)}\r\n`],
      ["another host", `${get}Host: evil.example\r\n\r\n`],
      ["a length that is none", `${post}Content-Length: x\r\n\r\n`],
      ["a negative length", `${post}Content-Length: -1\r\n\r\n`],
      ["two lengths", `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
      ["a chunk that is none", `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n`],
      [
        "a chunk that is too long",
        `${post}Transfer-Encoding: chunked\r\n\r\n${"f".repeat(17)}\r\n`,
      ],
    ];
    for (const [name, request] of requests) {
      const status = await exchangeRaw(url, request);
      const isRefused = status === undefined || status >= 400 && status < 500;
      assert(isRefused, `${status} for ${name}`);
      await assertUnharmed(name);
    }
  }));

Deno.test("server: answers for ranges and conditions of any form", () =>
  withAttacked(async ({ dicomweb, assertUnharmed }: Attacked) => {
    const ranges = [
      "bytes=-0",
      "bytes=5-1",
      "bytes=99999999999-",
      "bytes=0-,-1",
      "bytes=a-b",
      "x=1-2",
    ];
    const many = `bytes=${Array.from({ length: 5000 }, (_, n) => `${n}-${n}`).join(",")}`;
    for (const range of [...ranges, many]) {
      const headers = { range, accept: "application/dicom; transfer-syntax=*" };
      const status = await statusOfAnswer(fetch(dicomweb + WITNESS_PATH, { headers }));
      assert([200, 206, 416].includes(status), `${status} for ${range.slice(0, 40)}`);
    }
    for (const value of ['"', "*", "W/", `"${"x".repeat(20_000)}"`, ",".repeat(20_000)]) {
      for (const name of ["if-none-match", "if-match", "accept", "accept-encoding", "if-range"]) {
        const headers = { [name]: value };
        const status = await statusOfAnswer(fetch(dicomweb + WITNESS_PATH, { headers }));
        assert(status < 500, `${status} for ${name}: ${value.slice(0, 40)}`);
      }
    }
    await assertUnharmed("headers");
  }));

async function statusOfAnswer(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.bytes();
  return response.status;
}

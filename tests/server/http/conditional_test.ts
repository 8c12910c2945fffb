/** Entity tags, conditions and ranges. @module */
import { assertEquals, assertThrows } from "@std/assert";
import { entityTag, namesTag, notModified } from "../../../server/http/conditional.ts";
import { Problem } from "../../../server/http/problem.ts";
import { contentRange, wantedRange } from "../../../server/http/range.ts";

const ETAG = entityTag("01JD", 3, "gzip");

function request(headers: HeadersInit, method = "GET"): Request {
  return new Request("http://h/", { method, headers });
}

Deno.test("entityTag: quotes its parts and refuses what would break out", () => {
  assertEquals(ETAG, '"01JD~3~gzip"');
  assertThrows(() => entityTag('a"b'), RangeError);
});

Deno.test("namesTag: takes lists, weak tags and *", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    [ETAG, true],
    [`W/${ETAG}`, true],
    [`"x", W/"y,z" ,${ETAG}`, true],
    [" * ", true],
    ['"x"', false],
    ["01JD~3~gzip", false],
    ['"*"', false],
    ["", false],
  ];
  for (const [value, expected] of cases) assertEquals(namesTag(value, ETAG), expected, value);
});

Deno.test("notModified: answers 304 with the tag and what a cache updates", () => {
  const headers = { "Cache-Control": "private" };
  const response = notModified(request({ "if-none-match": ETAG }), ETAG, headers);
  assertEquals(response?.status, 304);
  assertEquals(response?.headers.get("etag"), ETAG);
  assertEquals(response?.headers.get("cache-control"), "private");
  assertEquals(notModified(request({}), ETAG), undefined);
  assertEquals(notModified(request({ "if-none-match": '"x"' }), ETAG), undefined);
});

Deno.test("wantedRange: reads one range of bytes and ignores what it may", () => {
  const cases: readonly (readonly [string, readonly [number, number] | undefined])[] = [
    ["bytes=0-0", [0, 1]],
    ["bytes=2-5", [2, 4]],
    ["bytes=2-", [2, 8]],
    ["bytes=2-99999999999999999999", [2, 8]],
    ["bytes=-3", [7, 3]],
    ["bytes=-30", [0, 10]],
    [" Bytes = 9 - 9 ", [9, 1]],
    ["bytes=5-2", undefined],
    ["bytes=-", undefined],
    ["bytes=0-1,3-4", undefined],
    ["bytes=a-b", undefined],
    ["frames=1-2", undefined],
  ];
  for (const [range, expected] of cases) {
    const wanted = wantedRange(request({ range }), 10, ETAG);
    assertEquals(wanted && [wanted.offset, wanted.length], expected && [...expected], range);
  }
  assertEquals(contentRange({ offset: 2, length: 4 }, 10), "bytes 2-5/10");
});

Deno.test("wantedRange: refuses with 416 and the size what begins behind the end", () => {
  for (const [range, size] of [["bytes=10-", 10], ["bytes=-0", 10], ["bytes=0-", 0]] as const) {
    const problem = assertThrows(() => wantedRange(request({ range }), size, ETAG), Problem);
    assertEquals([problem.status, problem.headers["Content-Range"]], [416, `bytes */${size}`]);
  }
});

Deno.test("wantedRange: counts for GET only, and with If-Range only for the same bytes", () => {
  const range = "bytes=0-1";
  assertEquals(wantedRange(request({ range }, "HEAD"), 10, ETAG), undefined);
  assertEquals(wantedRange(request({}), 10, ETAG), undefined);
  const withIfRange = (value: string) =>
    wantedRange(request({ range, "if-range": value }), 10, ETAG);
  assertEquals(withIfRange(ETAG)?.length, 2);
  for (const value of ['"x"', `W/${ETAG}`, "Fri, 20 Nov 2026 10:00:00 GMT"]) {
    assertEquals(withIfRange(value), undefined, value);
  }
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { NewInstance } from "../../server/index/index.ts";
import { instance, withServer } from "../support/search_server.ts";

Deno.test("searchRoutes: says what it ignored, and refuses what it cannot read", async () => {
  await withServer(async ({ get }) => {
    const ignored = await get("/studies?foo=bar&limit=5");
    assertEquals(ignored.status, 200);
    assertMatch(ignored.headers.get("warning") ?? "", /^299 localhost "The parameter foo /);
    await ignored.body?.cancel();
    for (
      const path of [
        "/studies?StudyDate=yesterday",
        "/studies?StudyInstanceUID=1.2.*",
        "/studies?limit=-1",
        "/studies?after=nonsense",
        "/studies/..%2f..%2fetc/series",
        "/studies/1.2.'--/instances",
        "/studies/1.2.1/series/x*/instances",
      ]
    ) {
      const response = await get(path);
      assertEquals(response.status, 400, path);
      assertEquals(response.headers.get("content-type"), "application/problem+json");
      await response.body?.cancel();
    }
  });
});

Deno.test("searchRoutes: looks for UIDs that break PS3.5 9.1, since such are stored", async () => {
  const odd = instance(1, 1, 1, {});
  const uids = { StudyInstanceUID: "study-01.x", SeriesInstanceUID: "series-01.x" };
  const stored: NewInstance = {
    ...odd,
    object: { ...odd.object, ...uids },
    attributes: { ...odd.attributes, ...uids },
  };
  await withServer(async ({ rows }) => {
    for (
      const path of [
        "/studies?StudyInstanceUID=study-01.x",
        "/studies/study-01.x/series",
        "/studies/study-01.x/series/series-01.x/instances",
      ]
    ) {
      assertEquals((await rows(path)).length, 1, path);
    }
    assertEquals(await rows("/studies/study-01.y/series"), []);
  }, [stored]);
});

Deno.test("searchRoutes: treats SQL and path characters as text in every parameter", async () => {
  const hostile = [
    "' OR '1'='1",
    "'; DROP TABLE studies; --",
    '" OR ""="',
    "%",
    "_",
    "[a-z]*",
    "*[*",
    "\\",
    "../../../etc/passwd",
    "$(id)",
    "NULL",
    '"*" OR "a"',
    "NEAR(a b)",
    "?".repeat(1000),
    "*a".repeat(400),
    "\u{1F600}*",
    "\u0000",
    "\uFFFF*",
  ];
  const keys = [
    "PatientName",
    "PatientID",
    "StudyDescription",
    "StudyDate",
    "StudyInstanceUID",
    "ModalitiesInStudy",
    "SeriesNumber",
    "RequestAttributesSequence.RequestedProcedureID",
    "limit",
    "offset",
    "after",
    "orderby",
    "includefield",
    "nonsense",
  ];
  await withServer(async ({ get, rows }) => {
    for (const key of keys) {
      for (const value of hostile) {
        for (const extra of ["", "&fuzzymatching=true&multiplevaluematching=true"]) {
          const response = await get(`/series?${key}=${encodeURIComponent(value)}${extra}`);
          assert([200, 400].includes(response.status), `${response.status} ${key}=${value}`);
          const found = await response.json();
          const isControl = /^[a-z]/.test(key);
          const isUniversal = value.replace(/[\\*]/g, "") === "";
          if (response.status === 200 && !isControl && !isUniversal) {
            assertEquals(found, [], `${key}=${value}`);
          }
        }
      }
    }
    assertEquals((await rows("/series")).length, 3);
  });
});

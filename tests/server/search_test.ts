import { assert, assertEquals, assertMatch } from "@std/assert";
import { BASE, CT, instance, type Row, withServer } from "../support/search_server.ts";

const uidsOf = (rows: readonly Row[], tag: string) =>
  rows.map((row) => String(row[tag]?.Value?.[0])).sort();
const studies = (rows: readonly Row[]) => uidsOf(rows, "0020000D");

Deno.test("searchRoutes: finds studies by every kind of match", async () => {
  await withServer(async ({ rows }) => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["", ["1.2.1", "1.2.2"]],
      ["PatientID=P1", ["1.2.1"]],
      ["00100020=P2", ["1.2.2"]],
      ["PatientID=p1", []],
      ["PatientName=smith^john", ["1.2.1"]],
      ["PatientName=SMITH*", ["1.2.1"]],
      ["PatientName=*JOHN", ["1.2.1"]],
      ["PatientName=smith", []],
      ["PatientName=muller^j?rg", ["1.2.2"]],
      ["PatientName=%E5%B1%B1%E7%94%B0*", ["1.2.2"]],
      ["PatientName=jo&fuzzymatching=true", ["1.2.1", "1.2.2"]],
      ["PatientName=jor+mull&fuzzymatching=true", ["1.2.2"]],
      ["ReferringPhysicianName=house*", ["1.2.1"]],
      ["StudyDate=20200101", ["1.2.1"]],
      ["StudyDate=20200101-20200102", ["1.2.1", "1.2.2"]],
      ["StudyDate=-20200101", ["1.2.1"]],
      ["StudyDate=20200102-", ["1.2.2"]],
      ["StudyTime=10", ["1.2.1"]],
      ["StudyTime=2330", ["1.2.2"]],
      ["StudyTime=1000-1100", ["1.2.1"]],
      ["StudyDate=20200101-20200102&StudyTime=1100-2345", ["1.2.2"]],
      ["StudyDate=20200101-20200102&StudyTime=1000-2300", ["1.2.1"]],
      ["StudyInstanceUID=1.2.1,1.2.2,1.2.3", ["1.2.1", "1.2.2"]],
      ["StudyInstanceUID=1.2.3", []],
      ["ModalitiesInStudy=SR", ["1.2.1"]],
      ["ModalitiesInStudy=CT,MR", ["1.2.1", "1.2.2"]],
      [`SOPClassesInStudy=${CT}`, ["1.2.1", "1.2.2"]],
      ["StudyDescription=*CT", ["1.2.1"]],
      ["StudyDescription=100%25_sure", ["1.2.2"]],
      ["StudyDescription=1*%25*", ["1.2.2"]],
      ["StudyDescription=Chest_CT", []],
      ["AccessionNumber=A?", ["1.2.1", "1.2.2"]],
      ["AccessionNumber=A1%5CA2&multiplevaluematching=true", ["1.2.1", "1.2.2"]],
      ['StudyID=""&emptyvaluematching=true', ["1.2.2"]],
      ["PatientBirthDate=19700101", ["1.2.1"]],
      ["PatientSex=M", ["1.2.1"]],
      ["PatientID=P1&StudyDate=20200102", []],
    ];
    for (const [search, expected] of cases) {
      assertEquals(studies(await rows(`/studies?${search}`)), expected, search);
    }
  });
});

Deno.test("searchRoutes: gives a study all that the standard requires", async () => {
  await withServer(async ({ rows }) => {
    const [row] = await rows("/studies?PatientID=P1");
    assert(row !== undefined);
    const values = Object.fromEntries(
      Object.entries(row).map(([tag, { Value }]) => [tag, Value]),
    );
    assertEquals(values["00080061"]?.toSorted(), ["CT", "SR"]);
    assertEquals({ ...values, "00080061": undefined }, {
      "00080005": ["ISO_IR 192"],
      "00080020": ["20200101"],
      "00080030": ["101500"],
      "00080050": ["A1"],
      "00080056": ["ONLINE"],
      "00080061": undefined,
      "00080090": [{ Alphabetic: "House^Gregory" }],
      "00081030": ["Chest CT"],
      "00081190": [`${BASE}/studies/1.2.1`],
      "00100010": [{ Alphabetic: "Smith^John" }],
      "00100020": ["P1"],
      "00100030": ["19700101"],
      "00100040": ["M"],
      "0020000D": ["1.2.1"],
      "00200010": ["S1"],
      "00201206": [2],
      "00201208": [3],
    });
  });
});

Deno.test("searchRoutes: finds series, instances and patients, in all nested forms", async () => {
  await withServer(async ({ rows }) => {
    const series = (found: readonly Row[]) => uidsOf(found, "0020000E");
    const instances = (found: readonly Row[]) => uidsOf(found, "00080018");
    assertEquals(series(await rows("/series?Modality=CT")), ["1.2.1.1"]);
    assertEquals(series(await rows("/series?SeriesNumber=2")), ["1.2.1.2"]);
    assertEquals(series(await rows("/series?PatientID=P1&SeriesNumber=*")), ["1.2.1.1", "1.2.1.2"]);
    assertEquals(series(await rows("/studies/1.2.1/series")), ["1.2.1.1", "1.2.1.2"]);
    assertEquals(series(await rows("/studies/1.2.1/series?Modality=SR")), ["1.2.1.2"]);
    const step = "RequestAttributesSequence.ScheduledProcedureStepID";
    assertEquals(series(await rows(`/series?${step}=SPS2`)), ["1.2.1.1"]);
    assertEquals(series(await rows("/series?00400275.00401001=RP1")), ["1.2.1.1"]);
    assertEquals(instances(await rows("/instances?PatientID=P2")), ["1.2.2.1.1"]);
    assertEquals(instances(await rows(`/instances?SOPClassUID=${CT}&InstanceNumber=02`)), [
      "1.2.1.1.2",
    ]);
    assertEquals((await rows("/studies/1.2.1/instances")).length, 3);
    assertEquals(instances(await rows("/studies/1.2.1/series/1.2.1.1/instances")), [
      "1.2.1.1.1",
      "1.2.1.1.2",
    ]);
    assertEquals(await rows("/studies/1.2.2/series/1.2.1.1/instances"), []);
    const patients = await rows("/patients?PatientName=SMITH*");
    assertEquals(uidsOf(patients, "00100020"), ["P1"]);
    assertEquals(patients[0]?.["00201200"]?.Value, [1]);
    assertEquals(patients[0]?.["00201204"]?.Value, [3]);
  });
});

Deno.test("searchRoutes: answers a search without a match with an empty list", async () => {
  await withServer(async ({ get }) => {
    const json = await get("/studies?PatientID=nobody");
    assertEquals([json.status, await json.text()], [200, "[]"]);
    assertEquals(json.headers.get("content-type"), "application/dicom+json");
    assertEquals(json.headers.get("warning"), null);
    const xml = await get("/studies?PatientID=nobody", {
      Accept: 'multipart/related; type="application/dicom+xml"',
    });
    assertEquals(xml.status, 200);
    assertMatch(await xml.text(), /^\s*--[0-9a-f-]+--\r\n$/);
  });
});

Deno.test("searchRoutes: answers in XML, a part for each result", async () => {
  await withServer(async ({ get }) => {
    const response = await get("/studies?orderby=StudyDate", {
      Accept: 'multipart/related; type="application/dicom+xml"',
    });
    assertMatch(
      response.headers.get("content-type") ?? "",
      /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
    );
    const parts = (await response.text()).split(/\r\n\r\n|\r\n--/)
      .filter((text) => text.includes("<NativeDicomModel"));
    assertEquals(parts.length, 2);
    assertMatch(parts[0] ?? "", /keyword="PatientID"[^]*P1/);
    assertMatch(parts[1] ?? "", /<FamilyName>Müller<\/FamilyName>[^]*山田/);
    assertEquals((await get("/studies", { Accept: "image/png" })).status, 406);
  });
});

Deno.test("searchRoutes: answers in XML at every level, one result alone where that is asked for", async () => {
  await withServer(async ({ get }) => {
    const Accept = "application/dicom+xml";
    for (const path of ["/patients", "/studies", "/series", "/instances"]) {
      const one = await get(`${path}?limit=1`, { Accept });
      assertEquals(one.headers.get("content-type"), Accept);
      assertMatch(await one.text(), /^<\?xml [^]*<\/NativeDicomModel>\s*$/);
      const all = await get(path, { Accept });
      assertMatch(all.headers.get("content-type") ?? "", /^multipart\/related; type="application/);
      const parts = (await all.text()).split("<NativeDicomModel").length - 1;
      const rows = await (await get(path)).json();
      assertEquals(parts, rows.length);
    }
  });
});

Deno.test("searchRoutes: takes what no column has from a stored header", async () => {
  await withServer(async ({ rows }) => {
    const [study] = await rows("/studies?PatientID=P1&includefield=PatientComments,ImageType");
    assertEquals(study?.["00104000"]?.Value, ['calm, "so far"']);
    assertEquals(study?.["00080008"], undefined);
    const absent =
      "includefield=ImageComments,OtherPatientIDsSequence,00091001,SmallestImagePixelValue";
    const [without] = await rows(`/instances?PatientID=P1&${absent}`);
    assertEquals(without?.["00204000"], { vr: "LT" });
    assertEquals(without?.["00101002"], { vr: "SQ" });
    assertEquals(without?.["00280106"], { vr: "US" });
    assertEquals(without?.["00091001"], undefined);
    const [all] = await rows("/studies?PatientID=P1&includefield=all");
    assertEquals(all?.["00104000"]?.Value, ['calm, "so far"']);
    assertEquals(all?.["00080062"]?.Value, [CT]);
    assertEquals(all?.["7FE00010"], undefined);
    const [instance] = await rows("/instances?PatientID=P2&includefield=all");
    assertEquals(instance?.["00080008"]?.Value, ["ORIGINAL"]);
    assertEquals(instance?.["7FE00010"], {
      vr: "OW",
      BulkDataURI: `${BASE}/studies/1.2.2/bulk`,
    });
  });
});

Deno.test("searchRoutes: pages by Link without dropping or repeating", async () => {
  const many = Array.from(
    { length: 25 },
    (_, n) => instance(n + 1, 1, 1, { StudyDate: "20200101" }),
  );
  await withServer(async ({ get }, index) => {
    let path: string | undefined = "/studies?StudyDate=20200101&limit=10&orderby=-StudyDate";
    const seen: string[] = [];
    for (let page = 0; path !== undefined; page++) {
      const response = await get(path);
      const rows: Row[] = await response.json();
      seen.push(...studies(rows));
      const link = response.headers.get("link");
      assertEquals(response.headers.has("warning"), link !== null);
      path = link === null ? undefined : `/studies${/^<(.*)>; rel="next"$/.exec(link)?.[1]}`;
      if (page === 0) await index.add(instance(0, 1, 1, { StudyDate: "20190101" }));
    }
    assertEquals(seen.toSorted(), many.map(({ object }) => object.StudyInstanceUID).toSorted());
    const offset = await get("/studies?StudyDate=20200101&limit=10&offset=20&count=true");
    assertEquals((await offset.json()).length, 5);
    assertEquals(offset.headers.get("x-total-count"), "25");
    const counted = await get("/studies?StudyDate=20200101&limit=10&offset=5&count=true");
    assertMatch(counted.headers.get("warning") ?? "", /"There are 10 additional results that can/);
    await counted.body?.cancel();
    const none = await get("/studies?limit=0&count=true");
    assertEquals([await none.text(), none.headers.get("x-total-count")], ["[]", "26"]);
  }, many);
});

Deno.test("searchRoutes: streams the headers of a study that is larger than a page", async () => {
  const many = Array.from({ length: 250 }, (_, n) => instance(1, 1, n + 1, {}));
  await withServer(async ({ get, rows }) => {
    const found = await rows("/studies/1.2.1/instances?includefield=all");
    assertEquals(new Set(uidsOf(found, "00080018")).size, 250);
    const cut = await get("/instances?includefield=all&limit=220");
    assertEquals((await cut.json()).length, 220);
    assertMatch(cut.headers.get("link") ?? "", /^<\?includefield=all&limit=220&after=/);
    const short = await get("/studies/1.2.1/instances?limit=3");
    assertEquals((await short.json()).length, 3);
    const zipped = await get("/instances", { "Accept-Encoding": "gzip" });
    assertEquals(zipped.headers.get("content-encoding"), "gzip");
    const body = zipped.body?.pipeThrough(new DecompressionStream("gzip"));
    assertEquals((await new Response(body).json()).length, 250);
  }, many);
});

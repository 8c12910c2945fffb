import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { SEARCH_ATTRIBUTES } from "../../../lib/query/attributes.ts";
import {
  MAX_CURSOR_LENGTH,
  MAX_INCLUDED,
  MAX_ORDER_BY,
  type ParsedQuery,
  parseQido,
} from "../../../lib/query/qido.ts";
import { MAX_PARAMETERS } from "../../../lib/query/url_parameters.ts";
import type { Level, Match } from "../../../lib/query/query.ts";

const LEVELS: readonly Level[] = ["patient", "study", "series", "instance"];

function parse(search: string, level: Level = "study"): ParsedQuery {
  return parseQido(new URLSearchParams(search), level, {});
}

function matches(search: string, level: Level = "study"): Match[] {
  return parse(search, level).query.conditions.map(({ match }) => match);
}

Deno.test("parseQido: reads the examples of PS3.18 10.6.1.2.1", () => {
  assertEquals(parse("PatientID=11235813").query.conditions, [
    { path: [0x00100020], match: { kind: "single", value: "11235813" } },
  ]);
  const byTag = parse("00100010=SMITH*&00101002.00100020=11235813&limit=25");
  assertEquals(byTag.query.conditions, [
    { path: [0x00100010], match: { kind: "wildcard", pattern: "SMITH*" } },
  ]);
  assertEquals(byTag.query.limit, 25);
  assertEquals(byTag.warnings, [
    "The parameter 00101002.00100020 is not supported here and was ignored",
  ]);
  assertEquals(parse("PatientID=1&StudyDate=20130509-20130510").query.conditions[1], {
    path: [0x00080020],
    match: { kind: "range", from: "20130509", to: "20130510" },
  });
  const once = parse("PatientID=1&includefield=00081048,00081049,00081060");
  const thrice = parse(
    "PatientID=1&includefield=00081048&includefield=00081049&includefield=00081060",
  );
  assertEquals(once, thrice);
  assertEquals(once.query.include, [[0x00100020], [0x00081048], [0x00081049], [0x00081060]]);
  const creator = parse("00230010=AcmeCompany&includefield=00231002&includefield=00231003");
  assertEquals(creator.query.include, [[0x00230010], [0x00231002], [0x00231003]]);
  assertEquals(creator.warnings, []);
});

Deno.test("parseQido: gives its defaults for an empty query", () => {
  assertEquals(parse(""), {
    query: {
      level: "study",
      scope: {},
      conditions: [],
      include: [],
      orderBy: [],
      limit: undefined,
      offset: 0,
      after: undefined,
      count: false,
    },
    warnings: [],
  });
});

Deno.test("parseQido: takes an empty value and a lone * as a wish to see the attribute", () => {
  const { query } = parse("StudyDescription=&SOPClassesInStudy=*&StudyDate=*");
  assertEquals(query.conditions, []);
  assertEquals(query.include, [[0x00081030], [0x00080062], [0x00080020]]);
});

Deno.test("parseQido: reads a key inside a sequence by keywords and by tags", () => {
  const path = [0x00400275, 0x00400009];
  const match = { kind: "single" as const, value: "S1" };
  for (
    const name of [
      "RequestAttributesSequence.ScheduledProcedureStepID",
      "00400275.00400009",
      "RequestAttributesSequence.00400009",
    ]
  ) {
    assertEquals(parse(`${name}=S1`, "series").query.conditions, [{ path, match }]);
  }
  assertEquals(parse("ScheduledProcedureStepID=S1", "series").query.conditions, []);
});

Deno.test("parseQido: reads UID lists by comma, backslash and repetition", () => {
  const values = ["1.2", "1.3"];
  for (
    const search of [
      "StudyInstanceUID=1.2,1.3",
      "StudyInstanceUID=1.2%5C1.3",
      "StudyInstanceUID=1.2&StudyInstanceUID=1.3",
    ]
  ) assertEquals(matches(search), [{ kind: "list", values }]);
  assertEquals(matches("StudyInstanceUID=1.02"), [{ kind: "single", value: "1.02" }]);
});

Deno.test("parseQido: reads lists of code strings, and of other text only where asked for", () => {
  assertEquals(matches("ModalitiesInStudy=CT,MR"), [{ kind: "list", values: ["CT", "MR"] }]);
  assertThrows(() => parse("PatientID=1%5C2"), DecodeError, "multiplevaluematching");
  assertEquals(matches("PatientID=1%5C2&multiplevaluematching=true"), [
    { kind: "list", values: ["1", "2"] },
  ]);
  assertEquals(matches("PatientID=1,2"), [{ kind: "single", value: "1,2" }]);
  assertThrows(
    () => parse("PatientID=1*%5C2&multiplevaluematching=true"),
    DecodeError,
    "wildcard",
  );
});

Deno.test("parseQido: folds names and matches each group given", () => {
  assertEquals(matches("PatientName=M%C3%BCller^J*"), [
    { kind: "wildcard", pattern: "MULLER^J*" },
  ]);
  assertEquals(matches("PatientName=yamada^tarou=%E5%B1%B1%E7%94%B0^%E5%A4%AA%E9%83%8E"), [
    { kind: "single", value: "YAMADA^TAROU" },
    { kind: "single", value: "山田^太郎" },
  ]);
  assertEquals(matches("PatientName=Smith^John^^^"), [{ kind: "single", value: "SMITH^JOHN" }]);
  assertEquals(matches("PatientName=*=*"), []);
  assertEquals(matches("PatientName=*^*^*"), []);
  assertEquals(matches("PatientName=Doe^*^*"), [{ kind: "wildcard", pattern: "DOE^*" }]);
  assertEquals(matches("PatientName=Doe*^*^"), [{ kind: "wildcard", pattern: "DOE*" }]);
});

Deno.test("parseQido: makes fuzzy terms of names alone", () => {
  assertEquals(matches("PatientName=jos%C3%A9^garc*&StudyID=a*&fuzzymatching=true"), [
    { kind: "fuzzy", terms: ["JOSE", "GARC"] },
    { kind: "wildcard", pattern: "a*" },
  ]);
  assertThrows(() => parse("PatientName=^?^&fuzzymatching=true"), DecodeError);
  assertThrows(() => parse("PatientName=a+b+c+d+e+f+g+h+i&fuzzymatching=true"), LimitError);
});

Deno.test("parseQido: matches empty values where asked for", () => {
  assertEquals(matches(`PatientID=""&emptyvaluematching=true`), [{ kind: "empty" }]);
  assertEquals(matches(`StudyDate=""&emptyvaluematching=true`), [{ kind: "empty" }]);
  assertEquals(matches(`PatientID=""`), [{ kind: "single", value: '""' }]);
  assertThrows(() => parse(`StudyDate=""`), DecodeError);
});

Deno.test("parseQido: reads numbers in their canonical form, with wildcards", () => {
  assertEquals(matches("SeriesNumber=007", "series"), [{ kind: "single", value: "7" }]);
  assertEquals(matches("SeriesNumber=1*", "series"), [{ kind: "wildcard", pattern: "1*" }]);
});

Deno.test("parseQido: puts ranges of a date and its time together", () => {
  assertEquals(parse("StudyDate=20200101-20200103&StudyTime=1000-1200").query.conditions, [{
    path: [0x00080020],
    match: {
      kind: "moments",
      time: 0x00080030,
      from: "20200101100000.000000",
      to: "20200103120060.999999",
    },
  }]);
  assertEquals(matches("StudyTime=12-&StudyDate=20200101-"), [
    { kind: "moments", time: 0x00080030, from: "20200101120000.000000", to: undefined },
  ]);
  assertEquals(matches("StudyDate=20200101&StudyTime=10-12").map(({ kind }) => kind), [
    "single",
    "range",
  ]);
});

Deno.test("parseQido: keeps a date and its time apart unless both are ranges of one form", () => {
  const kinds = (search: string) => matches(search).map(({ kind }) => kind);
  assertEquals(kinds("StudyDate=20200101-20200103&StudyTime=10"), ["range", "span"]);
  assertEquals(kinds("StudyDate=20200101-20200103&StudyTime=10-"), ["range", "range"]);
  assertEquals(kinds("StudyDate=20200101-&StudyTime=-12"), ["range", "range"]);
  assertEquals(kinds("StudyDate=20200101-&StudyTime=10-12"), ["range", "range"]);
  assertEquals(matches("StudyTime=1015"), [
    { kind: "span", from: "101500.000000", to: "101560.999999" },
  ]);
});

Deno.test("parseQido: refuses malformed values by name and without repeating them", () => {
  const bad: readonly (readonly [string, string])[] = [
    ["StudyDate", "2020-01-01"],
    ["StudyDate", "20200230"],
    ["StudyDate", "20190229"],
    ["StudyDate", "20201301"],
    ["StudyDate", "-"],
    ["StudyDate", "20200101-20190101"],
    ["StudyDate", "2020*"],
    ["StudyDate", "' OR 1=1 --"],
    ["StudyTime", "25"],
    ["StudyTime", "1060"],
    ["StudyTime", "12-10"],
    ["StudyTime", "10-11-12"],
    ["StudyInstanceUID", "1.2.*"],
    ["StudyInstanceUID", "1.2 3"],
    ["StudyInstanceUID", "../../etc/passwd"],
    ["StudyInstanceUID", "1".repeat(129)],
    ["StudyInstanceUID", ","],
    ["PatientID", "a\x00b"],
    ["PatientName", "a\r\nb"],
    ["limit", "-1"],
    ["limit", "ten"],
    ["limit", "1e3"],
    ["limit", "99999999999"],
    ["offset", "1.5"],
    ["offset", ""],
    ["after", ""],
    ["count", "yes"],
    ["fuzzymatching", "1"],
    ["emptyvaluematching", ""],
    ["multiplevaluematching", "maybe"],
  ];
  for (const [name, value] of bad) {
    const search = new URLSearchParams([[name, value]]);
    const error = assertThrows(() => parseQido(search, "study", {}), DecodeError);
    assertStringIncludes(error.message, name);
    if (value.length > 5) assert(!error.message.includes(value), `${name} repeats its value`);
  }
});

Deno.test("parseQido: refuses what is there twice", () => {
  for (
    const search of [
      "PatientID=1&PatientID=2",
      "PatientID=1&00100020=1",
      "limit=1&limit=2",
      "count=true&count=true",
      "after=x&offset=5",
    ]
  ) assertThrows(() => parse(search), DecodeError);
});

Deno.test("parseQido: refuses too much of anything", () => {
  const many = (count: number, text: (index: number) => string, separator: string) =>
    Array.from({ length: count }, (_, index) => text(index)).join(separator);
  for (
    const search of [
      many(MAX_PARAMETERS + 1, (i) => `p${i}=`, "&"),
      `includefield=${many(MAX_INCLUDED + 1, () => "PatientID", ",")}`,
      `orderby=${many(MAX_ORDER_BY + 1, () => "PatientID", ",")}`,
      `after=${"x".repeat(MAX_CURSOR_LENGTH + 1)}`,
      `PatientID=${"x".repeat(1025)}`,
      `StudyInstanceUID=${many(1025, () => "1.2", ",")}`,
    ]
  ) assertThrows(() => parse(search), LimitError);
});

Deno.test("parseQido: names in a warning what it leaves out, as a header can carry it", () => {
  const { query, warnings } = parse(
    "foo=1&PatientComments=x&Modality=CT&sn%C3%B6%22%0D%0Ax=1&includefield=nope&orderby=Rows",
  );
  assertEquals(query.conditions, []);
  assertEquals(warnings, [
    "The parameter foo is not supported here and was ignored",
    "The parameter PatientComments is not supported here and was ignored",
    "The parameter Modality is not supported here and was ignored",
    "The parameter sn????x is not supported here and was ignored",
    "The includefield nope is not known and was ignored",
    "Order by Rows is not supported here and was ignored",
  ]);
  const flood = parse(Array.from({ length: 100 }, (_, i) => `p${i}${"x".repeat(99)}=1`).join("&"));
  assertEquals(flood.warnings.length, 16);
  assertEquals(flood.warnings.at(-1), "85 more parameters were ignored");
  assert(flood.warnings.every((warning) => warning.length < 120));
});

Deno.test("parseQido: leaves accept and charset to others", () => {
  assertEquals(parse("accept=application/json&charset=utf-8").warnings, []);
});

Deno.test("parseQido: reads the order by keyword and tag, descending after a minus", () => {
  assertEquals(parse("orderby=-StudyDate,00080030&orderby=PatientName").query.orderBy, [
    { tag: 0x00080020, descending: true },
    { tag: 0x00080030, descending: false },
    { tag: 0x00100010, descending: false },
  ]);
});

Deno.test("parseQido: takes includefield=all", () => {
  assertEquals(parse("includefield=all").query.include, "all");
  assertEquals(parse("PatientID=1&includefield=PatientName,all").query.include, "all");
});

Deno.test("parseQido: supports at each level the keys of that level and those above", () => {
  LEVELS.forEach((level, depth) => {
    for (const { keyword, level: of, matched, sequence, match } of SEARCH_ATTRIBUTES) {
      if (sequence !== undefined) continue;
      const value = match === "uid" ? "1.2" : match === "date" ? "20200101" : "10";
      const supported = matched && LEVELS.indexOf(of) <= depth;
      assertEquals(matches(`${keyword}=${value}`, level).length, supported ? 1 : 0, keyword);
    }
  });
});

Deno.test("parseQido: answers anything with a query or an error of its own", () => {
  const names = fc.oneof(
    fc.constantFrom(
      ...SEARCH_ATTRIBUTES.map(({ keyword }) => keyword),
      "limit",
      "offset",
      "after",
      "count",
      "orderby",
      "includefield",
      "fuzzymatching",
      "multiplevaluematching",
      "emptyvaluematching",
      "00400275.00400009",
    ),
    fc.string(),
  );
  const values = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("true", "'; DROP TABLE studies; --", "%", "_", "../..", '""', "*", "??", "=^"),
    fc.stringMatching(/^[0-9.*?\\,^=-]{0,30}$/),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values)), fc.constantFrom(...LEVELS), (pairs, level) => {
      try {
        const { query, warnings } = parseQido(new URLSearchParams(pairs), level, {});
        assertEquals(query.level, level);
        for (const warning of warnings) assert(/^[\x20-\x7E]+$/.test(warning));
      } catch (error) {
        assert(error instanceof DecodeError || error instanceof LimitError);
      }
    }),
    { seed: 2024, numRuns: 500 },
  );
});

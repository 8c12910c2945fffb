/**
 * What every Index finds. A reader of the standard's matching rules (PS3.4 C.2.2.2) that knows
 * nothing of indexes decides what must come, for archives and searches made at random.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import { parseQido } from "../../lib/query/qido.ts";
import type { Level, Query } from "../../lib/query/query.ts";
import type { Index, NewInstance, SearchPage } from "../../server/index/index.ts";
import type { SearchLimits } from "../../server/index/search/limits.ts";
import { addAll, ARCHIVE, newInstance, uids } from "../support/index_data.ts";
import { expectedRows, IDENTIFIERS, type OracleRow, orderKeys } from "../support/search_oracle.ts";
import type { RegisterIndexTest } from "./index.ts";

/** Limits that searches of these tests meet. */
export const TIGHT_LIMITS: SearchLimits = { rowsWalked: 7, rowsSorted: 5, rowsCounted: 20 };

/** Registers the tests of one implementation. */
export function testIndexSearch(
  name: string,
  register: RegisterIndexTest,
  /** With {@linkcode TIGHT_LIMITS}. */
  registerWithTightLimits: RegisterIndexTest,
): void {
  function check(does: string, test: (index: Index) => Promise<void>): void {
    register(`${name}: ${does}`, test);
  }

  check("finds what the matching rules say, at every level", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    for (const level of LEVELS) {
      for (const search of SEARCHES) {
        const query = queryOf(level, search);
        if (query === undefined) continue;
        await assertFinds(index, query, `${level}?${search}`);
      }
    }
  });

  check("finds what random searches ask for, in pages of any size", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    await assertRandomSearches(async (query, what) => {
      const whole = await assertFinds(index, { ...query, limit: undefined }, what);
      assertEquals(await pages(index, query), whole, what);
      const { rows } = await index.search(ARCHIVE, { ...query, offset: 2 });
      assertEquals(rows.map(({ values }) => values), whole.slice(2, 2 + (query.limit ?? 0)), what);
    });
  });

  registerWithTightLimits(
    `${name}: stops at its limits, says so, and continues from there`,
    async (index) => {
      await addAll(index, ARCHIVE_CONTENT);
      let cut = 0;
      await assertRandomSearches(async (query, what) => {
        const page = await index.search(ARCHIVE, query);
        const full = page.rows.length === query.limit;
        if (page.next !== undefined && !full) {
          assert(page.warnings.some((warning) => warning.includes("stopped")), what);
          cut++;
        }
        const total = expectedRows(ARCHIVE_CONTENT, query).length;
        assert(page.total === total || page.warnings.some((text) => text.includes("count")), what);
        assertRows(await pages(index, query), query, what, ARCHIVE_CONTENT);
      });
      assert(cut > 20);
    },
  );

  check("neither drops nor repeats what was there while more arrives", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    let number = 1_000;
    for (const text of ["", "orderby=PatientName", "PatientName=*", "StudyDate=19000101-"]) {
      const query = queryOf("study", text);
      assert(query !== undefined);
      const before = (await index.search(ARCHIVE, query)).rows.map(({ values }) =>
        values.StudyInstanceUID
      );
      const seen: unknown[] = [];
      let after: string | undefined;
      const last = number + 20;
      do {
        const page: SearchPage = await index.search(ARCHIVE, { ...query, limit: 3, after });
        seen.push(...page.rows.map(({ values }) => values.StudyInstanceUID));
        after = page.next;
        const name = number % 2 === 0 ? "AAA" : "ZZZ";
        const date = number % 2 === 0 ? "19990101" : "20991231";
        if (number >= last) continue;
        await addAll(index, [
          newInstance([number++, 1, 1], { PatientName: name, StudyDate: date }),
        ]);
      } while (after !== undefined);
      assertEquals(new Set(seen).size, seen.length, text);
      assertEquals(before.filter((uid) => !seen.includes(uid)), [], text);
    }
  });

  check("refuses a cursor that is not of the search", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    const query = queryOf("study", "PatientName=S*");
    assert(query !== undefined);
    const { next } = await index.search(ARCHIVE, { ...query, limit: 1 });
    const other = queryOf("study", "StudyDate=20000101-20991231");
    assert(next !== undefined && other !== undefined);
    const cursors = [
      next,
      "",
      "AAAA",
      "%",
      btoa('["study.StudyDate_key"]'),
      btoa("{}"),
      btoa("[[]]"),
    ];
    for (const after of cursors) {
      await assertRejects(() => index.search(ARCHIVE, { ...other, after }), DecodeError);
    }
  });

  check("keeps archives apart", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    for (const level of LEVELS) {
      for (const search of SEARCHES) {
        const query = queryOf(level, search);
        if (query !== undefined) {
          assertEquals((await index.search("other", query)).rows, [], search);
        }
      }
    }
  });

  check("brings the header of an instance where columns do not suffice", async (index) => {
    await addAll(index, [newInstance([1, 2, 1]), newInstance([1, 1, 2]), newInstance([1, 1, 1])]);
    for (const level of LEVELS) {
      const query = queryOf(level, "includefield=all");
      assert(query !== undefined);
      const [row] = (await index.search(ARCHIVE, query)).rows;
      assertEquals(new TextDecoder().decode(row?.pieces), "1.1.1");
      const plain = queryOf(level, "");
      assert(plain !== undefined);
      const [without] = (await index.search(ARCHIVE, plain)).rows;
      assertEquals(without?.pieces, undefined);
    }
  });

  check("follows names and attributes that are removed", async (index) => {
    await addAll(index, ARCHIVE_CONTENT);
    const gone = uids([1, 1, 1]).StudyInstanceUID;
    await index.remove(ARCHIVE, { StudyInstanceUID: gone }, 1);
    const left = ARCHIVE_CONTENT.filter(({ object }) => object.StudyInstanceUID !== gone);
    for (const level of LEVELS) {
      for (const search of SEARCHES) {
        const query = queryOf(level, search);
        if (query !== undefined) await assertFinds(index, query, `${level}?${search}`, left);
      }
    }
  });
}

const LEVELS: readonly Level[] = ["patient", "study", "series", "instance"];

/** Runs `search` for queries made at random. */
async function assertRandomSearches(
  search: (query: Query, what: string) => Promise<void>,
): Promise<void> {
  const searches = fc.record({
    level: fc.constantFrom(...LEVELS),
    conditions: fc.uniqueArray(fc.constantFrom(...CONDITIONS), {
      minLength: 1,
      maxLength: 3,
      selector: (condition) => condition.slice(0, condition.indexOf("=")),
    }),
    orderBy: fc.array(fc.constantFrom(...ORDERS), { maxLength: 2 }),
    limit: fc.integer({ min: 1, max: 9 }),
    study: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(searches, async ({ level, conditions, orderBy, limit, study }) => {
      const text = `${conditions.join("&")}&orderby=${orderBy.join(",")}`;
      const nested = study && level !== "patient" && level !== "study";
      const query = queryOf(level, text, nested ? { StudyInstanceUID: "2.25.1" } : {});
      if (query !== undefined) await search({ ...query, limit }, `${level}?${text}`);
    }),
    { numRuns: 400, seed: 20_261_120 },
  );
}

/** Asserts the set of rows, their number and that their order is the one asked for. */
async function assertFinds(
  index: Index,
  query: Query,
  what: string,
  content: readonly NewInstance[] = ARCHIVE_CONTENT,
) {
  const { rows, total, next, warnings } = await index.search(ARCHIVE, query);
  const found = rows.map(({ values }) => values);
  assertRows(found, query, what, content);
  assertEquals({ total, next, warnings }, { total: found.length, next: undefined, warnings: [] });
  return found;
}

function assertRows(
  found: readonly OracleRow[],
  query: Query,
  what: string,
  content: readonly NewInstance[],
): void {
  const expected = expectedRows(content, query);
  const id = (values: OracleRow) => values[IDENTIFIERS[query.level]] ?? "";
  assertEquals(found.map(id).sort(), expected.map(id).sort(), what);
  // Rows that are alike in what was asked for come in any order that stays the same.
  const keys = new Map(expected.map((row) => [id(row), orderKeys(row, query)]));
  assertEquals(found.map((row) => keys.get(id(row))), [...keys.values()], what);
}

async function pages(index: Index, query: Query) {
  const values: Readonly<Record<string, string | null>>[] = [];
  let after: string | undefined;
  do {
    const page: SearchPage = await index.search(ARCHIVE, { ...query, after });
    values.push(...page.rows.map((row) => row.values));
    after = page.next;
  } while (after !== undefined);
  return values;
}

/** The query of a URL; undefined where the level does not support one of its conditions. */
function queryOf(level: Level, text: string, scope: Query["scope"] = {}): Query | undefined {
  const search = new URLSearchParams(text);
  search.set("multiplevaluematching", "true");
  search.set("emptyvaluematching", "true");
  search.set("count", "true");
  const { query, warnings } = parseQido(search, level, scope);
  return warnings.length > 0 ? undefined : query;
}

const CONDITIONS = [
  "PatientName=SMITH^JOHN",
  "PatientName=smith*",
  "PatientName=SMITH^*",
  "PatientName=SMITH^^*",
  "PatientName=*ITH^*",
  "PatientName=S*^ANNA^*",
  "PatientName=*ith*",
  "PatientName=S?ITH*",
  "PatientName=*a*",
  "PatientName=müller*",
  'PatientName=""',
  "PatientName=*=山田*",
  "PatientName=山田^太郎",
  "PatientName=[*",
  "PatientID=P1",
  "PatientID=p1",
  "PatientID=P*",
  "PatientID=*_2*",
  "PatientID=%25",
  "PatientID=P1\\P'3",
  'PatientID=*"x"*',
  'PatientID=""',
  "PatientSex=F,M",
  "StudyDate=20260102",
  "StudyDate=20250101-20260101",
  "StudyDate=-20251231",
  "StudyDate=20260101-",
  'StudyDate=""',
  "StudyTime=1000-1200",
  "StudyTime=10",
  "ModalitiesInStudy=MR",
  "ModalitiesInStudy=MR,PT",
  "ModalitiesInStudy=*T",
  "StudyDescription=HEAD*",
  "StudyDescription=*EAD NE*",
  "StudyDescription=*] AND*",
  "SOPClassesInStudy=1.2.3",
  "Modality=CT",
  "Modality=C?",
  "SeriesNumber=2",
  "SeriesNumber=02",
  "SeriesNumber=1*",
  'SeriesNumber=""',
  "RequestAttributesSequence.ScheduledProcedureStepID=SPS2",
  "RequestAttributesSequence.ScheduledProcedureStepID=*PS1*",
  "RequestAttributesSequence.RequestedProcedureID=RP1",
  'RequestAttributesSequence.RequestedProcedureID=*"*',
  "SeriesInstanceUID=2.25.1.1,2.25.3.1",
  "InstanceNumber=2",
  "InstanceNumber=*1",
  "SOPClassUID=1.2.3",
  "SOPInstanceUID=2.25.1.1.1,2.25.2.1.2,9.9",
  "StudyInstanceUID=2.25.1,2.25.4",
] as const;

const SEARCHES = [
  ...CONDITIONS,
  "",
  "fuzzymatching=true&PatientName=joh smi",
  "fuzzymatching=true&PatientName=MULLER",
  "fuzzymatching=true&PatientName=berg",
  "fuzzymatching=true&PatientName=o'b",
  "StudyDate=20260101-20260103&StudyTime=1100-1130",
  "StudyDate=20260101-20260103&StudyTime=11",
  "StudyDate=20260101-&StudyTime=1100-1130",
  "00400275.00400009=SPS1&00400275.00401001=RP1",
  "00400275.00400009=SPS2&00400275.00401001=RP1",
  '00400275.00400009=SPS2&00400275.00401001=*"*',
  '00400275.00400009=SPS2&00400275.00401001=""',
  "00400275.00400009=SPS?&00400275.00401001=RP1,RP2",
  "orderby=PatientName",
  "orderby=-StudyDate",
  "orderby=SeriesNumber",
  "orderby=-InstanceNumber",
  "orderby=Modality,-PatientName",
  "PatientName=S*&orderby=-StudyDate,PatientName",
];

const ORDERS = [
  "PatientName",
  "-PatientName",
  "StudyDate",
  "-StudyDate",
  "-SeriesNumber",
  "InstanceNumber",
  "Modality",
] as const;

const PATIENTS: readonly Readonly<Record<string, string | null>>[] = [
  { PatientID: "P1", PatientName: "SMITH^JOHN", PatientSex: "M" },
  { PatientID: "P_2", PatientName: "Smithson^Anna^^Dr", PatientSex: "F" },
  { PatientID: "P'3", PatientName: "Müller^Jörg", PatientSex: "M" },
  { PatientID: "%", PatientName: "YAMADA^TARO=山田^太郎=やまだ^たろう", PatientSex: "O" },
  { PatientID: 'P"x"5', PatientName: "VAN DER BERG^ANNA", PatientSex: null },
  { PatientID: "P6", PatientName: null, PatientSex: "F" },
  { PatientID: "p1", PatientName: "[O'BRIEN]^PAT", PatientSex: "F" },
  { PatientID: "P8", PatientName: "SMITH^", PatientSex: "F" },
];

const STUDIES: readonly Readonly<Record<string, string | null>>[] = [
  { StudyDate: "20260102", StudyTime: "1115", StudyDescription: "HEAD NECK" },
  { StudyDate: "20260101", StudyTime: "235959.5", StudyDescription: "HEAD" },
  { StudyDate: "2025.12.31", StudyTime: "10:00:00", StudyDescription: 'CHEST "] AND 1' },
  { StudyDate: null, StudyTime: null, StudyDescription: null },
];

/** One study or two of each patient, with one to three series of one to three instances. */
const ARCHIVE_CONTENT: readonly NewInstance[] = Array.from({ length: 14 }, (_, study) => study)
  .flatMap((study) =>
    Array.from({ length: 1 + study % 3 }, (_, series) => series).flatMap((series) =>
      Array.from(
        { length: 1 + (study + series) % 3 },
        (_, instance) =>
          newInstance([study + 1, series + 1, instance + 1], {
            ...PATIENTS[study % PATIENTS.length],
            ...STUDIES[study % STUDIES.length],
            Modality: ["CT", "MR", "PT", ""][(study + series) % 4] ?? "",
            SeriesNumber: [String(series + 1), `0${series + 1}`, "12", null][study % 4] ?? null,
            InstanceNumber: ["1", "2", "11"][instance] ?? null,
            SOPClassUID: study % 5 === 0 ? "1.2.3" : "1.2.4",
            RequestedProcedureID: ["RP1", 'RP"2\\RP1', "RP1\\", null][study % 4] ?? null,
            ScheduledProcedureStepID: ["SPS1", "SPS2\\SPS1", "\\SPS2", null][study % 4] ?? null,
          }),
      )
    )
  );

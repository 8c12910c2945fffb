/**
 * What every Index finds by words: held against a reader that folds and looks, word by word.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { foldText } from "../../lib/query/fold.ts";
import type { OrderBy, Query } from "../../lib/query/query.ts";
import { parseWords } from "../../lib/query/words.ts";
import type { Index, NewInstance, SearchPage } from "../../server/index/index.ts";
import { addAll, ARCHIVE, newInstance } from "../support/index_data.ts";
import type { RegisterIndexTest } from "./index.ts";

/** A search of studies for words, the newest first. */
export function wordsQuery(words: readonly string[], orderBy: readonly OrderBy[] = BY_DATE): Query {
  return {
    level: "study",
    scope: {},
    conditions: [],
    words,
    include: [],
    orderBy,
    limit: 100,
    offset: 0,
    after: undefined,
    count: true,
  };
}

const BY_DATE: readonly OrderBy[] = [{ tag: 0x00080020, descending: true }];
const BY_NAME: readonly OrderBy[] = [{ tag: 0x00100010, descending: false }];

const STUDIES: readonly Readonly<Record<string, string>>[] = [
  {
    PatientName: "Adams^John Robert Quincy^^Rev.^B.A.",
    PatientID: "A-1",
    StudyDescription: "CT Chest",
  },
  {
    PatientName: "Yamada^Tarou=山田^太郎=やまだ^たろう",
    PatientID: "Y2",
    AccessionNumber: "ACC0042",
  },
  { PatientName: "Hong^Gildong=洪^吉洞=홍^길동", PatientID: "K3", StudyDescription: "MR Kopf" },
  { PatientName: "Διονυσιος", PatientID: "G4", StudyDescription: "Ακτινογραφία θώρακος" },
  { PatientName: "قباني^لنزار", PatientID: "R5" },
  { PatientName: "Buc^Jérôme", PatientID: "J6", StudyDescription: '100% *sûr* "cité"' },
  { PatientName: "Müller-Lüdenscheidt^Øystein", PatientID: "M7", AccessionNumber: "X^1" },
  { PatientName: '<b>bold</b>^OR NOT NEAR("', PatientID: "H8", StudyDescription: "a AND b" },
  { PatientName: "Adams^Jane", PatientID: "10042", StudyDescription: "ct abdomen" },
]; // deno-fmt-ignore

const CONTENT: readonly NewInstance[] = STUDIES.map((attributes, index) =>
  newInstance([index + 1, 1, 1], {
    ...attributes,
    StudyDate: `2024010${index + 1}`,
    Modality: index % 2 === 0 ? "CT" : "MR",
  })
);

const SEARCHES = [
  ["adams", "Adams, John", "john adams", "quincy rev", "adams ct", "ct", "c", "ADAMS^JANE"],
  ["yamada", "山田", "山田太郎", "太郎", "やまだ", "たろう", "acc0042", "0042", "42"],
  ["홍길동", "길동", "洪吉洞", "gildong kopf", "διονυσιος", "ΔΙΟΝΥΣΙΟΣ", "Ακτινογραφια", "قباني"],
  ["jerome", "JÉRÔME", "sur", '"cité"', "*", "100%", "_", "oystein", "øystein", "muller-ludens"],
  ["<b>", "or not near", 'near("', "a and b", "nobody", "adams nobody", "-", "p", "  "],
].flat();

/** Registers the tests of one implementation. */
export function testIndexWords(name: string, register: RegisterIndexTest): void {
  function check(does: string, test: (index: Index) => Promise<void>): void {
    register(`${name}: ${does}`, test);
  }

  check("finds words in any script, case and place, and nothing else", async (index) => {
    await addAll(index, CONTENT);
    let found = 0;
    for (const search of SEARCHES) {
      for (const order of [BY_DATE, BY_NAME]) {
        const { rows, total } = await index.search(ARCHIVE, wordsQuery(parseWords(search), order));
        const expected = expectedStudies(search);
        assertEquals(studiesOf(rows).sort(), expected, search);
        assertEquals(total, expected.length, search);
        if (order === BY_DATE) assertEquals(studiesOf(rows), expected.toReversed(), search);
        found += rows.length;
      }
    }
    assert(found > 80, `${found}`);
    assertEquals((await index.search("other", wordsQuery(["ADAMS"]))).rows, []);
  });

  check("finds words together with other conditions", async (index) => {
    await addAll(index, CONTENT);
    const conditions: Query["conditions"] = [
      { path: [0x00080061], match: { kind: "single", value: "CT" } },
      { path: [0x00080020], match: { kind: "range", from: "20240102", to: undefined } },
    ];
    const asked = { ...wordsQuery(["ADAMS"]), conditions };
    assertEquals(studiesOf((await index.search(ARCHIVE, asked)).rows), ["2.25.9"]);
  });

  check("pages through words while more arrives, and forgets what is removed", async (index) => {
    const many = Array.from(
      { length: 30 },
      (_, n) =>
        newInstance([100 + n, 1, 1], {
          PatientName: `SMITH^N${n}`,
          StudyDate: `202401${10 + n % 20}`,
        }),
    );
    await addAll(index, many);
    for (const words of [["SMITH"], ["SM"]]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page: SearchPage = await index.search(ARCHIVE, {
          ...wordsQuery(words),
          limit: 4,
          after,
        });
        seen.push(...studiesOf(page.rows));
        after = page.next;
        const late = newInstance([1_000 + seen.length + words[0]!.length * 100, 1, 1], {
          PatientName: "SMITH^LATE",
          StudyDate: "20990101",
        });
        if (after !== undefined) await addAll(index, [late]);
      } while (after !== undefined);
      assertEquals(new Set(seen).size, seen.length);
      assertEquals(many.filter(({ object }) => !seen.includes(object.StudyInstanceUID)), []);
    }
    await index.remove(ARCHIVE, { StudyInstanceUID: "2.25.100" }, 1);
    const { rows } = await index.search(ARCHIVE, wordsQuery(["SMITH", "N0"]));
    assertEquals(rows, []);
  });

  check("knows the modalities of an archive", async (index) => {
    assertEquals(await index.modalities(ARCHIVE), []);
    await addAll(index, CONTENT);
    assertEquals(await index.modalities(ARCHIVE), ["CT", "MR"]);
    await index.remove(ARCHIVE, {}, 1);
    assertEquals(await index.modalities(ARCHIVE), []);
    assertEquals(await index.modalities("nowhere"), []);
  });
}

/** UIDs of the studies in which every word is, by number. */
function expectedStudies(search: string): string[] {
  const words = foldText(search).split(/[\s^=,]+/).filter((word) => word !== "");
  return STUDIES.flatMap((attributes, index) => {
    const { PatientName = "", ...others } = attributes;
    const names = PatientName.split("=").flatMap((group) => [
      group.replaceAll("^", " "),
      ...(/[\u1100-\uFFFF]/.test(group) ? [group.replaceAll("^", "")] : []),
    ]);
    // Attributes that newInstance gives.
    const texts = [...names, ...Object.values(others)].map(foldText);
    const isThere = words.every((word) => texts.some((text) => text.includes(word)));
    return isThere ? [`2.25.${index + 1}`] : [];
  });
}

function studiesOf(rows: SearchPage["rows"]): string[] {
  return rows.map(({ values }) => values.StudyInstanceUID ?? "");
}

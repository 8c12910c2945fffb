import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { SEARCH_ATTRIBUTES } from "../../../lib/query/attributes.ts";
import { Channel } from "../../../server/index/channel.ts";
import { IndexError } from "../../../server/index/index_error.ts";
import { keyColumn, keyOf, TABLES, termsOf } from "../../../server/index/columns.ts";
import { MIGRATIONS } from "../../../server/index/migrations/migrations.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";

Deno.test("keyOf: numbers sort as numbers, and spellings of one number are one", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (a, b) => {
      const [x, y] = [keyOf("number", String(a)), keyOf("number", String(b))];
      assertEquals(x < y, a < b);
    }),
    { seed: 1 },
  );
  assertEquals(keyOf("number", "007"), keyOf("number", " +7 "));
  assertEquals(keyOf("number", ""), "");
  assert(keyOf("number", "2147483647") < keyOf("number", "seven"));
});

Deno.test("keyOf: times of any precision sort, dates lose the dots of old", () => {
  const times = ["", "09", "0959", "10", "10:00:00.1", "100000.2", "1001"];
  const keys = times.map((time) => keyOf("time", time));
  assertEquals([...keys].sort(), keys);
  assertEquals(keyOf("time", "10"), keyOf("time", "10:00:00.000000"));
  assertEquals(keyOf("date", "1997.04.24"), "19970424");
  assertEquals(keyOf("date", "unknown"), "unknown");
});

Deno.test("termsOf: a name is found by its groups, its components and the words in them", () => {
  const terms = termsOf("patient", (keyword) => keyword === "PatientName" ? "Van Dyk^Jo=山田" : "");
  assertEquals(terms, [
    ["patient.PatientName", "VAN DYK^JO"],
    ["patient.PatientName", "山田"],
    ["patient.PatientName.part", "VAN DYK"],
    ["patient.PatientName.part", "JO"],
    ["patient.PatientName.part", "VAN"],
    ["patient.PatientName.part", "DYK"],
    ["patient.PatientName.part", "山田"],
  ]);
});

Deno.test("migrations: give every searchable attribute its columns", async () => {
  await inFolder(async (folder) => {
    const channel = new Channel("migrations");
    try {
      await channel.open(`${folder}/index.db`, "writer");
      for (const attribute of SEARCH_ATTRIBUTES) {
        const computed = ["SOPClassesInStudy", "AvailableTransferSyntaxUID"];
        if (computed.includes(attribute.keyword)) continue;
        const levels = attribute.level === "patient" && attribute.returned !== "own"
          ? ["patient", "study"] as const
          : [attribute.level];
        for (const level of levels) {
          const { rows } = await channel.rows("SELECT name FROM pragma_table_info(?)", [
            TABLES[level].table,
          ]);
          const names = rows.map(([name]) => name);
          assert(names.includes(attribute.keyword), attribute.keyword);
          assert(names.includes(keyColumn(attribute)), attribute.keyword);
        }
      }
    } finally {
      await channel.close();
    }
  });
});

Deno.test("migrations: run once, in the order of their names", async () => {
  assertEquals(Object.keys(MIGRATIONS), Object.keys(MIGRATIONS).toSorted());
  await inFolder(async (folder) => {
    for (let round = 0; round < 2; round++) {
      const index = await openLocalIndex(`${folder}/index.db`);
      await index.ensureArchives([`archive ${round}`]);
      await index.close();
    }
    const channel = new Channel("migrated");
    try {
      assertEquals(await channel.open(`${folder}/index.db`, "reader"), true);
      assertEquals(
        (await channel.rows("SELECT name FROM archives ORDER BY id", [])).rows,
        [["archive 0"], ["archive 1"]],
      );
      await assertRejects(() => channel.rows("DELETE FROM archives", []), IndexError);
    } finally {
      await channel.close();
    }
  });
});

Deno.test("openLocalIndex: refuses a file that is no index, and a folder that is not there", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/index.db`, "not a database".repeat(1_000));
    await assertRejects(() => openLocalIndex(`${folder}/index.db`), IndexError);
    await assertRejects(() => openLocalIndex(`${folder}/none/index.db`), IndexError);
  });
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

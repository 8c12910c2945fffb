import { assertEquals, assertRejects } from "@std/assert";
import Database from "libsql";
import { IndexError } from "../../../server/index/index_error.ts";
import type { Index } from "../../../server/index/index.ts";
import { type LocalIndexOptions, openLocalIndex } from "../../../server/index/open_local.ts";
import { type RegisterIndexTest, testIndex } from "../../contract/index.ts";
import { testIndexSearch, TIGHT_LIMITS } from "../../contract/index_search.ts";
import { testSharedIndex } from "../../contract/index_shared.ts";
import { testIndexTransfer } from "../../contract/index_transfer.ts";
import { testIndexWords, wordsQuery } from "../../contract/index_words.ts";
import { MIGRATIONS } from "../../../server/index/migrations/migrations.ts";
import { addAll, ARCHIVE, newInstance } from "../../support/index_data.ts";

async function withIndex(
  test: (index: Index) => Promise<void>,
  options: LocalIndexOptions = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  const index = await openLocalIndex(`${folder}/index.db`, options);
  try {
    await index.ensureArchives(["default", "other"]);
    await test(index);
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openLocalIndex: refuses a file that a newer version made, and leaves it as it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  try {
    const path = `${folder}/index.db`;
    const database = new Database(path);
    database.exec("PRAGMA user_version = 1000");
    database.close();
    const before = await Deno.readFile(path);
    await assertRejects(() => openLocalIndex(path), IndexError, "newer");
    assertEquals(await Deno.readFile(path), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openLocalIndex: studies that were there before words were searched are found by them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  try {
    const path = `${folder}/index.db`;
    const index = await openLocalIndex(path);
    await index.ensureArchives([ARCHIVE]);
    const attributes = { PatientName: "Müller^Jörg=山田^太郎", StudyDescription: "Thorax für Öl" };
    await addAll(index, [newInstance([1, 1, 1], attributes)]);
    await index.close();
    const database = new Database(path);
    const [before] = Object.keys(MIGRATIONS).entries().filter(([, name]) => name.endsWith("words"));
    database.exec(`DROP TRIGGER study_words_added; DROP TRIGGER study_words_removed;
      DROP TABLE study_words; ALTER TABLE studies DROP COLUMN words;
      DROP TABLE secrets; DROP TABLE leases;
      PRAGMA user_version = ${before?.[0]};`);
    database.close();
    const migrated = await openLocalIndex(path);
    for (const words of [["MULLER", "JORG"], ["山田太郎"], ["山田"], ["THORAX", "FUR"], ["P1"]]) {
      const { rows } = await migrated.search(ARCHIVE, wordsQuery(words));
      assertEquals(rows.length, 1, words.join());
    }
    await migrated.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testSharedIndex("openLocalIndex", (name, test) =>
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
    const one = await openLocalIndex(`${folder}/index.db`);
    const other = await openLocalIndex(`${folder}/index.db`);
    try {
      await one.ensureArchives(["default", "other"]);
      await test(one, other);
    } finally {
      await Promise.all([one.close(), other.close()]);
      await Deno.remove(folder, { recursive: true });
    }
  }));

const registerWith = (options: LocalIndexOptions): RegisterIndexTest => (name, test) =>
  Deno.test(name, () => withIndex(test, options));
const register = registerWith({});

testIndex("openLocalIndex", register, [0, 1, 3_000_000, 9_000_000, 5_000_000]);
testIndexTransfer("openLocalIndex", register);
testIndexWords("openLocalIndex", register);
testIndexSearch("openLocalIndex", register, registerWith({ limits: TIGHT_LIMITS }));

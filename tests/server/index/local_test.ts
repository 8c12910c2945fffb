import { assertEquals, assertRejects } from "@std/assert";
import Database from "libsql";
import { IndexError } from "../../../server/index/channel.ts";
import type { Index } from "../../../server/index/index.ts";
import { type LocalIndexOptions, openLocalIndex } from "../../../server/index/open_local.ts";
import { testIndex } from "../../contract/index.ts";
import { testIndexSearch } from "../../contract/index_search.ts";

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

testIndex("openLocalIndex", withIndex);
testIndexSearch(
  "openLocalIndex",
  withIndex,
  (test) => withIndex(test, { limits: { rowsWalked: 7, rowsSorted: 5, rowsCounted: 20 } }),
);

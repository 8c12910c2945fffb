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

testIndex("openLocalIndex", withIndex);
testIndexSearch(
  "openLocalIndex",
  withIndex,
  (test) => withIndex(test, { limits: { rowsWalked: 7, rowsSorted: 5, rowsCounted: 20 } }),
);

import type { Index } from "../../../server/index/index.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import { testIndex } from "../../contract/index.ts";

async function withIndex(test: (index: Index) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  const index = await openLocalIndex(`${folder}/index.db`);
  try {
    await index.ensureArchives(["default", "other"]);
    await test(index);
  } finally {
    await index.close();
    await Deno.remove(folder, { recursive: true });
  }
}

testIndex("openLocalIndex", withIndex);

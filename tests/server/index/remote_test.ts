import type { Index } from "../../../server/index/index.ts";
import { openRemoteIndex, type RemoteIndexOptions } from "../../../server/index/open_remote.ts";
import { type RegisterIndexTest, testIndex } from "../../contract/index.ts";
import { testIndexSearch, TIGHT_LIMITS } from "../../contract/index_search.ts";
import { testIndexTransfer } from "../../contract/index_transfer.ts";
import { testIndexWords } from "../../contract/index_words.ts";
import { peerTest } from "../../support/peers.ts";
import { startSqld } from "../../support/sqld.ts";

async function withIndex(
  test: (index: Index) => Promise<void>,
  options: RemoteIndexOptions = {},
): Promise<void> {
  const sqld = await startSqld();
  try {
    const index = await openRemoteIndex({ url: sqld.url, token: undefined }, options);
    try {
      await index.ensureArchives(["default", "other"]);
      await test(index);
    } finally {
      await index.close();
    }
  } finally {
    await sqld.stop();
  }
}

const registerWith = (options: RemoteIndexOptions): RegisterIndexTest => (name, test) =>
  peerTest(name, ["sqld"], () => withIndex(test, options));
const register = registerWith({});

// What is larger lies beside the objects: see server/services/header_record.ts.
testIndex("openRemoteIndex", register, [0, 1, ...Array<number>(10).fill(1_000_000), 999_999]);
testIndexTransfer("openRemoteIndex", register);
testIndexWords("openRemoteIndex", register);
testIndexSearch("openRemoteIndex", register, registerWith({ limits: TIGHT_LIMITS }));

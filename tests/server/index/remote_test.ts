import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseQido } from "../../../lib/query/qido.ts";
import type { Index } from "../../../server/index/index.ts";
import { IndexError } from "../../../server/index/index_error.ts";
import { openRemoteIndex, type RemoteIndexOptions } from "../../../server/index/open_remote.ts";
import { type RegisterIndexTest, testIndex } from "../../contract/index.ts";
import { testIndexSearch, TIGHT_LIMITS } from "../../contract/index_search.ts";
import { testSharedIndex } from "../../contract/index_shared.ts";
import { testIndexTransfer } from "../../contract/index_transfer.ts";
import { testIndexWords } from "../../contract/index_words.ts";
import { addAll, ARCHIVE, collect, newInstance, uids } from "../../support/index_data.ts";
import { startIndexFront } from "../../support/index_front.ts";
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

testSharedIndex("openRemoteIndex", (name, test) =>
  peerTest(name, ["sqld"], async () => {
    const sqld = await startSqld();
    const [one, other] = await openAll(sqld.url, 2);
    try {
      await one!.ensureArchives(["default", "other"]);
      await test(one!, other!);
    } finally {
      await Promise.all([one!.close(), other!.close()]);
      await sqld.stop();
    }
  }));

function openAll(url: string, count: number): Promise<Index[]> {
  return Promise.all(
    Array.from({ length: count }, () => openRemoteIndex({ url, token: undefined })),
  );
}

peerTest("openRemoteIndex: of many that come up at once over a new database, one migrates it", [
  "sqld",
], async () => {
  for (let round = 0; round < 5; round++) {
    const sqld = await startSqld();
    try {
      const indexes = await openAll(sqld.url, 6);
      await indexes[0]!.ensureArchives([ARCHIVE]);
      await Promise.all(indexes.map((index, at) => addAll(index, [newInstance([1, 1, at])])));
      for (const index of indexes) assertEquals((await index.totals(ARCHIVE)).instances, 6);
      await Promise.all(indexes.map((index) => index.close()));
    } finally {
      await sqld.stop();
    }
  }
});

peerTest("openRemoteIndex: refuses a database that a newer version made, and what is none", [
  "sqld",
], async () => {
  const sqld = await startSqld();
  const place = { url: sqld.url, token: undefined };
  try {
    await pipeline(sqld.url, "PRAGMA user_version = 1000");
    await assertRejects(() => openRemoteIndex(place), IndexError, "newer");
    assertMatch(await pipeline(sqld.url, "SELECT count(*) FROM sqlite_schema"), /"value":"0"/);
    assertMatch(await pipeline(sqld.url, "PRAGMA user_version"), /"value":"1000"/);
    const file = { ...place, url: "file:///tmp/index.db" };
    await assertRejects(() => openRemoteIndex(file), IndexError, "libsql://");
  } finally {
    await sqld.stop();
  }
  for (const answer of [() => new Response("hello"), () => new Response("no", { status: 404 })]) {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
    const url = `http://127.0.0.1:${server.addr.port}`;
    const other = { url, token: "SECRET" };
    const error = await assertRejects(() => openRemoteIndex(other), IndexError, "GANTRY_INDEX_URL");
    assertEquals(error.message.includes("SECRET"), false);
  }
});

peerTest(
  "openRemoteIndex: a token is given, and one that is wrong is told as such",
  ["sqld"],
  async () => {
    const keys = await crypto.subtle.generateKey("Ed25519", true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)).toBase64();
    const publicKey = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
    const sqld = await startSqld({ publicKey });
    try {
      const index = await openRemoteIndex({ url: sqld.url, token: await tokenOf(keys.privateKey) });
      await index.ensureArchives([ARCHIVE]);
      await addAll(index, [newInstance([1, 1, 1])]);
      await index.close();
      const stranger = await crypto.subtle.generateKey("Ed25519", true, ["sign"]) as CryptoKeyPair;
      for (const token of [undefined, "SECRET", await tokenOf(stranger.privateKey)]) {
        const open = () => openRemoteIndex({ url: sqld.url, token });
        const error = await assertRejects(open, IndexError, "GANTRY_INDEX_TOKEN");
        if (token !== undefined) assertEquals(error.message.includes(token), false);
      }
    } finally {
      await sqld.stop();
    }
  },
);

peerTest(
  "openRemoteIndex: reads are one round trip, and what waits is written in two",
  ["sqld"],
  async () => {
    const sqld = await startSqld();
    try {
      await using front = startIndexFront(sqld.url);
      const place = { url: front.url, token: undefined };
      await (await openRemoteIndex(place)).close();
      const trips = async (what: () => Promise<unknown>) => {
        front.requests.length = 0;
        await what();
        return front.requests.length;
      };
      let index: Index | undefined;
      assertEquals(await trips(async () => index = await openRemoteIndex(place)), 1);
      if (index === undefined) return;
      const { add, search, state, places, metadata, instances, remove, totals } = index;
      await index.ensureArchives([ARCHIVE, "other"]);
      const many = Array.from({ length: 100 }, (_, at) => newInstance([at % 40, 1, at]));
      assertEquals(await trips(() => Promise.all(many.map((each) => add(each)))), 1);
      // Those that come while a batch is on its way are the next.
      const next = Array.from({ length: 100 }, (_, at) => newInstance([at % 40, 2, at]));
      const stored = async () => {
        const first = add(next[0]!);
        await Promise.resolve();
        await Promise.all([first, ...next.slice(1).map((each) => add(each))]);
      };
      assertEquals(await trips(stored), 2);
      for (const text of SEARCHES) {
        for (const level of ["study", "series", "instance"] as const) {
          const { query } = parseQido(new URLSearchParams(text), level, {});
          const what = () => search(ARCHIVE, { ...query, count: true });
          assertEquals(await trips(what), 1, `${level}?${text}`);
        }
      }
      const scope = uids([1, 1, 1]);
      assertEquals(await trips(() => places(ARCHIVE, scope)), 1);
      assertEquals(await trips(() => state(ARCHIVE, scope)), 1);
      assertEquals(await trips(() => totals(ARCHIVE)), 1);
      assertEquals(
        await trips(() => collect(metadata(ARCHIVE, { StudyInstanceUID: "2.25.1" }))),
        1,
      );
      assertEquals(
        await trips(() => collect(instances(ARCHIVE, { StudyInstanceUID: "2.25.1" }))),
        1,
      );
      assertEquals(await trips(() => remove(ARCHIVE, scope, 1)), 1);
      await index.close();
    } finally {
      await sqld.stop();
    }
  },
);

const SEARCHES = [
  "",
  "limit=5&offset=3",
  "PatientName=DOE*&limit=5",
  "PatientName=*OE*&limit=5",
  "PatientName=NOBODY*",
  "StudyDate=20260101-20260131&orderby=PatientName&limit=5",
  "PatientID=P1&orderby=-StudyDate",
  "includefield=PatientComments&limit=20",
  "StudyInstanceUID=2.25.1",
];

async function pipeline(url: string, sql: string): Promise<string> {
  const body = JSON.stringify({ requests: [{ type: "execute", stmt: { sql } }] });
  const response = await fetch(`${url}/v2/pipeline`, { method: "POST", body });
  return await response.text();
}

/** A token (RFC 7519) that lets its bearer do everything. */
async function tokenOf(key: CryptoKey): Promise<string> {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part({ a: "rw" })}`;
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(text));
  return `${text}.${
    new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true })
  }`;
}

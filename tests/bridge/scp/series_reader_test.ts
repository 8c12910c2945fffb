import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../bridge/gateway/gateway.ts";
import { KEPT_INSTANCES, SeriesReader } from "../../../bridge/scp/series_reader.ts";

const SERIES = { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3" };
const signal = new AbortController().signal;

/** An instance whose only byte is its UID. */
function instance(uid: number) {
  const dataSet = Uint8Array.of(uid);
  const transferSyntaxUID = "1.2.840.10008.1.2.1";
  return { SOPInstanceUID: String(uid), transferSyntaxUID, dataSet, release() {} };
}

/** A reader of a series whose answer is `uids`, then ends, or fails with `error`. */
function readerOf(uids: readonly number[], error?: Error) {
  let begun = 0;
  const reader = new SeriesReader({
    async *retrieveSeries() {
      begun++;
      for (const uid of uids) yield await Promise.resolve(instance(uid));
      if (error !== undefined) throw error;
    },
  }, SERIES);
  const take = async (uid: number) => {
    const found = await reader.take(String(uid), signal);
    if (found === undefined) return undefined;
    assert(found.dataSet instanceof Uint8Array);
    return found.dataSet[0];
  };
  return { take, begun: () => begun };
}

Deno.test("SeriesReader: gives what is asked for out of one answer", async () => {
  const { take, begun } = readerOf([1, 2, 3]);
  assertEquals(begun(), 0);
  assertEquals(await Promise.all([1, 2, 3].map(take)), [1, 2, 3]);
  assertEquals(begun(), 1);
  assertEquals(await take(4), undefined);
});

Deno.test("SeriesReader: keeps what comes before its turn", async () => {
  const { take } = readerOf([3, 1, 2]);
  assertEquals([await take(1), await take(2), await take(3)], [1, 2, 3]);
});

Deno.test("SeriesReader: gives up where an instance comes much too late, and leaves what it kept", async () => {
  const uids = Array.from({ length: KEPT_INSTANCES + 2 }, (_, index) => index + 1);
  const { take } = readerOf(uids);
  assertEquals(await take(uids.length), undefined);
  assertEquals(await take(1), 1);
  assertEquals(await take(KEPT_INSTANCES + 1), undefined);
});

Deno.test("SeriesReader: has no more once its answer has been ended", async () => {
  const end = new AbortController();
  const reader = new SeriesReader({
    async *retrieveSeries(_series, signal) {
      yield await Promise.resolve(instance(1));
      signal?.throwIfAborted();
    },
  }, SERIES);
  await reader.take("1", end.signal);
  end.abort();
  assertEquals(await reader.take("2", signal), undefined);
});

Deno.test("SeriesReader: leaves failures of the server to those that ask alone", async () => {
  const { take } = readerOf([1], new GatewayError("gone", "passing", 500));
  assertEquals([await take(1), await take(2), await take(3)], [1, undefined, undefined]);
  const other = readerOf([], new TypeError("a fault"));
  await assertRejects(() => other.take(1), TypeError);
});

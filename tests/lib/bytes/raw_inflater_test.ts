import { assertEquals, assertRejects } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { RawInflater } from "../../../lib/bytes/raw_inflater.ts";
import { DecodeError, LimitError } from "../../../lib/errors.ts";

const PLAIN = Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) >> 7);
const DEFLATED = new Uint8Array(deflateRawSync(PLAIN));

async function inflate(chunks: readonly Uint8Array[], limit = Infinity): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const inflater = new RawInflater((piece) => pieces.push(piece.slice()), {
    name: "TEST_BYTES",
    bytes: limit,
  });
  for (const chunk of chunks) await inflater.write(chunk);
  await inflater.end();
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("RawInflater: inflates a stream that comes in chunks", async () => {
  const half = DEFLATED.length >> 1;
  assertEquals(await inflate([DEFLATED.subarray(0, half), DEFLATED.subarray(half)]), PLAIN);
});

Deno.test("RawInflater: leaves out what follows the stream, in its chunk or the next", async () => {
  assertEquals(await inflate([Uint8Array.of(...DEFLATED, 0)]), PLAIN);
  assertEquals(await inflate([DEFLATED, Uint8Array.of(0), Uint8Array.of(0)]), PLAIN);
});

Deno.test("RawInflater: rejects a stream that is cut off", async () => {
  await assertRejects(() => inflate([DEFLATED.subarray(0, DEFLATED.length - 1)]), DecodeError);
  await assertRejects(() => inflate([]), DecodeError);
});

Deno.test("RawInflater: rejects bytes that are no stream", async () => {
  await assertRejects(() => inflate([new Uint8Array(100).fill(0xff)]), DecodeError);
});

Deno.test("RawInflater: stops at its limit", async () => {
  await assertRejects(() => inflate([DEFLATED], PLAIN.length - 1), LimitError, "TEST_BYTES");
});

Deno.test("RawInflater: passes on what the taker of the bytes throws", async () => {
  const inflater = new RawInflater(() => {
    throw new DecodeError("enough");
  }, { name: "TEST_BYTES", bytes: Infinity });
  await assertRejects(() => inflater.write(DEFLATED), DecodeError, "enough");
  await assertRejects(() => inflater.write(DEFLATED), DecodeError, "enough");
  await assertRejects(() => inflater.end(), DecodeError, "enough");
});

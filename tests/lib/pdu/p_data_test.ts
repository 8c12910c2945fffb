/**
 * How messages are packed for peers of any maximum length.
 * @module
 */
import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../../lib/errors.ts";
import { MIN_MAXIMUM_LENGTH } from "../../../lib/pdu/limits.ts";
import { PDataWriter } from "../../../lib/pdu/p_data.ts";
import { commandPdu, pData, PDV, pdv } from "../../support/dimse_bytes.ts";
import { splitPdus } from "../../support/dimse_tap.ts";
import { concat } from "../../support/part10_builder.ts";
import { readPdus } from "../../support/pdu_stream.ts";

/** Packs a message; answers with what each write would send. */
function pack(
  writer: PDataWriter,
  command: Uint8Array,
  dataSet: readonly Uint8Array[] = [],
): Uint8Array[] {
  const writes: Uint8Array[] = [];
  const take = () => writes.push(writer.take().slice());
  const add = (piece: Uint8Array) => {
    for (let at = 0; at < piece.length;) {
      at += writer.add(piece.subarray(at));
      if (at < piece.length) take();
    }
  };
  writer.begin(1, true);
  add(command);
  writer.end();
  if (dataSet.length > 0) {
    writer.begin(1, false);
    dataSet.forEach(add);
    writer.end();
  }
  take();
  return writes;
}

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index);
}

Deno.test("PDataWriter: sends a command and a small data set in one write, a PDU each", () => {
  const [command, dataSet] = [counting(100), counting(500)];
  assertEquals(pack(new PDataWriter(16384), command, [dataSet]), [
    concat([commandPdu(1, command), pData(pdv(1, PDV.lastOfData, dataSet))]),
  ]);
});

Deno.test("PDataWriter: ends with the fragment that is last, full or not", () => {
  const dataSet = counting(244);
  const [whole] = pack(new PDataWriter(128), counting(2), [dataSet]);
  assertEquals(splitPdus(whole!).slice(1), [
    pData(pdv(1, PDV.data, dataSet.subarray(0, 122))),
    pData(pdv(1, PDV.lastOfData, dataSet.subarray(122))),
  ]);
});

Deno.test("PDataWriter: ends a data set without bytes too", () => {
  const [whole] = pack(new PDataWriter(0), counting(2), [new Uint8Array()]);
  assertEquals(splitPdus(whole!).at(-1), pData(pdv(1, PDV.lastOfData)));
});

Deno.test("PDataWriter: sends even fragments where the maximum is odd", () => {
  const [whole] = pack(new PDataWriter(65535), counting(2), [counting(100_000)]);
  assertEquals(splitPdus(whole!).map((pdu) => pdu.length - 12), [2, 65528, 34472]);
});

Deno.test("PDataWriter: sends 16 KiB where the peer says nothing, 256 KiB where it takes anything", () => {
  const longest = (maximumLength: number | undefined) => {
    const writes = pack(new PDataWriter(maximumLength), counting(2), [counting(1_000_000)]);
    return Math.max(...writes.flatMap(splitPdus).map((pdu) => pdu.length - 6));
  };
  assertEquals([undefined, 0, 0xffffffff].map(longest), [16384, 262_144, 262_144]);
});

Deno.test("PDataWriter: fills large writes with PDUs of any size", () => {
  for (const maximumLength of [0, 128, 16384, 65536, 131_072]) {
    const writes = pack(new PDataWriter(maximumLength), counting(100), [counting(2_000_000)]);
    for (const write of writes.slice(0, -1)) {
      assertEquals(write.length >= 262_144, true);
      assertLessOrEqual(write.length, 524_288 + 12);
    }
  }
});

Deno.test("PDataWriter: refuses a peer that takes next to nothing", () => {
  for (const maximumLength of [1, 7, MIN_MAXIMUM_LENGTH - 1]) {
    const { reason } = assertThrows(() => new PDataWriter(maximumLength), ProtocolError);
    assertEquals(reason, 6);
  }
});

Deno.test("PDataWriter: packs what a reader gives back, message after message", () => {
  const message = fc.record({
    command: fc.integer({ min: 1, max: 400 }).map(counting),
    dataSet: fc.array(fc.nat(120_000).map(counting), { maxLength: 5 }),
  });
  const maximumLength = fc.oneof(fc.constant(0), fc.integer({ min: 128, max: 140_000 }));
  fc.assert(
    fc.property(maximumLength, fc.array(message, { maxLength: 3 }), (maximumLength, messages) => {
      const writer = new PDataWriter(maximumLength);
      const writes = messages.flatMap(({ command, dataSet }) => pack(writer, command, dataSet));
      for (const pdu of writes.flatMap(splitPdus)) {
        assertLessOrEqual(pdu.length - 6, maximumLength || 262_144);
      }
      const sent = messages.flatMap(({ command, dataSet }) => [
        { isCommand: true, data: command },
        ...(dataSet.length === 0 ? [] : [{ isCommand: false, data: concat(dataSet) }]),
      ]);
      assertEquals(
        readPdus(concat(writes)),
        sent.map((part) => ({ type: "P-DATA-TF", contextId: 1, isLast: true, ...part })),
      );
    }),
    { seed: 20261120, numRuns: 60 },
  );
});

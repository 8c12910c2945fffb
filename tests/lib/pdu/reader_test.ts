/**
 * How streams are taken apart: whole, split anywhere, and broken.
 * @module
 */
import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../../lib/errors.ts";
import { acceptedPDataBytes, MAX_ASSOCIATE_BYTES } from "../../../lib/pdu/limits.ts";
import type { DataPiece } from "../../../lib/pdu/pdu.ts";
import { PduReader } from "../../../lib/pdu/reader.ts";
import {
  ABORT,
  associateRQ,
  context,
  CONTEXTS,
  item,
  pData,
  PDU,
  pdu,
  PDV,
  pdv,
  RELEASE_RP,
  RELEASE_RQ,
  userInformation,
} from "../../support/dimse_bytes.ts";
import { concat } from "../../support/part10_builder.ts";
import { feed, readPdus } from "../../support/pdu_stream.ts";

const EMPTY = new Uint8Array();
const MIB = 1024 * 1024;

/** Every type of PDU, and every way to fill a P-DATA-TF. */
const STREAM = concat([
  associateRQ(),
  pData(pdv(1, PDV.command, Uint8Array.of(1, 2, 3)), pdv(1, PDV.lastOfCommand, Uint8Array.of(4))),
  pData(),
  pData(pdv(1, PDV.data, Uint8Array.of(5, 6, 7, 8, 9)), pdv(1, PDV.data), pdv(1, PDV.lastOfData)),
  pData(pdv(3, PDV.lastOfCommand, Uint8Array.of(10)), pdv(3, PDV.lastOfData, Uint8Array.of(11))),
  associateRQ({ type: PDU.AC, items: [] }),
  pdu(PDU.RJ, Uint8Array.of(0, 2, 3, 1)),
  RELEASE_RQ,
  RELEASE_RP,
  ABORT,
]);

function piece(contextId: number, isCommand: boolean, ...data: readonly number[]): DataPiece {
  return { type: "P-DATA-TF", contextId, isCommand, isLast: true, data: Uint8Array.from(data) };
}

function reasonOf(bytes: Uint8Array): number {
  return assertThrows(() => readPdus(bytes), ProtocolError).reason;
}

/** What a reader of its own holds that was given bytes. */
function bufferAfter(bytes: Uint8Array, reader = new PduReader()): number {
  for (const _ of feed(reader, bytes));
  reader.space();
  return reader.bufferBytes;
}

Deno.test("PduReader: gives data sets and commands, however a P-DATA-TF is filled", () => {
  const [request, ...others] = readPdus(STREAM);
  assertEquals(request?.type, "A-ASSOCIATE-RQ");
  assertEquals(others.slice(0, 4), [
    piece(1, true, 1, 2, 3, 4),
    piece(1, false, 5, 6, 7, 8, 9),
    piece(3, true, 10),
    piece(3, false, 11),
  ]);
  assertEquals(others.slice(5), [
    { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 },
    { type: "A-RELEASE-RQ" },
    { type: "A-RELEASE-RP" },
    { type: "A-ABORT", source: 0, reason: 0 },
  ]);
});

Deno.test("PduReader: gives the same at every split point, and byte by byte", () => {
  const whole = readPdus(STREAM);
  for (let at = 1; at < STREAM.length; at++) {
    assertEquals(readPdus(STREAM, [at, STREAM.length]), whole);
  }
  assertEquals(readPdus(STREAM, [1]), whole);
});

Deno.test("PduReader.isInsidePdu: is true exactly between the first and the last byte of one", () => {
  const pdus = [RELEASE_RQ, pData(pdv(1, PDV.data, Uint8Array.of(1, 2)), pdv(1, PDV.lastOfData))];
  const reader = new PduReader();
  for (const bytes of pdus) {
    for (let at = 0; at < bytes.length; at++) {
      assertEquals(reader.isInsidePdu, at > 0);
      for (const _ of feed(reader, bytes.subarray(at, at + 1)));
    }
  }
  assertEquals(reader.isInsidePdu, false);
});

Deno.test("PduReader: passes over what it does not know, and reserved bytes", () => {
  const known = readPdus(associateRQ());
  const unknown = [item(0x77, "what"), item(0, "")];
  const request = associateRQ({
    items: [...unknown, ...CONTEXTS, userInformation(16384, ...unknown), ...unknown, EMPTY],
  });
  assertEquals(readPdus(request), known);
  const noisy = associateRQ();
  noisy[1] = 0xff;
  noisy.fill(0xff, 8, 10);
  assertEquals(readPdus(noisy), known);
});

Deno.test("PduReader: takes zeros after the last item for padding, and nothing else", () => {
  for (const zeros of [1, 3, 4, 7]) {
    const padded = associateRQ({ items: [...CONTEXTS, userInformation(), new Uint8Array(zeros)] });
    assertEquals(readPdus(padded), readPdus(associateRQ()));
  }
  assertEquals(reasonOf(associateRQ({ items: [...CONTEXTS, Uint8Array.of(0x20, 0, 0)] })), 6);
});

Deno.test("PduReader: strips AE titles and UIDs of spaces and NULs", () => {
  const [request] = readPdus(associateRQ({
    called: " YOU",
    calling: "ME",
    padding: "\0",
    items: [context(2, "1.2.3\0", "1.2 ", " 1.4\0 "), context(2, "", "")],
  }));
  if (request?.type !== "A-ASSOCIATE-RQ") throw new Error("Not a request");
  assertEquals([request.calledAETitle, request.callingAETitle], ["YOU", "ME"]);
  assertEquals(request.contexts, [
    { id: 2, abstractSyntax: "1.2.3", transferSyntaxes: ["1.2", "1.4"] },
    { id: 2, abstractSyntax: "", transferSyntaxes: [""] },
  ]);
});

Deno.test("PduReader: refuses UIDs that are longer than any, and cuts names that nobody reads", () => {
  const versionName = (name: string) => {
    const [request] = readPdus(associateRQ({ items: [item(0x50, item(0x55, name))] }));
    return request?.type === "A-ASSOCIATE-RQ" ? request.user.ImplementationVersionName : undefined;
  };
  assertEquals(versionName("V".repeat(17)), "V".repeat(17));
  assertEquals(versionName("V".repeat(60_000)), "V".repeat(64));
  const uid = "1".repeat(64);
  const spaces = " ".repeat(60_000);
  const [accepted] = readPdus(associateRQ({ applicationContext: `${uid}${spaces}` }));
  assertEquals(accepted?.type === "A-ASSOCIATE-RQ" && accepted.applicationContext, uid);
  for (const long of [`${uid}1`, `1${spaces}1`]) {
    assertEquals(reasonOf(associateRQ({ applicationContext: long })), 6);
    assertEquals(reasonOf(associateRQ({ items: [context(1, long, uid)] })), 6);
    assertEquals(reasonOf(associateRQ({ items: [context(1, uid, long)] })), 6);
  }
});

Deno.test("PduReader: refuses another protocol at its first byte", () => {
  for (const byte of [0, 8, 0x16, 0x47, 0xff]) assertEquals(reasonOf(Uint8Array.of(byte)), 1);
});

Deno.test("PduReader: refuses lengths that cannot be, from the header on", () => {
  const header = (type: number, length: number) => pdu(type, EMPTY, length);
  assertEquals(reasonOf(header(PDU.RQ, MAX_ASSOCIATE_BYTES + 1)), 6);
  assertEquals(reasonOf(header(PDU.AC, 0xffffffff)), 6);
  assertEquals(reasonOf(header(PDU.data, 16 * MIB + 1)), 6);
  for (const type of [PDU.RJ, PDU.releaseRQ, PDU.releaseRP, PDU.abort]) {
    assertEquals([reasonOf(header(type, 3)), reasonOf(header(type, 5))], [6, 6]);
  }
});

Deno.test("PduReader: refuses a P-DATA-TF that is longer than its limit", () => {
  const limit = acceptedPDataBytes(4096);
  assertEquals(limit, 16384);
  assertEquals(acceptedPDataBytes(0), 16 * MIB);
  assertEquals(acceptedPDataBytes(5 * MIB), 16 * MIB);
  const accepted = pData(pdv(1, PDV.lastOfData, new Uint8Array(limit - 6)));
  assertEquals([...feed(new PduReader(limit), accepted)].at(-1)?.type, "P-DATA-TF");
  const refused = pdu(PDU.data, EMPTY, limit + 1);
  assertThrows(() => [...feed(new PduReader(limit), refused)], ProtocolError);
});

Deno.test("PduReader: refuses a PDV that does not fit its P-DATA-TF", () => {
  const data = Uint8Array.of(1, 2, 3);
  assertEquals(reasonOf(pData(pdv(1, PDV.data, data, 0))), 6);
  assertEquals(reasonOf(pData(pdv(1, PDV.data, data, 1))), 6);
  assertEquals(reasonOf(pData(pdv(1, PDV.data, data, 6))), 6);
  assertEquals(reasonOf(pData(pdv(1, PDV.data, data, 0xffffffff))), 6);
  assertEquals(reasonOf(pData(pdv(1, PDV.data, data, 4))), 6);
  assertEquals(reasonOf(pData(pdv(1, PDV.data), Uint8Array.of(0, 0, 0))), 6);
});

Deno.test("PduReader: refuses items and fields that are longer than what holds them", () => {
  const user = (...items: readonly Uint8Array[]) =>
    associateRQ({ items: [item(0x50, concat(items))] });
  assertEquals(reasonOf(pdu(PDU.RQ, new Uint8Array(67))), 6);
  assertEquals(reasonOf(associateRQ({ items: [item(0x20, "", 4)] })), 6);
  assertEquals(reasonOf(associateRQ({ items: [item(0x20, "")] })), 6);
  assertEquals(reasonOf(user(item(0x51, "\0\0\0"))), 6);
  assertEquals(reasonOf(user(item(0x53, "\0\0\0"))), 6);
  assertEquals(reasonOf(user(item(0x54, "\0\x051.2\x01\x01"))), 6);
  assertEquals(reasonOf(user(item(0x57, "\0\x011\0\x012\0\x02\0\x01"))), 6);
  assertEquals(reasonOf(user(item(0x58, "\x02\0\0\x03bob"))), 6);
  assertEquals(reasonOf(user(item(0x59, "\0\x02a"))), 6);
});

Deno.test("PduReader: holds little until it is sent much, and no more for a PDV of any size", () => {
  assertEquals(bufferAfter(associateRQ()), 16 * 1024);
  const reader = new PduReader(16 * MIB);
  const pdvs = pData(pdv(1, PDV.lastOfData, new Uint8Array(16 * MIB - 6)));
  let received = 0;
  for (const piece of feed(reader, pdvs)) {
    if (piece.type === "P-DATA-TF") received += piece.data.length;
  }
  assertEquals(received, 16 * MIB - 6);
  assertEquals(bufferAfter(RELEASE_RQ, reader), 256 * 1024);
});

Deno.test("PduReader: grows for a large A-ASSOCIATE-RQ as it arrives, and gives the memory back", () => {
  const items = Array.from({ length: 15 }, () => item(0x77, new Uint8Array(65_000)));
  const request = associateRQ({ items });
  const reader = new PduReader();
  assertEquals(bufferAfter(request.subarray(0, 100), reader), 16 * 1024);
  for (const _ of feed(reader, request.subarray(100)));
  assertLessOrEqual(reader.bufferBytes, 2 * MIB);
  assertEquals(bufferAfter(RELEASE_RQ, reader), 256 * 1024);
});

Deno.test("PduReader: takes any number of empty P-DATA-TF", () => {
  const stream = new Uint8Array(6 * 40_000);
  for (let at = 0; at < stream.length; at += 6) stream[at] = PDU.data;
  assertEquals(readPdus(stream), []);
});

Deno.test("PduReader: throws nothing but ProtocolError, and holds little, whatever comes", () => {
  const mutated = fc.array(fc.tuple(fc.nat(STREAM.length - 1), fc.nat(255)), { maxLength: 4 })
    .map((changes) => {
      const bytes = STREAM.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const noise = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ maxLength: 300 }))
    .map(([type, body]) => pdu(type, body));
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.oneof(mutated, noise), sizes, (stream, sizes) => {
      const reader = new PduReader();
      try {
        for (const _ of feed(reader, stream, sizes));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      assertEquals(reader.bufferBytes, 16 * 1024);
    }),
    { seed: 20261120, numRuns: 3000 },
  );
});

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../../lib/errors.ts";
import * as encode from "../../../lib/pdu/encode.ts";
import { PDataPacker } from "../../../lib/pdu/p_data.ts";
import type { AssociateAC, AssociateRQ, DataPiece, Pdu } from "../../../lib/pdu/pdu.ts";
import { PduReader } from "../../../lib/pdu/reader.ts";

const MAX = 1 << 20;

/** Feeds bytes in pieces of these sizes, over and over, and returns what was read, each piece's data copied. */
function read(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): Pdu[] {
  const reader = new PduReader(MAX);
  const pdus: Pdu[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + Math.max(1, sizes[turn % sizes.length]!));
    const space = reader.space();
    const fitting = Math.min(space.length, piece.length);
    space.set(piece.subarray(0, fitting));
    reader.filled(fitting);
    at += fitting;
    for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) {
      pdus.push(pdu.type === "P-DATA-TF" ? { ...pdu, data: pdu.data.slice() } : pdu);
    }
  }
  return pdus;
}

/** One array of several. */
function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Joins the pieces of each message, however it was cut. */
function coalesced(pdus: readonly Pdu[]): Pdu[] {
  const joined: Pdu[] = [];
  for (const pdu of pdus) {
    const last = joined.at(-1);
    if (
      pdu.type === "P-DATA-TF" && last?.type === "P-DATA-TF" && !last.isLast &&
      last.contextId === pdu.contextId && last.isCommand === pdu.isCommand
    ) {
      joined[joined.length - 1] = { ...pdu, data: concat([last.data, pdu.data]) };
    } else joined.push(pdu);
  }
  return joined;
}

const uid = fc.stringMatching(/^[1-9](\.[1-9]){0,8}$/);
const bytes = fc.uint8Array({ maxLength: 40 });
const aeTitle = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,14}$/);
const user = fc.record({
  maximumLength: fc.option(fc.nat(), { nil: undefined }),
  ImplementationClassUID: fc.option(uid, { nil: undefined }),
  ImplementationVersionName: fc.option(aeTitle, { nil: undefined }),
  asynchronousOperations: fc.option(
    fc.record({ invoked: fc.nat(65535), performed: fc.nat(65535) }),
    { nil: undefined },
  ),
  roles: fc.array(fc.record({ SOPClassUID: uid, scu: fc.boolean(), scp: fc.boolean() })),
  extended: fc.array(fc.record({ SOPClassUID: uid, information: bytes })),
  commonExtended: fc.array(fc.record({
    SOPClassUID: uid,
    serviceClassUID: uid,
    relatedSOPClassUIDs: fc.array(uid, { maxLength: 3 }),
  })),
  userIdentity: fc.option(
    fc.record({
      type: fc.nat(255),
      positiveResponseRequested: fc.boolean(),
      primary: bytes,
      secondary: bytes,
    }),
    { nil: undefined },
  ),
  userIdentityResponse: fc.option(bytes, { nil: undefined }),
});
const titleBytes = (called: string, calling: string) =>
  new TextEncoder().encode(called.padEnd(16) + calling.padEnd(16) + "\0".repeat(32));

const request: fc.Arbitrary<AssociateRQ> = fc.record({
  calledAETitle: aeTitle,
  callingAETitle: aeTitle,
  applicationContext: uid,
  contexts: fc.array(
    fc.record({ id: fc.nat(255), abstractSyntax: uid, transferSyntaxes: fc.array(uid) }),
  ),
  user,
}).map((fields) => ({
  type: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  titleBytes: titleBytes(fields.calledAETitle, fields.callingAETitle),
  ...fields,
}));

const answer: fc.Arbitrary<AssociateAC> = fc.record({
  titleBytes: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  applicationContext: uid,
  contexts: fc.array(fc.record({ id: fc.nat(255), result: fc.nat(4), transferSyntax: uid })),
  user,
}).map((fields) => ({ type: "A-ASSOCIATE-AC", protocolVersion: 1, ...fields }));

Deno.test("PduReader: reads what the encoders write, at any split", () => {
  fc.assert(
    fc.property(
      request,
      answer,
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (request, answer, sizes) => {
        const stream = Uint8Array.from([
          ...encode.encodeAssociateRQ(request),
          ...encode.encodeAssociateAC(answer),
          ...encode.encodeAssociateRJ({ result: 1, source: 2, reason: 3 }),
          ...encode.encodeReleaseRQ(),
          ...encode.encodeReleaseRP(),
          ...encode.encodeAbort(2, 6),
        ]);
        assertEquals(read(stream, sizes), [
          request,
          answer,
          { type: "A-ASSOCIATE-RJ", result: 1, source: 2, reason: 3 },
          { type: "A-RELEASE-RQ" },
          { type: "A-RELEASE-RP" },
          { type: "A-ABORT", source: 2, reason: 6 },
        ]);
      },
    ),
    { seed: 7, numRuns: 150 },
  );
});

/** A P-DATA-TF of these PDVs. */
function pData(...pdvs: readonly { id: number; control: number; data: readonly number[] }[]) {
  const values = pdvs.flatMap(({ id, control, data }) => {
    const length = data.length + 2;
    return [0, 0, length >> 8, length & 255, id, control, ...data];
  });
  return Uint8Array.from([4, 0, 0, 0, values.length >> 8, values.length & 255, ...values]);
}

Deno.test("PduReader: gives the same messages at every split point", () => {
  const stream = Uint8Array.from([
    ...pData({ id: 1, control: 1, data: [1, 2, 3] }, { id: 1, control: 3, data: [4] }),
    ...pData(),
    ...pData({ id: 1, control: 0, data: [5, 6, 7, 8, 9] }, { id: 1, control: 2, data: [] }),
    ...encode.encodeReleaseRQ(),
  ]);
  const whole = coalesced(read(stream));
  const piece = (isCommand: boolean, data: number[]): DataPiece => ({
    type: "P-DATA-TF",
    contextId: 1,
    isCommand,
    isLast: true,
    data: Uint8Array.from(data),
  });
  assertEquals(whole, [
    piece(true, [1, 2, 3, 4]),
    piece(false, [5, 6, 7, 8, 9]),
    { type: "A-RELEASE-RQ" },
  ]);
  for (let split = 1; split < stream.length; split++) {
    assertEquals(coalesced(read(stream, [split, stream.length])), whole);
  }
  assertEquals(coalesced(read(stream, [1])), whole);
});

Deno.test("PduReader: takes any number of empty P-DATA-TF", () => {
  const stream = new Uint8Array(6 * 40_000);
  for (let at = 0; at < stream.length; at += 6) stream[at] = 4;
  assertEquals(read(stream), []);
});

Deno.test("PduReader: throws nothing but ProtocolError, and holds little, whatever comes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(8), (noise, type) => {
      const reader = new PduReader(MAX);
      const stream = Uint8Array.of(type, 0, 0, 0, ...noise);
      try {
        reader.space().set(stream);
        reader.filled(stream.length);
        while (reader.next() !== undefined);
        reader.space();
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      return reader.bufferBytes <= 256 * 1024;
    }),
    { seed: 11, numRuns: 5000 },
  );
});

const reasonOf = (...bytes: readonly number[]) =>
  assertThrows(() => read(Uint8Array.from(bytes)), ProtocolError).reason;

Deno.test("PduReader: refuses another protocol at its first byte", () => {
  assertEquals(reasonOf(..."G".split("").map((character) => character.charCodeAt(0))), 1);
  assertEquals(reasonOf(0x16), 1);
  assertEquals(reasonOf(0), 1);
});

Deno.test("PduReader: refuses lengths that cannot be before the bytes arrive", () => {
  assertEquals(reasonOf(4, 0, 255, 255, 255, 255), 6);
  assertEquals(reasonOf(1, 0, 255, 255, 255, 255), 6);
  assertEquals(reasonOf(5, 0, 0, 0, 0, 5), 6);
  assertEquals(reasonOf(...pData({ id: 1, control: 0, data: [] }).with(9, 1)), 6);
  assertEquals(reasonOf(...pData({ id: 1, control: 0, data: [1, 2] }).with(8, 40)), 6);
  assertEquals(reasonOf(4, 0, 0, 0, 0, 3, 0, 0, 0), 6);
});

Deno.test("PduReader: gives a PDV of any size in pieces, in memory of its own size only", () => {
  const reader = new PduReader((16 << 20) + 6);
  reader.space().set(Uint8Array.of(4, 0, 1, 0, 0, 6, 1, 0, 0, 2, 3, 2));
  reader.filled(12);
  assertEquals(reader.next(), undefined);
  let received = 0;
  let isLast = false;
  while (!isLast) {
    reader.filled(Math.min(reader.space().length, (16 << 20) - received));
    for (let pdu = reader.next(); pdu?.type === "P-DATA-TF"; pdu = reader.next()) {
      received += pdu.data.length;
      isLast = pdu.isLast;
    }
  }
  assertEquals(received, 16 << 20);
  assertEquals(reader.bufferBytes, 256 * 1024);
  assertEquals(reader.isInsidePdu, false);
});

Deno.test("PDataPacker: packs messages that the reader gives back, within the peer's maximum", () => {
  const maximum = fc.oneof(fc.constant(0), fc.integer({ min: 128, max: 70_000 }));
  const fragments = fc.array(fc.nat(90_000), { maxLength: 6 });
  fc.assert(
    fc.property(maximum, fc.nat(400), fragments, (maximum, commandBytes, sizes) => {
      const packer = new PDataPacker(maximum);
      const sent: Uint8Array[] = [];
      const send = () => sent.push(packer.take().slice());
      const pack = (isCommand: boolean, pieces: readonly Uint8Array[]) => {
        packer.begin(3, isCommand);
        for (const piece of pieces) {
          for (let at = packer.push(piece, 0); at < piece.length; at += packer.push(piece, at)) {
            send();
          }
        }
        if (!packer.end()) {
          send();
          packer.end();
        }
      };
      const command = new Uint8Array(commandBytes).fill(7);
      const pieces = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
      pack(true, [command]);
      pack(false, pieces);
      send();
      const data = concat(pieces);
      const stream = concat(sent);
      for (let at = 0; at < stream.length;) {
        const length = new DataView(stream.buffer).getUint32(at + 2);
        assertEquals(maximum === 0 || length <= maximum, true);
        at += 6 + length;
      }
      assertEquals(coalesced(read(stream)).map((pdu) => (pdu as DataPiece).data), [command, data]);
    }),
    { seed: 3, numRuns: 60 },
  );
});

Deno.test("PDataPacker: refuses a peer that takes next to nothing", () => {
  assertThrows(() => new PDataPacker(7), ProtocolError);
});

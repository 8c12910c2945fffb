/**
 * What is written: byte for byte where no program of ours to compare with writes it, and read again.
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LimitError } from "../../../lib/errors.ts";
import { encodeAssociateRQ } from "../../../lib/pdu/encode.ts";
import type { AssociateAC, AssociateRQ, UserInformation } from "../../../lib/pdu/pdu.ts";
import { NO_USER_INFORMATION } from "../../../lib/pdu/user_information_decode.ts";
import { concat } from "../../support/part10_builder.ts";
import { readPdus, writePdu } from "../../support/pdu_stream.ts";

const uid = fc.stringMatching(/^[0-9]{1,8}(\.[0-9]{1,8}){0,6}$/);
const title = fc.stringMatching(/^[!-~]([ -~]{0,14}[!-~])?$/);
const bytes = fc.uint8Array({ maxLength: 40 });
const byte = fc.nat(0xff);

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

const user: fc.Arbitrary<UserInformation> = fc.record({
  maximumLength: maybe(fc.nat(0xffffffff)),
  ImplementationClassUID: maybe(uid),
  ImplementationVersionName: maybe(title),
  asynchronousOperations: maybe(
    fc.record({ invoked: fc.nat(0xffff), performed: fc.nat(0xffff) }),
  ),
  roles: fc.array(fc.record({ SOPClassUID: uid, scu: fc.boolean(), scp: fc.boolean() })),
  extended: fc.array(fc.record({ SOPClassUID: uid, information: bytes })),
  commonExtended: fc.array(
    fc.record({ SOPClassUID: uid, serviceClassUID: uid, relatedSOPClassUIDs: fc.array(uid) }),
  ),
  userIdentity: maybe(
    fc.record({
      type: byte,
      positiveResponseRequested: fc.boolean(),
      primary: bytes,
      secondary: bytes,
    }),
  ),
  userIdentityResponse: maybe(bytes),
});

const request: fc.Arbitrary<AssociateRQ> = fc.record({
  type: fc.constant("A-ASSOCIATE-RQ" as const),
  protocolVersion: fc.nat(0xffff),
  calledAETitle: title,
  callingAETitle: title,
  applicationContext: uid,
  contexts: fc.array(
    fc.record({ id: byte, abstractSyntax: uid, transferSyntaxes: fc.array(uid) }),
  ),
  user,
}).map((fields) => ({ ...fields, titleBytes: titleBytes(fields) }));

const answer: fc.Arbitrary<AssociateAC> = fc.record({
  type: fc.constant("A-ASSOCIATE-AC" as const),
  protocolVersion: fc.nat(0xffff),
  titleBytes: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  applicationContext: uid,
  contexts: fc.array(fc.record({ id: byte, result: byte, transferSyntax: uid })),
  user,
});

function titleBytes(titles: { calledAETitle: string; callingAETitle: string }): Uint8Array {
  const padded = titles.calledAETitle.padEnd(16) + titles.callingAETitle.padEnd(16);
  return new TextEncoder().encode(padded + "\0".repeat(32));
}

const REQUEST: AssociateRQ = {
  type: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAETitle: "YOU",
  callingAETitle: "ME",
  titleBytes: new Uint8Array(),
  applicationContext: "1",
  contexts: [],
  user: NO_USER_INFORMATION,
};

/** User Information as it is written, without the header of its item. */
function written(user: Partial<UserInformation>): string {
  const request = encodeAssociateRQ({ ...REQUEST, user: { ...NO_USER_INFORMATION, ...user } });
  const before = encodeAssociateRQ(REQUEST).length;
  return request.subarray(before).toHex();
}

Deno.test("encoders: what they write is read again, in any pieces", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(request, answer, sizes, (request, answer, sizes) => {
      const pdus = [
        request,
        answer,
        { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 } as const,
        { type: "A-RELEASE-RQ" } as const,
        { type: "A-RELEASE-RP" } as const,
        { type: "A-ABORT", source: 2, reason: 6 } as const,
      ];
      const stream = concat(pdus.map((pdu) => writePdu(pdu, 0)));
      assertEquals(readPdus(stream, sizes), pdus);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

Deno.test("encodeAssociateRQ: writes the asynchronous operations window (PS3.7 Table D.3-7)", () => {
  assertEquals(
    written({ asynchronousOperations: { invoked: 0, performed: 258 } }),
    "53000004" + "0000" + "0102",
  );
});

Deno.test("encodeAssociateRQ: writes common extended negotiation (PS3.7 Table D.3-12)", () => {
  const commonExtended = [
    { SOPClassUID: "1.2", serviceClassUID: "1", relatedSOPClassUIDs: ["3.4", "5"] },
    { SOPClassUID: "1.3", serviceClassUID: "1", relatedSOPClassUIDs: [] },
  ];
  assertEquals(
    written({ commonExtended }),
    "57000012" + "0003312e32" + "000131" + "0008" + "0003332e34" + "000135" +
      "5700000a" + "0003312e33" + "000131" + "0000",
  );
});

Deno.test("encodeAssociateRQ: writes an empty response to a user identity (PS3.7 Table D.3-15)", () => {
  assertEquals(written({ userIdentityResponse: new Uint8Array() }), "590000020000");
});

Deno.test("encodeAssociateRQ: throws where an AE title or an item is too long", () => {
  const unsent = (changes: Partial<AssociateRQ>) =>
    assertThrows(() => encodeAssociateRQ({ ...REQUEST, ...changes }), LimitError);
  unsent({ calledAETitle: "SEVENTEEN_LETTERS" });
  const identity = { type: 5, positiveResponseRequested: false, secondary: new Uint8Array() };
  for (const length of [0x10000, 0xffff]) {
    const userIdentity = { ...identity, primary: new Uint8Array(length) };
    unsent({ user: { ...NO_USER_INFORMATION, userIdentity } });
  }
});

/**
 * What DCMTK's programs say to each other: read, and written again.
 * @module
 */
import { assertEquals } from "@std/assert";
import type { AssociateAC, AssociateRQ, Pdu } from "../../../lib/pdu/pdu.ts";
import { concat } from "../../support/part10_builder.ts";
import { readPdus, withoutNoise, writePdu } from "../../support/pdu_stream.ts";
import * as recorded from "../../vectors/pdu/dcmtk.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DCMTK = {
  maximumLength: 16384,
  ImplementationClassUID: "1.2.276.0.7230010.3.0.3.6.7",
  ImplementationVersionName: "OFFIS_DCMTK_367",
  asynchronousOperations: undefined,
  roles: [],
  extended: [],
  commonExtended: [],
  userIdentity: undefined,
  userIdentityResponse: undefined,
};

function bytesOf(lines: string): Uint8Array {
  return Uint8Array.fromHex(lines.replaceAll("\n", ""));
}

function read(pdus: readonly string[]): Pdu[] {
  return readPdus(concat(pdus.map(bytesOf)));
}

function requestOf({ requestor }: recorded.RecordedPdus): AssociateRQ {
  const [request] = read(requestor);
  if (request?.type !== "A-ASSOCIATE-RQ") throw new Error(`Not a request: ${request?.type}`);
  return request;
}

function answerOf({ acceptor }: recorded.RecordedPdus): AssociateAC {
  const [answer] = read(acceptor);
  if (answer?.type !== "A-ASSOCIATE-AC") throw new Error(`Not an answer: ${answer?.type}`);
  return answer;
}

for (const [name, { requestor, acceptor }] of Object.entries(recorded)) {
  Deno.test(`encoders: give back DCMTK's bytes: ${name}`, () => {
    for (const side of [requestor, acceptor]) {
      const bytes = side.map((pdu) => withoutNoise(bytesOf(pdu)));
      assertEquals(read(side).map((pdu) => writePdu(pdu, DCMTK.maximumLength)), bytes);
    }
  });
}

Deno.test("PduReader: reads an association for C-ECHO", () => {
  const { titleBytes, ...request } = requestOf(recorded.echo);
  assertEquals(request, {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAETitle: "YOU",
    callingAETitle: "ME",
    applicationContext: "1.2.840.10008.3.1.1.1",
    contexts: [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: [IMPLICIT] }],
    user: DCMTK,
  });
  assertEquals(answerOf(recorded.echo), {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    titleBytes,
    applicationContext: "1.2.840.10008.3.1.1.1",
    contexts: [{ id: 1, result: 0, transferSyntax: IMPLICIT }],
    user: DCMTK,
  });
  const command = { type: "P-DATA-TF", contextId: 1, isCommand: true, isLast: true } as const;
  const [, echo] = recorded.echo.requestor.map(bytesOf);
  assertEquals(read(recorded.echo.requestor).slice(1), [
    { ...command, data: echo!.subarray(12) },
    { type: "A-RELEASE-RQ" },
  ]);
  assertEquals(read(recorded.echo.acceptor).at(-1), { type: "A-RELEASE-RP" });
});

Deno.test("PduReader: reads many transfer syntaxes, in their order", () => {
  const [context] = requestOf(recorded.manySyntaxes).contexts;
  assertEquals(context?.transferSyntaxes.length, 38);
  assertEquals(context?.transferSyntaxes.slice(0, 3), [IMPLICIT, EXPLICIT, BIG_ENDIAN]);
  assertEquals(context?.transferSyntaxes.at(-1), "1.2.840.10008.1.2.4.108");
});

Deno.test("PduReader: reads the end of an association that is aborted or refused", () => {
  assertEquals(read(recorded.abort.requestor).at(-1), { type: "A-ABORT", source: 0, reason: 0 });
  assertEquals(read(recorded.refusal.acceptor), [
    { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 1 },
  ]);
});

Deno.test("PduReader: reads a command and its data set", () => {
  const pieces = read(recorded.store.requestor).filter(({ type }) => type === "P-DATA-TF");
  assertEquals(
    pieces.map((piece) => piece.type === "P-DATA-TF" && [piece.isCommand, piece.data.length]),
    [[true, 120], [false, 494]],
  );
});

Deno.test("PduReader: reads user identities", () => {
  const text = new TextEncoder();
  const identity = { positiveResponseRequested: true, secondary: new Uint8Array() };
  assertEquals(requestOf(recorded.passcode).user, {
    ...DCMTK,
    userIdentity: {
      ...identity,
      type: 2,
      primary: text.encode("bob"),
      secondary: text.encode("odd"),
    },
  });
  assertEquals(requestOf(recorded.jwt).user, {
    ...DCMTK,
    userIdentity: { ...identity, type: 5, primary: text.encode("e30.e30.c2lnbmVk") },
  });
});

Deno.test("PduReader: reads roles and extended negotiation", () => {
  const extended = [
    { SOPClassUID: CT, information: Uint8Array.of(2, 0, 3, 0, 1, 0) },
    { SOPClassUID: SECONDARY_CAPTURE, information: Uint8Array.of(1) },
  ];
  const secondaryCapture = { SOPClassUID: SECONDARY_CAPTURE, scu: false, scp: true };
  assertEquals(requestOf(recorded.profile).user, {
    ...DCMTK,
    roles: [{ SOPClassUID: CT, scu: true, scp: true }, secondaryCapture],
    extended,
  });
  assertEquals(answerOf(recorded.profile).user, {
    ...DCMTK,
    roles: [{ SOPClassUID: CT, scu: true, scp: true }, secondaryCapture],
    extended,
  });
});

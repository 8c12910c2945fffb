import { assertEquals, assertThrows } from "@std/assert";
import { MessageAssembler } from "../../../bridge/net/message_assembler.ts";
import { encodeCommand, MAX_COMMAND_BYTES } from "../../../lib/dimse/command_codec.ts";
import { cEchoRQ, cFindRQ } from "../../../lib/dimse/requests.ts";
import { ProtocolError } from "../../../lib/errors.ts";
import type { DataPiece } from "../../../lib/pdu/pdu.ts";

const ECHO = encodeCommand(cEchoRQ({ MessageID: 7 }));
const FIND = encodeCommand(cFindRQ({ MessageID: 8, AffectedSOPClassUID: "1.2.3" }));

function piece(isCommand: boolean, data: Uint8Array, isLast = true, contextId = 1): DataPiece {
  return { type: "P-DATA-TF", contextId, isCommand, isLast, data };
}

Deno.test("MessageAssembler: puts a command together from pieces of any size", () => {
  for (let at = 0; at <= ECHO.length; at++) {
    const assembler = new MessageAssembler();
    assertEquals(assembler.command(piece(true, ECHO.subarray(0, at), false)), undefined);
    assertEquals(assembler.isBetweenMessages, false);
    assertEquals(assembler.command(piece(true, ECHO.subarray(at)))?.MessageID, 7);
    assertEquals(assembler.isBetweenMessages, true);
  }
});

Deno.test("MessageAssembler: keeps nothing of a command that it was given whole", () => {
  const assembler = new MessageAssembler();
  for (let round = 0; round < 3; round++) {
    assertEquals(assembler.command(piece(true, ECHO))?.MessageID, 7);
    assertEquals(assembler.command(piece(true, ECHO.subarray(0, 9), false)), undefined);
    assertEquals(assembler.command(piece(true, ECHO.subarray(9)))?.MessageID, 7);
  }
});

Deno.test("MessageAssembler: a message with a data set ends with it", () => {
  const assembler = new MessageAssembler();
  assembler.command(piece(true, FIND));
  assembler.dataSet(piece(false, ECHO, false));
  assertEquals(assembler.isBetweenMessages, false);
  assembler.dataSet(piece(false, new Uint8Array(0)));
  assertEquals(assembler.isBetweenMessages, true);
});

/** What no peer may send, by the pieces before it. */
const BROKEN: readonly [string, readonly DataPiece[]][] = [
  ["data without a command", [piece(false, ECHO)]],
  ["data after a message without a data set", [piece(true, ECHO), piece(false, ECHO)]],
  ["data after the end of a data set", [piece(true, FIND), piece(false, ECHO), piece(false, ECHO)]],
  ["data inside a command", [piece(true, FIND.subarray(0, 9), false), piece(false, ECHO)]],
  ["data on another context", [piece(true, FIND), piece(false, ECHO, true, 3)]],
  ["a command inside a data set", [
    piece(true, FIND),
    piece(false, ECHO, false),
    piece(true, ECHO),
  ]],
  ["a command before its data set", [piece(true, FIND), piece(true, ECHO)]],
  ["commands that interleave", [
    piece(true, FIND.subarray(0, 9), false),
    piece(true, FIND.subarray(9), true, 3),
  ]],
  ["a command without end", [
    piece(true, new Uint8Array(MAX_COMMAND_BYTES), false),
    piece(true, new Uint8Array(1), false),
  ]],
  ["a command that is none", [piece(true, Uint8Array.of(1, 2, 3))]],
];

for (const [name, pieces] of BROKEN) {
  Deno.test(`MessageAssembler: refuses ${name}`, () => {
    const assembler = new MessageAssembler();
    const take = (each: DataPiece) =>
      each.isCommand ? assembler.command(each) : assembler.dataSet(each);
    for (const each of pieces.slice(0, -1)) take(each);
    assertThrows(() => take(pieces.at(-1)!), ProtocolError);
  });
}

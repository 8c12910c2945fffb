/**
 * Command sets to bytes and back, and what peers make of the rules.
 * @module
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { COMMAND, type Command, NO_DATA_SET } from "../../../lib/dimse/command.ts";
import {
  decodeCommand,
  encodeCommand,
  MAX_COMMAND_BYTES,
} from "../../../lib/dimse/command_codec.ts";
import { COMMAND_ELEMENTS } from "../../../lib/dimse/command_fields.ts";
import { ProtocolError } from "../../../lib/errors.ts";

const ECHO: Command = {
  CommandField: COMMAND["C-ECHO-RQ"],
  CommandDataSetType: NO_DATA_SET,
  MessageID: 7,
  AffectedSOPClassUID: "1.2.840.10008.1.1",
};

/** Implicit VR Little Endian elements, each a tag and its value. */
function elements(...list: readonly (readonly [number, readonly number[]])[]): Uint8Array {
  return Uint8Array.from(list.flatMap(([tag, value]) => [
    ...u32(((tag & 0xffff) << 16 | tag >>> 16) >>> 0),
    ...u32(value.length),
    ...value,
  ]));
}
const u32 = (value: number) => [0, 8, 16, 24].map((shift) => value >>> shift & 0xff);
const ascii = (text: string) => [...new TextEncoder().encode(text)];

const COMMAND_FIELD = [0x0100, [0x30, 0x00]] as const;
const MESSAGE_ID = [0x0110, [7, 0]] as const;
const DATA_SET_TYPE = [0x0800, [0x01, 0x01]] as const;

Deno.test("encodeCommand: writes the group's length, then elements by tag with even lengths", () => {
  assertEquals(
    encodeCommand(ECHO),
    elements(
      [0x0000, u32(56)],
      [0x0002, ascii("1.2.840.10008.1.1\0")],
      COMMAND_FIELD,
      [0x0110, [7, 0]],
      DATA_SET_TYPE,
    ),
  );
});

Deno.test("encodeCommand: pads titles and comments with a space, cuts long comments, writes ASCII", () => {
  const { ErrorComment } = decodeCommand(
    encodeCommand({ ...ECHO, ErrorComment: "é\n".repeat(40) }),
  );
  assertEquals(ErrorComment, "?".repeat(64));
  const bytes = encodeCommand({ ...ECHO, MoveDestination: "ABC" });
  assertStringIncludes(new TextDecoder("latin1").decode(bytes), "\x04\0\0\0ABC ");
  assertEquals(decodeCommand(bytes).MoveDestination, "ABC");
});

Deno.test("decodeCommand: takes what careless peers send", async (t) => {
  const cases: Readonly<Record<string, Uint8Array>> = {
    "no group length": elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE),
    "a wrong group length": elements(
      [0x0000, u32(4_000_000_000)],
      COMMAND_FIELD,
      MESSAGE_ID,
      DATA_SET_TYPE,
    ),
    "a group length of no bytes": elements([0x0000, []], COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE),
    "elements out of order": elements(DATA_SET_TYPE, MESSAGE_ID, COMMAND_FIELD),
    "an element of a data set": elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE, [
      0x00080058,
      [0x31, 0],
    ]),
    "retired and unknown elements": elements(
      [0x0001, u32(99)],
      COMMAND_FIELD,
      [0x0200, ascii("OLD ")],
      MESSAGE_ID,
      [0x0777, [1, 2, 3]],
      DATA_SET_TYPE,
      [0x5010, [1]],
    ),
    "numbers of four bytes": elements(
      [0x0100, [0x30, 0, 0, 0]],
      MESSAGE_ID,
      [0x0800, [0x01, 0x01, 0, 0]],
    ),
    "empty elements": elements([0x0002, []], COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE, [
      0x0901,
      [],
    ]),
    "zeros after the end": Uint8Array.of(
      ...elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE),
      0,
      0,
      0,
    ),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    await t.step(what, () => {
      assertEquals(decodeCommand(bytes), {
        CommandField: COMMAND["C-ECHO-RQ"],
        CommandDataSetType: NO_DATA_SET,
        MessageID: 7,
      });
    });
  }
});

Deno.test("decodeCommand: strips NULs and spaces, of odd lengths too", () => {
  const decoded = decodeCommand(elements(
    [0x0002, ascii("1.2.3 ")],
    COMMAND_FIELD,
    MESSAGE_ID,
    [0x0600, ascii("  DEST\0\0 ")],
    DATA_SET_TYPE,
    [0x0902, ascii(" why\0")],
    [0x1000, ascii("1.2.03")],
    [0x1001, ascii("1.2\0\0")],
    [0x1030, ascii("   ")],
  ));
  assertEquals(decoded, {
    CommandField: COMMAND["C-ECHO-RQ"],
    CommandDataSetType: NO_DATA_SET,
    MessageID: 7,
    AffectedSOPClassUID: "1.2.3",
    MoveDestination: "DEST",
    ErrorComment: " why",
    AffectedSOPInstanceUID: "1.2.03",
    RequestedSOPInstanceUID: "1.2",
  });
});

Deno.test("decodeCommand: throws ProtocolError when the bytes are no command set", async (t) => {
  const cases: Readonly<Record<string, Uint8Array>> = {
    "nothing": new Uint8Array(),
    "no Command Field": elements(MESSAGE_ID, DATA_SET_TYPE),
    "no Command Data Set Type": elements(COMMAND_FIELD, MESSAGE_ID),
    "a request without a Message ID": elements(COMMAND_FIELD, DATA_SET_TYPE),
    "a response to no Message ID": elements([0x0100, [0x30, 0x80]], MESSAGE_ID, DATA_SET_TYPE, [
      0x0900,
      [0, 0],
    ]),
    "a response without a status": elements(
      [0x0100, [0x30, 0x80]],
      [0x0120, [7, 0]],
      DATA_SET_TYPE,
    ),
    "a cancel of no Message ID": elements([0x0100, [0xff, 0x0f]], MESSAGE_ID, DATA_SET_TYPE),
    "an element beyond the end": elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE).subarray(0, -1),
    "a header cut short": Uint8Array.of(
      ...elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE),
      1,
      2,
      3,
    ),
    "a length of FFFFFFFF": Uint8Array.of(
      ...elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE),
      ...[0, 0, 2, 0, 0xff, 0xff, 0xff, 0xff],
    ),
    "a number of one byte": elements([0x0100, [0x30]], MESSAGE_ID, DATA_SET_TYPE),
    "tags that are none": elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE, [0x0901, [8, 0, 5]]),
    "too many bytes": elements(COMMAND_FIELD, MESSAGE_ID, DATA_SET_TYPE, [
      0x0777,
      Array.from({ length: MAX_COMMAND_BYTES }, () => 0),
    ]),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    await t.step(what, () => {
      assertEquals(assertThrows(() => decodeCommand(bytes), ProtocolError).reason, 6);
    });
  }
});

Deno.test("decodeCommand: gives back what encodeCommand wrote, whatever the fields", () => {
  fc.assert(
    fc.property(anyCommand(), (command) => {
      assertEquals(decodeCommand(encodeCommand(command)), command);
    }),
    { seed: 1 },
  );
});

/** Fields that make any command one that can be answered, or is an answer. */
const EVERY_COMMAND = [
  "CommandField",
  "CommandDataSetType",
  "MessageID",
  "MessageIDBeingRespondedTo",
  "Status",
];

/** Any command whose fields have values; those of text are written as they are. */
function anyCommand(): fc.Arbitrary<Command> {
  const uid = fc.array(fc.nat(999), { minLength: 1, maxLength: 16 }).map((parts) =>
    parts.join(".")
  );
  const words = fc.stringMatching(/^[A-Z0-9_]([A-Z0-9_ ]{0,14}[A-Z0-9_])?$/);
  const value = {
    US: fc.nat(0xffff),
    AT: fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 5 }),
    UI: uid,
    AE: words,
    LO: words,
  };
  const fields = Object.fromEntries(
    COMMAND_ELEMENTS.map(({ name, vr }): [string, fc.Arbitrary<unknown>] => [name, value[vr]]),
  );
  return fc.record(fields, { requiredKeys: EVERY_COMMAND })
    .map((record) => record as unknown as Command);
}

Deno.test("decodeCommand: throws nothing but ProtocolError, whatever the bytes", () => {
  const valid = encodeCommand(ECHO);
  const damaged = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length)).map(
    ([at, byte, length]) => {
      const bytes = valid.slice(0, length);
      if (at < length) bytes[at] = byte;
      return bytes;
    },
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
      try {
        decodeCommand(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }),
    { seed: 2, numRuns: 2000 },
  );
});

/**
 * Command sets recorded from DCMTK: read as they are meant, written byte for byte.
 * @module
 */
import { assertEquals } from "@std/assert";
import { COMMAND } from "../../../lib/dimse/command.ts";
import { decodeCommand, encodeCommand } from "../../../lib/dimse/command_codec.ts";
import { COMPOSITE_COMMANDS } from "../../vectors/dimse/composite_commands.ts";
import { NORMALIZED_COMMANDS } from "../../vectors/dimse/normalized_commands.ts";

const VECTORS = [...COMPOSITE_COMMANDS, ...NORMALIZED_COMMANDS];
const NAMES = new Map<number, string>(
  Object.entries(COMMAND).map(([name, field]) => [field, name]),
);

Deno.test("decodeCommand and encodeCommand: agree with DCMTK", async (t) => {
  for (const [index, { command, hex }] of VECTORS.entries()) {
    await t.step(`${index}: ${NAMES.get(command.CommandField)}`, () => {
      const bytes = Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => parseInt(pair, 16));
      assertEquals(decodeCommand(bytes), command);
      assertEquals(encodeCommand(command), bytes);
    });
  }
});

Deno.test("the recorded commands: have every message of the standard", () => {
  const recorded = new Set(VECTORS.map(({ command }) => command.CommandField));
  const missing = Object.entries(COMMAND).filter(([, field]) => !recorded.has(field));
  assertEquals(missing, []);
});

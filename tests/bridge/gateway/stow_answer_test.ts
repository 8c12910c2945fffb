import { assertEquals } from "@std/assert";
import { readStowAnswer } from "../../../bridge/gateway/stow_answer.ts";

const uid = (value: string) => ({ "00081155": { vr: "UI", Value: [value] } });
const stored = (value: string, warning?: number) => ({
  ...uid(value),
  ...(warning === undefined ? {} : { "00081196": { vr: "US", Value: [warning] } }),
});
const failed = (value: string, reason?: number) => ({
  ...uid(value),
  "00081197": { vr: "US", ...(reason === undefined ? {} : { Value: [reason] }) },
});
const module = (referenced: unknown[], refused: unknown[] = []) => ({
  "00081198": { vr: "SQ", Value: refused },
  "00081199": { vr: "SQ", Value: referenced },
});
const read = (json: unknown) => readStowAnswer(JSON.stringify(json));

Deno.test("readStowAnswer: tells of each instance what became of it", () => {
  const answer = module([stored("1.2.1"), stored("1.2.2", 0xb007)], [
    failed("1.2.3", 0x0111),
    failed("1.2.4", 0xa701),
    failed("1.2.5"),
  ]);
  const expected = new Map(Object.entries({
    "1.2.1": { kind: "stored", warning: undefined },
    "1.2.2": { kind: "stored", warning: 0xb007 },
    "1.2.3": {
      kind: "refused",
      reason: 0x0111,
      explanation: "The server refused it with 0111 (duplicate SOP instance)",
    },
    "1.2.4": {
      kind: "failed",
      reason: 0xa701,
      explanation: "The server refused it with A701 " +
        "(out of resources, unable to calculate number of matches)",
    },
    "1.2.5": {
      kind: "failed",
      reason: 0x0110,
      explanation: "The server refused it with 0110 (processing failure)",
    },
  }));
  assertEquals<unknown>(read(answer), expected);
  assertEquals<unknown>(read([answer]), expected);
});

Deno.test("readStowAnswer: reasons that may pass are told from those that stay", () => {
  const kinds = (...reasons: number[]): string[] =>
    reasons.map((reason) => read(module([], [failed("1.2", reason)]))?.get("1.2")?.kind as string);
  assertEquals(new Set(kinds(0x0110, 0x0124, 0x0213, 0xa700, 0xa7ff)), new Set(["failed"]));
  assertEquals(
    new Set(kinds(0x0111, 0x0117, 0x0122, 0xa800, 0xa900, 0xc000, 0xc122, 0xc409)),
    new Set(["refused"]),
  );
});

Deno.test("readStowAnswer: what is both stored and failed is not surely stored", () => {
  const answer = read(module([stored("1.2")], [failed("1.2", 0x0110)]));
  assertEquals(answer?.get("1.2")?.kind, "failed");
});

Deno.test("readStowAnswer: names nothing where the answer does not", () => {
  for (const json of [{}, module([]), module([{}]), { "00081199": { vr: "SQ" } }]) {
    assertEquals(read(json)?.get("1.2"), undefined);
  }
});

Deno.test("readStowAnswer: is undefined for what is no module", () => {
  for (const text of ["", "no", "[", "[]", "null", "7", '"x"', '{"00081199":7}', "[".repeat(1e5)]) {
    assertEquals(readStowAnswer(text), undefined, text.slice(0, 20));
  }
});

import { assertEquals } from "@std/assert";
import {
  isUsableUID,
  isValidUID,
  TRANSFER_SYNTAXES,
  transferSyntax,
} from "../../../lib/dicom/uids.ts";

Deno.test("transferSyntax: tells how a data set is written", () => {
  const shape = (uid: string) => {
    const found = transferSyntax(uid);
    return found && [found.explicitVR, found.littleEndian, found.deflated, found.encapsulated];
  };
  assertEquals(shape("1.2.840.10008.1.2"), [false, true, false, false]);
  assertEquals(shape("1.2.840.10008.1.2.1"), [true, true, false, false]);
  assertEquals(shape("1.2.840.10008.1.2.1.99"), [true, true, true, false]);
  assertEquals(shape("1.2.840.10008.1.2.2"), [true, false, false, false]);
  assertEquals(shape("1.2.840.10008.1.2.1.98"), [true, true, false, true]);
  assertEquals(shape("1.2.840.10008.1.2.8.1"), [true, true, false, true]);
  assertEquals(shape("1.2.840.10008.1.2.4.94"), [true, true, false, false]);
  assertEquals(shape("1.2.840.10008.1.2.4.95"), [true, true, true, false]);
  assertEquals(shape("1.2.3"), undefined);
});

Deno.test("TRANSFER_SYNTAXES: have sound UIDs, each once, and a loss that fits the name", () => {
  for (const { uid, name, lossy } of TRANSFER_SYNTAXES.values()) {
    assertEquals(isValidUID(uid), true, uid);
    if (/lossless/i.test(name) && !/near-lossless/i.test(name)) {
      assertEquals(lossy, "lossless", name);
    }
    if (/MPEG|HEVC/.test(name)) assertEquals(lossy, "lossy", name);
  }
});

Deno.test("isValidUID: takes PS3.5 9.1 and nothing else", () => {
  for (const uid of ["1", "1.2.840.10008.1.2", "0.0", `1.${"2".repeat(62)}`]) {
    assertEquals(isValidUID(uid), true, uid);
  }
  for (
    const uid of [
      "",
      ".",
      "1.",
      ".1",
      "1..2",
      "1.02",
      "01",
      "1.2a",
      "1.2\0",
      " 1",
      `1.${"2".repeat(63)}`,
    ]
  ) {
    assertEquals(isValidUID(uid), false, uid);
  }
});

Deno.test("isUsableUID: takes what systems send for UIDs, and nothing that a URL could not hold", () => {
  for (const uid of ["1.2.3", "1.02", "1..2", "1.2.x", "4e5f-a", "1".repeat(128)]) {
    assertEquals(isUsableUID(uid), true, uid);
  }
  for (const uid of ["", ".1", "..", "1.2/3", "1.2*", "1 2", "1%2", "1".repeat(129)]) {
    assertEquals(isUsableUID(uid), false, uid);
  }
});

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { isValidUID } from "../../../lib/dicom/uids.ts";
import { keyedBy } from "../../support/deidentified_file.ts";

Deno.test("keyedValues: a UID becomes the same valid UID under a key, and another under another", () => {
  const uid = "1.2.826.0.1.3680043.10.1.1";
  const replaced = keyedBy("a").uid(uid);
  assertEquals(keyedBy("a").uid(uid), replaced);
  assertNotEquals(keyedBy("b").uid(uid), replaced);
  assertNotEquals(keyedBy("a").uid(`${uid}.1`), replaced);
  const uuids = Array.from({ length: 1000 }, (_, index) => keyedBy("a").uid(`1.2.${index}`));
  assert(uuids.every((each) => isValidUID(each) && each.startsWith("2.25.")));
  assertEquals(new Set(uuids).size, 1000);
  // The version and variant of a UUID made by one's own rule (RFC 9562 5.8).
  for (const each of uuids) {
    const digits = BigInt(each.slice(5)).toString(16).padStart(32, "0");
    assertEquals(digits[12], "8");
    assert("89ab".includes(digits[16] ?? ""));
  }
});

Deno.test("keyedValues: UIDs of the standard stay, what only looks like one does not", () => {
  const keyed = keyedBy("a");
  for (const uid of ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.4.1.1"]) {
    assertEquals(keyed.uid(uid), uid);
  }
  assert(keyed.uid("1.2.840.10008.DOE").startsWith("2.25."));
  assert(keyed.uid("1.2.840.100081.1").startsWith("2.25."));
});

Deno.test("keyedValues: pseudonyms and days follow from identity and use", () => {
  const keyed = keyedBy("a");
  assertEquals(keyed.pseudonym("patient", "1"), keyedBy("a").pseudonym("patient", "1"));
  assertNotEquals(keyed.pseudonym("patient", "1"), keyed.pseudonym("AE", "1"));
  assert(/^[A-Z2-9]{16}$/.test(keyed.pseudonym("patient", "1")));
  const days = Array.from({ length: 500 }, (_, index) => keyed.days(String(index), 10));
  assertEquals([...new Set(days)].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

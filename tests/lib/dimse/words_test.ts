/**
 * Statuses, SOP classes and refusals: their kinds, and their words for people.
 * @module
 */
import { assertEquals } from "@std/assert";
import { describeRefusal } from "../../../lib/dimse/refusal.ts";
import {
  isStorageClass,
  QUERY_RETRIEVE,
  queryRetrieveClass,
  sopClassName,
  VERIFICATION,
} from "../../../lib/dimse/sop_classes.ts";
import { describeStatus, STATUS, statusKind } from "../../../lib/dimse/status.ts";

Deno.test("statusKind: is that of PS3.7 C for every status", () => {
  const kinds = {
    success: [0x0000],
    pending: [0xff00, 0xff01],
    cancel: [0xfe00],
    warning: [0x0001, 0x0107, 0x0116, 0xb000, 0xb001, 0xb006, 0xb007, 0xb600, 0xbfff],
    failure: [
      0x0105,
      0x0110,
      0x0124,
      0x0211,
      0xa700,
      0xa702,
      0xa801,
      0xa900,
      0xc000,
      0xcfff,
      0x7777,
    ],
  } as const;
  for (const [kind, statuses] of Object.entries(kinds)) {
    assertEquals(statuses.map(statusKind), statuses.map(() => kind));
  }
});

Deno.test("describeStatus: has words for every status that has a name", () => {
  for (const [name, status] of Object.entries(STATUS)) {
    assertEquals(/^[0-9A-F]{4} \(.+\)$/.test(describeStatus(status)), true, name);
    assertEquals(/\(a (failure|warning)\)/.test(describeStatus(status)), false, name);
  }
});

Deno.test("describeStatus: shows the number with four digits, and what its range means", () => {
  assertEquals(describeStatus(0x0122), "0122 (SOP class not supported)");
  assertEquals(describeStatus(0xa7ff), "A7FF (out of resources)");
  assertEquals(describeStatus(0xa901), "A901 (data set or identifier does not match SOP class)");
  assertEquals(describeStatus(0xc123), "C123 (cannot understand or unable to process)");
  assertEquals(describeStatus(0xb123), "B123 (a warning)");
  assertEquals(describeStatus(0x0999), "0999 (a failure)");
});

Deno.test("isStorageClass: is true for what is stored, known or not", () => {
  const stored = [
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.5", // retired
    "1.2.840.10008.5.1.1.30", // retired, among the classes of print
    "1.2.840.10008.5.1.4.34.7", // among those of worklists
    "1.2.840.10008.5.1.4.38.1", // among those of query
    "1.2.840.10008.5.1.4.1.1.999.1", // of a later edition
    "1.3.46.670589.2.3.1.1", // private
  ];
  assertEquals(stored.filter(isStorageClass), stored);
  const others = [
    VERIFICATION,
    ...Object.values(QUERY_RETRIEVE).flatMap(({ find, move, get }) => [find, move, get]),
    "1.2.840.10008.1.3.10",
    "1.2.840.10008.1.20.1",
    "1.2.840.10008.5.1.1.9",
    "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.5.1.4.1.1.200.4",
    "1.2.840.10008.5.1.4.1.1.201.2",
    "1.2.840.10008.3.1.2.3.3",
  ];
  assertEquals(others.filter(isStorageClass), []);
});

Deno.test("sopClassName: names what the standard names", () => {
  assertEquals(sopClassName(VERIFICATION), "Verification (1.2.840.10008.1.1)");
  assertEquals(
    sopClassName("1.2.840.10008.5.1.4.45.1"),
    "Implant Template Group Storage (1.2.840.10008.5.1.4.45.1)",
  );
  assertEquals(sopClassName("1.2.3"), "1.2.3");
});

Deno.test("queryRetrieveClass: knows roots and services", () => {
  assertEquals(queryRetrieveClass("1.2.840.10008.5.1.4.1.2.2.3"), {
    root: "study",
    service: "get",
  });
  assertEquals(queryRetrieveClass("1.2.840.10008.5.1.4.1.2.1.1"), {
    root: "patient",
    service: "find",
  });
  assertEquals(queryRetrieveClass(VERIFICATION), undefined);
});

Deno.test("describeRefusal: names class, reason and transfer syntaxes", () => {
  const context = (...transferSyntaxes: readonly string[]) => ({
    id: 1,
    abstractSyntax: VERIFICATION,
    transferSyntaxes,
  });
  const verification = "Verification (1.2.840.10008.1.1)";
  assertEquals(
    describeRefusal(context("1.2.840.10008.1.2.5", "1.2.3"), 4),
    `${verification}: none of the transfer syntaxes is supported: ` +
      "RLE Lossless (1.2.840.10008.1.2.5), 1.2.3",
  );
  assertEquals(
    describeRefusal(context("1", "2", "3", "4", "5", "6", "7"), 4),
    `${verification}: none of the transfer syntaxes is supported: 1, 2, 3, 4, 5, 2 more`,
  );
  assertEquals(describeRefusal(context(), 4), `${verification}: no transfer syntax was proposed`);
  assertEquals(describeRefusal(context("1"), 3), `${verification}: the class is not supported`);
  assertEquals(
    describeRefusal(context("1"), 1),
    `${verification}: not allowed, or not in the roles asked for`,
  );
  assertEquals(describeRefusal(context("1"), 2), `${verification}: no reason given`);
  assertEquals(describeRefusal(context("1"), 99), `${verification}: refused with 99`);
});

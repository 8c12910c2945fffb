/**
 * Rejections and aborts in words.
 * @module
 */
import { assertEquals } from "@std/assert";
import { describeAbort, describeRejection, REJECTION } from "../../../lib/dul/rejection.ts";

Deno.test("REJECTION: has the numbers of PS3.8 Table 9-21, and words for each", () => {
  const written = Object.values(REJECTION).map(describeRejection);
  assertEquals(written, [
    "no reason given (permanent, 1/1/1)",
    "application context not supported (permanent, 1/1/2)",
    "calling AE title not recognized (permanent, 1/1/3)",
    "called AE title not recognized (permanent, 1/1/7)",
    "protocol version not supported (permanent, 1/2/2)",
    "temporary congestion (transient, 2/3/1)",
    "local limit exceeded (transient, 2/3/2)",
  ]);
});

Deno.test("describeRejection: shows the numbers of what the standard does not know", () => {
  assertEquals(
    describeRejection({ type: "A-ASSOCIATE-RJ", result: 9, source: 1, reason: 8 }),
    "a reason that the standard does not know (9/1/8)",
  );
});

Deno.test("describeAbort: tells who, and why where that counts", () => {
  assertEquals(describeAbort(0, 0), "the application's decision (0/0)");
  assertEquals(describeAbort(2, 6), "invalid PDU parameter value (2/6)");
  assertEquals(describeAbort(2, 3), "a reason that the standard does not know (2/3)");
});

import { assertEquals } from "@std/assert";
import { counted, finalStatus, startCounts } from "../../../bridge/scp/suboperations.ts";
import type { StoreResult } from "../../../bridge/scu/instance_to_send.ts";

function after(total: number, ...kinds: StoreResult["kind"][]) {
  return kinds.reduce(counted, startCounts(total));
}

Deno.test("counted: counts each sub-operation once", () => {
  assertEquals(after(4, "stored", "failed", "warning"), {
    remaining: 1,
    completed: 1,
    failed: 1,
    warning: 1,
  });
  assertEquals(after(2, "stored", "notBegun").remaining, 1);
});

Deno.test("finalStatus: tells success, some failures, nothing but failures, and a cancel apart", () => {
  assertEquals(finalStatus(after(0)), 0x0000);
  assertEquals(finalStatus(after(2, "stored", "stored")), 0x0000);
  assertEquals(finalStatus(after(2, "stored", "failed")), 0xb000);
  assertEquals(finalStatus(after(2, "stored", "warning")), 0xb000);
  assertEquals(finalStatus(after(2, "warning", "failed")), 0xb000);
  assertEquals(finalStatus(after(2, "failed", "failed")), 0xa702);
  assertEquals(finalStatus(after(2, "failed", "notBegun")), 0xfe00);
});

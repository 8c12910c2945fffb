/**
 * The numbers of sub-operations that C-MOVE and C-GET answer with, and what they come to in the
 * end (PS3.4 C.4.2.1, C.4.3.1).
 * @module
 */
import type { SuboperationCounts } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import type { StoreResult } from "../scu/instance_to_send.ts";

/** The counts before the first of `total` sub-operations. */
export function startCounts(total: number): SuboperationCounts {
  return { remaining: total, completed: 0, failed: 0, warning: 0 };
}

/** The counts after one more; one that was not begun remains. */
export function counted(
  counts: SuboperationCounts,
  kind: StoreResult["kind"],
): SuboperationCounts {
  const remaining = counts.remaining - 1;
  switch (kind) {
    case "stored":
      return { ...counts, remaining, completed: counts.completed + 1 };
    case "warning":
      return { ...counts, remaining, warning: counts.warning + 1 };
    case "failed":
      return { ...counts, remaining, failed: counts.failed + 1 };
    case "notBegun":
      return counts;
  }
}

/** The status of the final response (PS3.4 Tables C.4-2 and C.4-3). */
export function finalStatus({ remaining, completed, failed, warning }: SuboperationCounts): number {
  if (remaining > 0) return STATUS.cancel;
  if (failed > 0 && completed + warning === 0) return STATUS.unableToPerformSubOperations;
  return failed + warning > 0 ? STATUS.completeWithFailures : STATUS.success;
}

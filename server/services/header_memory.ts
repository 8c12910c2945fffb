/**
 * The memory that headers take while they come in. The limits of one object (lib/dicom/scan_limits.ts)
 * let a header have hundreds of megabytes, which senders that take their time would hold for as
 * long: large ones share what all of them together may have.
 * @module
 */
import { ELEMENT_BYTES, ELEMENTS, HEADER_BYTES } from "../../lib/dicom/scan_limits.ts";
import { FAILURE_REASON, StoreRefusal } from "./store_result.ts";

/** Up to here a header is not counted: ordinary ones have 100 KB, so that nothing keeps them out. */
export const UNCOUNTED_BYTES = 4 * 1024 * 1024;

/** Bytes of all large headers: the largest that there may be is let in by itself. */
export const LARGE_HEADERS_BYTES = ELEMENTS * ELEMENT_BYTES + HEADER_BYTES;

/** What one object takes of the memory. */
export interface HeaderShare {
  /** Says what it is now. Throws StoreRefusal where that is too much beside the others. */
  set(bytes: number): void;
  release(): void;
}

/** The memory of one server; what comes back makes the share of an object. */
export function createHeaderMemory(): () => HeaderShare {
  let total = 0;
  return () => {
    let counted = 0;
    const count = (bytes: number) => {
      total += bytes - counted;
      counted = bytes;
    };
    return {
      set(bytes) {
        if (bytes <= UNCOUNTED_BYTES || bytes === counted) return;
        if (total + bytes - counted > LARGE_HEADERS_BYTES) {
          throw new StoreRefusal(
            FAILURE_REASON.outOfResources,
            "Too many large headers are being stored; send it again later",
          );
        }
        count(bytes);
      },
      release: () => count(0),
    };
  };
}

import { assertEquals, assertThrows } from "@std/assert";
import { ELEMENT_BYTES } from "../../../lib/dicom/scan_limits.ts";
import {
  createHeaderMemory,
  LARGE_HEADERS_BYTES,
  UNCOUNTED_BYTES,
} from "../../../server/services/header_memory.ts";
import { StoreRefusal } from "../../../server/services/store_result.ts";
import { withArchive } from "../../support/archive.ts";
import { concat, ctInstance } from "../../support/part10_builder.ts";
import { post } from "../../support/store_answer.ts";

Deno.test("createHeaderMemory: lets the largest header in, and beside it only small ones", () => {
  const shareOf = createHeaderMemory();
  const [large, small, another] = [shareOf(), shareOf(), shareOf()];
  large.set(LARGE_HEADERS_BYTES / 2);
  large.set(LARGE_HEADERS_BYTES);
  small.set(UNCOUNTED_BYTES);
  assertThrows(() => another.set(UNCOUNTED_BYTES + 1), StoreRefusal);
  large.release();
  another.set(LARGE_HEADERS_BYTES);
  assertThrows(() => small.set(UNCOUNTED_BYTES + 1), StoreRefusal);
});

const ITEM = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0);
const SEQUENCE_END = Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0);

/** An image with empty items behind it that take this much memory. */
function withItems(sopInstanceUID: string, heldBytes: number): Uint8Array {
  const items = new Uint8Array(Math.ceil(heldBytes / ELEMENT_BYTES) * ITEM.length);
  items.set(ITEM);
  for (let at = ITEM.length; at < items.length; at *= 2) items.copyWithin(at, 0, at);
  const sequence = [0xe1, 0x7f, 0x10, 0x10, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff];
  return concat([ctInstance({ sopInstanceUID }), Uint8Array.from(sequence), items, SEQUENCE_END]);
}

/** These bytes, and no more for as long as the sender is there. */
async function* halted(bytes: Uint8Array, gone: Promise<void>): AsyncGenerator<Uint8Array> {
  yield bytes;
  await gone;
  throw new Error("The sender went away");
}

Deno.test("POST /studies: refuses a large header beside one that is large and slow, but no small one", () =>
  withArchive(async (archive) => {
    const slow = withItems("2.25.1", 0.85 * LARGE_HEADERS_BYTES);
    const large = withItems("2.25.2", 0.2 * LARGE_HEADERS_BYTES);
    const gone = Promise.withResolvers<void>();
    const broken = archive.fetch("/studies", {
      method: "POST",
      headers: { "Content-Type": "application/dicom" },
      body: ReadableStream.from(halted(slow.subarray(0, -SEQUENCE_END.length), gone.promise)),
    });
    // When another request has been answered, it is in memory.
    assertEquals((await post(archive, [ctInstance()])).status, 200);
    assertEquals((await post(archive, [large])).failed, [["", "a700"]]);
    gone.resolve();
    await (await broken).body?.cancel();
    assertEquals((await post(archive, [large])).status, 200);
  }));

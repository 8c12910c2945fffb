import { assert, assertEquals } from "@std/assert";
import type { EncodedFrame } from "../../../server/pixels/frame.ts";
import { encapsulatedPixels } from "../../../server/services/new_pixels.ts";
import { formatOf } from "../../support/images.ts";

const PIXEL = formatOf({ BitsAllocated: 8 });

Deno.test("encapsulatedPixels: holds no frames where there are many, however small", async () => {
  let made = 0;
  async function* frames(total: number): AsyncGenerator<EncodedFrame> {
    for (; made < total; made++) {
      const bytes = await Promise.resolve(new Uint8Array(65));
      yield { transferSyntaxUID: "1.2.840.10008.1.2.5", format: PIXEL, bytes };
    }
  }
  const few = await encapsulatedPixels(frames(3), PIXEL, 3);
  assert(few.element.kind === "fragments");
  assertEquals([made, few.element.basicOffsetTable.length], [3, 12]);
  const many = await encapsulatedPixels(frames(2 ** 20), PIXEL, 2 ** 20);
  assert(many.element.kind === "fragments");
  assertEquals([made, many.element.basicOffsetTable.length], [3, 0]);
});

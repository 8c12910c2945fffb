import { assertEquals, assertStrictEquals } from "@std/assert";
import { loadCodecs } from "../../../../server/pixels/codecs/load.ts";
import { UID } from "../../../../server/pixels/codecs/syntaxes.ts";

Deno.test("loadCodecs: loads what a syntax needs when it is first named, and once", async () => {
  const loaded = async (...uids: string[]) => {
    const { native, openJph } = await loadCodecs(uids);
    return [native !== undefined, openJph !== undefined];
  };
  assertEquals(await loaded(UID.rleLossless, UID.deflatedImageFrame, "1.2.3"), [false, false]);
  assertEquals(await loaded(UID.htJpeg2000), [false, true]);
  const [one, two] = await Promise.all([loadCodecs([UID.jpegLossless]), loadCodecs()]);
  assertStrictEquals(one.native, two.native);
  assertEquals(await loaded(), [true, true]);
});

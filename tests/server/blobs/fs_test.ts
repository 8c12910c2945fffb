import { assertEquals, assertInstanceOf } from "@std/assert";
import { OutOfSpaceError } from "../../../server/blobs/blob_store.ts";
import { openFsBlobs } from "../../../server/blobs/fs.ts";
import { asWriteError } from "../../../server/blobs/fs_paths.ts";
import { testBlobStore } from "../../contract/blob_store.ts";

async function withFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-blobs-" });
  try {
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

testBlobStore(
  "openFsBlobs",
  (test) => withFolder(async (root) => await test(await openFsBlobs(`${root}/data/blobs`))),
);

Deno.test("openFsBlobs: does not touch the disk before it must", () =>
  withFolder(async (root) => {
    const store = await openFsBlobs(root);
    const writer = await store.create("a/b");
    await writer.write(new Uint8Array(1000));
    assertEquals(await Array.fromAsync(Deno.readDir(root)), []);
    await writer.abort();
  }));

Deno.test("asWriteError: knows a full disk", async () => {
  using full = await Deno.open("/dev/full", { write: true });
  const error = await full.write(new Uint8Array(1)).then(() => undefined, asWriteError);
  assertInstanceOf(error, OutOfSpaceError);
});

import { assertEquals } from "@std/assert";
import { openFsBlobs } from "../../../server/blobs/fs.ts";
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
  // Only an unrestricted process may write to a device.
  const module = new URL("../../../server/blobs/fs_paths.ts", import.meta.url).href;
  const program = `
    const { asWriteError } = await import("${module}");
    using full = await Deno.open("/dev/full", { write: true });
    await full.write(new Uint8Array(1)).catch((error) => console.log(asWriteError(error).name));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assertEquals(new TextDecoder().decode(stdout), "OutOfSpaceError\n");
});

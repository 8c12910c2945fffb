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
  (name, test) =>
    Deno.test(
      name,
      () => withFolder(async (root) => await test(await openFsBlobs(`${root}/data/blobs`))),
    ),
);

Deno.test("openFsBlobs: does not touch the disk before it must", () =>
  withFolder(async (root) => {
    const store = await openFsBlobs(root);
    const writer = await store.create("a/b");
    await writer.write(new Uint8Array(1000));
    assertEquals(await Array.fromAsync(Deno.readDir(root)), []);
    await writer.abort();
  }));

Deno.test("openFsBlobs: makes files and folders for their owner alone", () =>
  withFolder(async (root) => {
    const store = await openFsBlobs(`${root}/blobs`);
    for (const [key, length] of [["a/small", 1], ["a/large", 2 ** 21]] as const) {
      const writer = await store.create(key);
      await writer.write(new Uint8Array(length));
      await writer.commit();
    }
    const modeOf = async (path: string) => ((await Deno.stat(`${root}/${path}`)).mode ?? 0) & 0o777;
    const paths = ["blobs", "blobs/a", "blobs/a/small", "blobs/a/large"];
    assertEquals(await Promise.all(paths.map(modeOf)), [0o700, 0o700, 0o600, 0o600]);
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

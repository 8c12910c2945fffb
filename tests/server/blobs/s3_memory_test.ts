import { assertEquals, assertLess } from "@std/assert";
import { partSize } from "../../../server/blobs/s3_upload.ts";
import { collect } from "../../support/child_process.ts";
import { IS_LONG } from "../../support/chance.ts";
import { memoryOf } from "../../support/process_memory.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const MIB = 1024 * 1024;

const SIZE = IS_LONG ? 2_048 : 256;
const swiftTest = shareSwift();

swiftTest(`openS3Blobs: ${SIZE} MiB take less than 300 MB of memory`, async (swift, bucket) => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      new URL("../../support/s3_large_blob.ts", import.meta.url).pathname,
      JSON.stringify(swift.place(bucket)),
      `${SIZE}`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [said, log] = [collect(child.stdout), collect(child.stderr)];
  const [outcome] = await said.until(/done|damaged/) ?? [log.text()];
  const { peak } = await memoryOf(child.pid);
  await child.stdin.close();
  await Promise.all([child.status, said.done, log.done]);
  assertEquals(outcome, "done");

  assertLess(peak, 300e6);
});

Deno.test("partSize: 10,000 parts make 5 TiB, the first 32 GiB of parts that are alike", () => {
  let total = 0;
  for (let number = 1; number <= 10_000; number++) {
    const size = partSize(number, 8 * MIB);
    assertEquals(size === 8 * MIB, number <= 4_000);
    total += size;
  }
  assertLess(5 * 1024 ** 4, total);
  // S3 takes no larger part.
  assertLess(partSize(10_000, 8 * MIB), 5 * 1024 ** 3);
});

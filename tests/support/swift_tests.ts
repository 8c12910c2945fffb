/**
 * Tests of one file that share a Swift, each with a bucket of its own.
 * @module
 */
import { missingOf, type Need, peerTest } from "./peers.ts";
import { startSwift, SWIFT_PROGRAMS, type SwiftOptions, type SwiftProcess } from "./swift.ts";

/** Registers a test that is run with the file's Swift and the name of an empty bucket. */
export type SwiftTest = (
  name: string,
  run: (swift: SwiftProcess, bucket: string) => Promise<void>,
  needs?: readonly Need[],
) => void;

/** To be called once in a file, before its first test. */
export function shareSwift(options?: SwiftOptions): SwiftTest {
  let swift: SwiftProcess | undefined;
  let buckets = 0;
  Deno.test.beforeAll(async () => {
    if (missingOf(SWIFT_PROGRAMS).length === 0) swift = await startSwift(options);
  });
  Deno.test.afterAll(async () => await swift?.stop());
  return (name, run, needs = []) =>
    peerTest(name, [...SWIFT_PROGRAMS, ...needs], async () => {
      if (swift === undefined) throw new Error("Swift was not started");
      const bucket = `bucket-${buckets++}`;
      await swift.createBucket(bucket);
      await run(swift, bucket);
    });
}

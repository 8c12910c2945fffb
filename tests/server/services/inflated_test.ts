import { assertEquals } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import type { BlobStore } from "../../../server/blobs/blob_store.ts";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { createInflatedBlobs } from "../../../server/services/inflated.ts";
import { chance } from "../../support/chance.ts";
import { newInstance } from "../../support/index_data.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const swiftTest = shareSwift();

swiftTest(
  "inflated: a server that makes it too takes nothing from one that reads it",
  async (swift, bucket) => {
    const blobs = openS3Blobs(swift.place(bucket));
    const dataSet = chance(1).bytes(100_000);
    const deflated = new Uint8Array(deflateRawSync(dataSet));
    const blobKey = "default/2026-11-20/object";
    const writer = await blobs.create(blobKey);
    await writer.write(deflated);
    await writer.commit();
    const { object: like } = newInstance([1, 1, 1]);
    const object = { ...like, blobKey, size: deflated.length, dataSetOffset: 0 };

    // The second server has seen that there is none when the first makes it.
    const seen = Promise.withResolvers<void>();
    const made = Promise.withResolvers<void>();
    const removed: string[] = [];
    const late: BlobStore = {
      ...blobs,
      async size(key) {
        const size = await blobs.size(key);
        seen.resolve();
        await made.promise;
        return size;
      },
      async delete(key) {
        removed.push(key);
        await blobs.delete(key);
      },
    };
    const second = createInflatedBlobs(late).keyOf(object);
    await seen.promise;
    const key = await createInflatedBlobs(blobs).keyOf(object);
    made.resolve();
    assertEquals(await second, key);
    assertEquals(removed, []);
    const length = (await blobs.size(key))! - dataSet.length;
    assertEquals(await blobs.read(key, { offset: 0, length: dataSet.length }), dataSet);
    assertEquals(length > 0, true);
  },
);

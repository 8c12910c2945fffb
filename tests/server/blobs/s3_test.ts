import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { testBlobStore } from "../../contract/blob_store.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const swiftTest = shareSwift();

testBlobStore(
  "openS3Blobs",
  (name, test) =>
    swiftTest(name, async (swift, bucket) => await test(openS3Blobs(swift.place(bucket)))),
);

testBlobStore(
  "openS3Blobs below a prefix",
  (name, test) =>
    swiftTest(name, async (swift, bucket) => {
      const place = { ...swift.place(bucket), prefix: "archives/north/" };
      await test(openS3Blobs(place));
    }),
);

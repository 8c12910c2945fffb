/**
 * Answers that no store should give: a front gives them in Swift's place.
 * @module
 */
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { UnavailableError } from "../../../server/unavailable.ts";
import { withStoreFront } from "../../support/store_front.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const swiftTest = shareSwift();
const LIMITS = { firstByte: 5_000, stall: 5_000, total: 500, backOff: 5 };

const page = (inner: string) =>
  `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;
const key = (name: string) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`;
const ON = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>";

const HOSTILE: readonly (readonly [string, string, typeof Error | typeof UnavailableError])[] = [
  ["the same page for ever", page(`${key("a/b")}${ON}`), Error],
  ["keys out of order", page(key("a/c") + key("a/b")), Error],
  ["keys of others", page(key("z/c")), Error],
  ["a page that breaks off", page(`${key("a/b")}<IsTruncated>true</IsTruncated>`), Error],
  ["no XML", "{}", UnavailableError],
  ["XML that ends early", page(key("a/b")).slice(0, -9), UnavailableError],
  ["another document", "<html><body>Sign in</body></html>", UnavailableError],
  ["elements too deep", page("<a>".repeat(10_000)), UnavailableError],
  ["entities of its own", `<!DOCTYPE x [<!ENTITY a "b">]>${page(key("a/&a;"))}`, UnavailableError],
  ["more than any list", page(key("a".repeat(5_000_000))), UnavailableError],
];

for (const [what, body, kind] of HOSTILE) {
  swiftTest(`openS3Blobs: a list that is ${what} ends with an error`, async (swift, bucket) => {
    await withStoreFront(swift.endpoint, async (front) => {
      front.fault = () => ({ kind: "answer", status: 200, body });
      const store = openS3Blobs({ ...swift.place(bucket), endpoint: front.url }, {
        limits: LIMITS,
      });
      const begun = performance.now();
      await assertRejects(() => Array.fromAsync(store.list("a/")), kind);
      assertLess(performance.now() - begun, 5_000);
    });
  });
}

swiftTest(
  "openS3Blobs: decodes keys where the store says that it encoded",
  async (swift, bucket) => {
    await withStoreFront(swift.endpoint, async (front) => {
      const store = openS3Blobs({ ...swift.place(bucket), endpoint: front.url });
      const encoded = `<EncodingType>url</EncodingType>${key("a%2Fb-c")}${key("a%2Fd+e")}`;
      front.fault = () => ({ kind: "answer", status: 200, body: page(encoded) });
      // A key with a blank is none of the store's.
      assertEquals(await Array.fromAsync(store.list("a/")), ["a/b-c"]);
      front.fault = () => ({ kind: "answer", status: 200, body: page(key("a%2Fb") + key("a/b")) });
      await assertRejects(() => Array.fromAsync(store.list("a/")), Error, "out of order");
    });
  },
);

/**
 * A store that takes `If-None-Match: *`, as AWS, R2 and MinIO do. Swift takes it by its own API
 * only, so that the front before it keeps the promise: it asks Swift first.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openS3Blobs } from "../../../server/blobs/s3.ts";
import { pattern, put, readAll } from "../../support/blob_bytes.ts";
import { type StoreFault, withStoreFront } from "../../support/store_front.ts";
import { shareSwift } from "../../support/swift_tests.ts";

const KEY = "default/2026-11-20/01JD4Z8QW0000000000000000A";
const LIMITS = { firstByte: 5_000, stall: 5_000, total: 5_000, backOff: 5 };
const swiftTest = shareSwift();

swiftTest(
  "openS3Blobs: writes at once where the store takes a condition",
  async (swift, bucket) => {
    await withStoreFront(swift.endpoint, async (front) => {
      const place = swift.place(bucket);
      const behind = openS3Blobs(place);
      let losses = 0;
      const answer = (status: number): StoreFault => ({ kind: "answer", status });
      front.fault = async ({ method, target, headers, body }) => {
        if (method !== "PUT" || headers.get("if-none-match") !== "*") return undefined;
        const key = target.slice(`/${bucket}/`.length);
        if (await behind.size(key) !== undefined) return answer(412);
        await put(behind, key, body, body.length);
        return losses-- > 0 ? { kind: "reset" } : answer(200);
      };
      const store = openS3Blobs({ ...place, endpoint: front.url }, { limits: LIMITS });
      const methods = () => front.requests.splice(0).map(({ method }) => method);

      await put(store, KEY, pattern(50_000), 50_000);
      await put(store, `${KEY}B`, pattern(500_000), 50_000);
      assertEquals(methods(), ["PUT", "PUT"]);
      assertEquals(await readAll(behind, `${KEY}B`), pattern(500_000));

      const error = await assertRejects(() => put(store, KEY, pattern(9), 9), Error);
      assert(error.message.includes("there already"), error.message);
      assertEquals(await readAll(behind, KEY), pattern(50_000));
      assertEquals(methods(), ["PUT"]);

      // Its own object, written by the attempt whose answer was lost, is no other's.
      losses = 1;
      await put(store, `${KEY}C`, pattern(70_000), 70_000);
      assertEquals(methods(), ["PUT", "PUT", "HEAD"]);
      assertEquals(await readAll(behind, `${KEY}C`), pattern(70_000));
    });
  },
);

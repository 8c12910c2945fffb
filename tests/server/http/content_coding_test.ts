import { assertEquals } from "@std/assert";
import { preferredCoding } from "../../../server/http/content_coding.ts";

Deno.test("preferredCoding: takes what the client likes best", () => {
  const cases: readonly (readonly [string | null, string])[] = [
    [null, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["gzip, deflate, br", "gzip"],
    ["deflate;q=1, gzip;q=0.5", "deflate"],
    ["br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"],
    ["*", "gzip"],
    ["*;q=0", "identity"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0, *", "deflate"],
    ["identity, gzip;q=0.5", "identity"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["X-GZIP", "gzip"],
    ["gzip;q=nonsense", "identity"],
    [";;,,=", "identity"],
  ];
  for (const [header, coding] of cases) assertEquals(preferredCoding(header), coding, `${header}`);
});

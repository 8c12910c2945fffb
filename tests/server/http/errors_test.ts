/** What errors look like to a client. @module */
import { assert, assertEquals } from "@std/assert";
import { UnsupportedError } from "../../../lib/errors.ts";
import { BlobNotFoundError } from "../../../server/blobs/blob_store.ts";
import { ObjectStoreError } from "../../../server/blobs/s3_errors.ts";
import { UnavailableError } from "../../../server/unavailable.ts";
import { errorResponse } from "../../support/error_response.ts";
import { errorFields } from "../../../lib/log.ts";
import { PixelError } from "../../../server/pixels/frame.ts";
import { PixelsBusyError } from "../../../server/pixels/pixels.ts";
import { addWarnings } from "../../../server/http/warning.ts";
import { IndexError } from "../../../server/index/index_error.ts";

function coded(code: string): Error {
  return Object.assign(new Error("os error"), { code });
}

Deno.test("problemOf: gives each kind of failure its status and no insides", async () => {
  const cases: readonly (readonly [unknown, number])[] = [
    [new UnsupportedError("No codec for this"), 406],
    [new BlobNotFoundError("default/2026-11-20/01JD"), 500],
    [new Deno.errors.BadResource("gone"), 400],
    [coded("ENOSPC"), 503],
    [coded("EMFILE"), 503],
    [new IndexError("database or disk is full"), 503],
    [new IndexError("database is locked"), 500],
    [coded("EACCES"), 500],
    ["a string", 500],
    [new PixelError("damaged", "The stream ends early"), 406],
    [new PixelError("unsupported", "Nothing here decodes it"), 406],
    [new PixelError("limit", "It takes too long"), 406],
    [new PixelError("asked", "The window lies outside the image"), 400],
    [new PixelsBusyError("Too much waits"), 503],
  ];
  for (const [error, status] of cases) {
    const response = errorResponse(error);
    assertEquals(response.status, status);
    const { detail } = await response.json();
    assertEquals(/01JD|os error|a string/.test(detail), false, detail);
  }
});

Deno.test("problemOf: says when to come again where too much work waits", () => {
  const response = errorResponse(new PixelsBusyError("Too much waits"));
  assertEquals(response.headers.get("retry-after"), "5");
});

Deno.test("errorFields: keeps the class and the place, not the message", () => {
  const { error, stack } = errorFields(new TypeError("Doe^John\n    at Doe^Jane"));
  assertEquals([error, stack?.includes("Doe"), stack?.includes("errors_test.ts")], [
    "TypeError",
    false,
    true,
  ]);
  assertEquals(errorFields("Doe"), { error: "string" });
  assertEquals(errorFields(new IndexError("UNIQUE: Doe^John")).advice, undefined);
  // To find its place would take a file.
  assertEquals(errorFields(coded("EMFILE")), { error: "Error", code: "EMFILE" });
});

Deno.test("errorFields: says what the operator can do, where an error knows it", () => {
  const refused = new ObjectStoreError(
    "There is no bucket images. Create it.",
    404,
    "NoSuchBucket",
  );
  assertEquals(errorFields(refused).advice, "There is no bucket images. Create it.");
  const cause = new Error("http://store/images/1.2.840");
  const away = errorFields(new UnavailableError("object store", { cause }));
  assertEquals(away.advice, "See that it runs, and that AWS_ENDPOINT_URL_S3 is right");
  assert(!JSON.stringify(away).includes("1.2.840"));
});

Deno.test("addWarnings: writes one safe header for each text", () => {
  const headers = new Headers();
  addWarnings(headers, "http://localhost:8080/dicomweb", [
    'The parameter "ä\r\nX: 1" is \\ unknown',
    "b",
  ]);
  assertEquals(
    headers.get("warning"),
    '299 localhost:8080 "The parameter \\"???X: 1\\" is \\\\ unknown", 299 localhost:8080 "b"',
  );
});

Deno.test("addWarnings: bounds what a request can make the response carry", () => {
  const headers = new Headers();
  addWarnings(headers, "http://h", new Array<string>(1000).fill("x".repeat(10_000)));
  assertEquals((headers.get("warning") ?? "").length < 16 * 1024, true);
});

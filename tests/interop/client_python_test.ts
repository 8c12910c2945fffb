/**
 * The requests of the Python dicomweb-client against the server.
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  CT_STUDY,
  INSTANCES,
  pathOf,
  PRIVATE_BULK,
  withClientArchive,
} from "../support/client_archive.ts";
import { clientParts, replay } from "../support/client_replay.ts";
import { exchange } from "../support/exchange.ts";
import { concat } from "../support/part10_builder.ts";
import { startServer } from "../support/server_process.ts";
import { PYTHON_DECODED, PYTHON_RENDERED } from "./python_pixel_requests.ts";
import {
  PYTHON_BOUNDARY,
  PYTHON_BULKDATA,
  PYTHON_DELETIONS,
  PYTHON_FRAMES,
  PYTHON_HEADERS,
  PYTHON_INSTANCES,
  PYTHON_JSON,
  PYTHON_SEARCHES,
} from "./python_requests.ts";

const { ct1, ct2 } = INSTANCES;

Deno.test("Python dicomweb-client: searches and retrieves as it asks", async (t) => {
  await withClientArchive(async (server) => {
    await t.step("searches and metadata", () => replay(server, PYTHON_SEARCHES));
    await t.step("instances", () => replay(server, PYTHON_INSTANCES));
    await t.step("frames", () => replay(server, PYTHON_FRAMES));
    await t.step("decompressed", () => replay(server, PYTHON_DECODED));
    await t.step("rendered", () => replay(server, PYTHON_RENDERED));
    await t.step("bulk data", () => replay(server, PYTHON_BULKDATA));
    await t.step("deletions", () => replay(server, PYTHON_DELETIONS));
  });
});

Deno.test("Python dicomweb-client: finds bulk data where metadata says, though it hides the port", async () => {
  await withClientArchive(async ({ dicomweb }) => {
    const metadata = await exchange({
      method: "GET",
      url: `${dicomweb}${pathOf(ct1)}/metadata`,
      headers: { ...PYTHON_HEADERS, Accept: PYTHON_JSON },
    });
    const [instance] = JSON.parse(new TextDecoder().decode(metadata.body));
    const answer = await exchange({
      method: "GET",
      url: instance["00431029"].BulkDataURI,
      headers: { ...PYTHON_HEADERS, Accept: 'multipart/related; type="*/*"' },
    });
    assertEquals(clientParts(answer).map(({ bytes }) => bytes), [PRIVATE_BULK]);
  });
});

Deno.test("Python dicomweb-client: stores instances", async () => {
  const server = await startServer();
  try {
    const line = (text: string) => new TextEncoder().encode(text);
    const part = line(`\r\n--${PYTHON_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    const post = (path: string, body: Uint8Array, headers: Record<string, string>) =>
      exchange({
        method: "POST",
        url: server.dicomweb + path,
        headers: {
          ...headers,
          "Content-Type":
            `multipart/related; type="application/dicom"; boundary="${PYTHON_BOUNDARY}"`,
        },
        body,
      });
    const body = (file: Uint8Array) => concat([part, file, line(`\r\n--${PYTHON_BOUNDARY}--`)]);

    const stored = await post("/studies", body(ct1.file), {
      ...PYTHON_HEADERS,
      "Content-Length": String(body(ct1.file).length),
    });
    assertEquals(stored.status, 200);
    assertEquals(stored.headers.get("content-type"), "application/dicom+json");
    const module = JSON.parse(new TextDecoder().decode(stored.body));
    assertEquals(module["00081199"].Value[0]["00081155"].Value, [ct1.SOPInstanceUID]);

    // More than its chunk_size: with Transfer-Encoding instead of a length, and Host left alone.
    const { Host: _, ...session } = PYTHON_HEADERS;
    const chunked = await post(`/studies/${CT_STUDY}`, body(ct2.file), {
      ...session,
      "Transfer-Encoding": "chunked",
      "Cache-Control": "no-cache",
      "Connection": "Keep-Alive",
    });
    assertEquals(chunked.status, 200);
  } finally {
    await server.stop();
  }
});

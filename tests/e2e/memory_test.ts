import { assert, assertEquals, assertLess } from "@std/assert";
import { Buffer } from "node:buffer";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { boundaryOf, decodeMultipart } from "../../lib/multipart/decode.ts";
import { parseMediaType } from "../../lib/multipart/media_type.ts";
import {
  assertFile,
  assertPixels,
  blackPixels,
  deflatedFileOf,
  fileOf,
  FRAME_BYTES,
  largeInstance,
  multipartOf,
  pixelsOf,
  sizeOf,
} from "../support/large_instance.ts";
import { ctInstance, header, SYNTAX } from "../support/part10_builder.ts";
import { largestMemoryOf } from "../support/process_memory.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { IS_BRIEF, thoroughTest } from "../support/storage.ts";
import { stow } from "../support/stow.ts";
import { statusOf } from "../support/unharmed.ts";

/** What the server may have at its peak, in bytes. */
const PEAK = 300e6;
/** The same where a request makes the server inflate a thousand times what it sent: the pieces are collected late. */
const PEAK_OF_BOMB = 400e6;
/** Frames that make 2 GiB, or a quarter of it in a brief run. */
const MANY = (IS_BRIEF ? 2 ** 29 : 2 ** 31) / FRAME_BYTES;
const MANY_BYTES = MANY * FRAME_BYTES;
/** Frames that make 256 MiB, for forms in which the server has more to do. */
const SOME = 2 ** 28 / FRAME_BYTES;

const SERIES = "studies/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2";
const UID = "1.2.826.0.1.3680043.10.7";
const AS_STORED = "application/dicom; transfer-syntax=*";
const FILE = { "content-type": 'multipart/related; type="application/dicom"; boundary=edge' };

/** Runs a test on a server of its own, whose memory must have stayed small. */
async function withSmallServer(
  test: (server: ServerProcess) => Promise<void>,
  limit = PEAK,
): Promise<void> {
  const server = await startServer();
  try {
    await test(server);
    const { peak } = await largestMemoryOf(server.instances);
    console.log(`peak ${Math.round(peak / 1e6)} MB`);
    assertLess(peak, limit);
  } finally {
    await server.stop();
  }
}

async function store(
  { dicomweb }: ServerProcess,
  headers: Record<string, string>,
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const init = { method: "POST", headers, body: ReadableStream.from(body) };
  const response = await fetch(`${dicomweb}/studies`, init);
  assertEquals(response.status, 200, await response.text());
}

const storeFile = (server: ServerProcess, file: AsyncIterable<Uint8Array<ArrayBuffer>>) =>
  store(
    server,
    FILE,
    multipartOf("edge", [{ headers: "Content-Type: application/dicom", body: file }]),
  );

/** The body of an answer to a request below the instance. */
async function get(
  { dicomweb }: ServerProcess,
  path: string,
  headers: Record<string, string>,
  status = 200,
): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${dicomweb}/${SERIES}/instances/${UID}${path}`, { headers });
  assertEquals(response.status, status);
  assert(response.body !== null);
  return response.body;
}

Deno.test(`server: stores and returns ${MANY_BYTES / 2 ** 20} MiB of frames in less than 300 MB`, () =>
  withSmallServer(async (server) => {
    const instance = largeInstance(UID, MANY);
    await storeFile(server, fileOf(instance));
    await assertFile(await get(server, "", { accept: AS_STORED }), MANY, instance.head);

    const from = MANY_BYTES - 2_000_000;
    const range = { accept: AS_STORED, range: `bytes=${from}-${from + 999_999}` };
    const offset = from - instance.head.length;
    await assertPixels(await get(server, "", range, 206), offset, 1_000_000);
    const octets = { accept: "application/octet-stream" };
    for (const frame of [1, MANY]) {
      const bytes = await get(server, `/frames/${frame}`, octets);
      await assertPixels(bytes, (frame - 1) * FRAME_BYTES, FRAME_BYTES);
    }
  }));

thoroughTest(
  "server: sends 2 GiB of frames in an archive in less than 300 MB",
  () =>
    withSmallServer(async (server) => {
      const instance = largeInstance(UID, MANY);
      await storeFile(server, fileOf(instance));
      const archive = await get(server, "", { accept: "application/zip" });
      await assertFile(await firstEntry(archive), MANY, instance.head);
    }),
);

/** The bytes of an archive's first entry, which came in pieces. */
async function firstEntry(
  archive: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  const chunks = archive.values();
  const { value: head } = await chunks.next();
  assert(head !== undefined);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const start = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const inflate = createInflateRaw();
  const deflated = Readable.from((async function* () {
    yield head.subarray(start);
    yield* chunks;
  })());
  // What follows the entry is left out by the inflater.
  return Readable.toWeb(deflated.pipe(inflate)) as ReadableStream<Uint8Array>;
}

thoroughTest(
  "server: takes 256 MiB in a body of known length in less than 300 MB",
  () =>
    withSmallServer(async (server) => {
      const instance = largeInstance(UID, SOME);
      // The body of fetch's streams has no length.
      const sent = request(`${server.dicomweb}/studies`, {
        method: "POST",
        headers: { "Content-Type": "application/dicom", "Content-Length": sizeOf(instance) },
        agent: false,
      });
      const answer = new Promise<number | undefined>((resolve, reject) => {
        sent.on("error", reject);
        sent.on("response", (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode));
        });
      });
      await pipeline(Readable.from(fileOf(instance)), sent);
      assertEquals(await answer, 200);
      await assertFile(await get(server, "", { accept: AS_STORED }), SOME, instance.head);
    }),
);

thoroughTest(
  "server: takes 256 MiB in chunks, whatever the client sent before, in less than 300 MB",
  () =>
    withSmallServer(async (server) => {
      for (const rows of [2, 60, 600, 3000]) {
        const before = [ctInstance({ sopInstanceUID: `1.2.3.${rows}`, rows, columns: 512 })];
        assertEquals(await statusOf(stow(server.dicomweb, before)), 200);
        const instance = largeInstance(`1.2.4.${rows}`, SOME);
        await storeFile(server, fileOf(instance));
      }
    }),
);

for (
  const [name, syntax] of [["implicit", SYNTAX.implicit], ["big endian", SYNTAX.bigEndian]] as const
) {
  thoroughTest(
    `server: re-encodes 256 MiB of ${name} frames in less than 300 MB`,
    () =>
      withSmallServer(async (server) => {
        const instance = largeInstance(UID, SOME, syntax);
        await storeFile(server, fileOf(instance));
        await assertFile(await get(server, "", { accept: AS_STORED }), SOME, instance.head);
        await assertFile(await get(server, "", { accept: "application/dicom" }), SOME);
        const bulk = await get(server, "/bulkdata/7FE00010", {
          accept: "application/octet-stream",
        });
        await assertPixels(bulk, 0, SOME * FRAME_BYTES);
      }),
  );
}

Deno.test("server: stores and inflates 256 MiB of deflated frames in less than 300 MB", () =>
  withSmallServer(async (server) => {
    await storeFile(server, deflatedFileOf(UID, SOME, pixelsOf(SOME)));
    await assertFile(await get(server, "", { accept: "application/dicom" }), SOME);
    const frame = await get(server, `/frames/${SOME}`, { accept: "application/octet-stream" });
    await assertPixels(frame, (SOME - 1) * FRAME_BYTES, FRAME_BYTES);
  }));

thoroughTest("server: inflates 1 MB to 1 GiB of black frames in less than 400 MB", () => {
  const frames = 2 ** 30 / FRAME_BYTES;
  return withSmallServer(async (server) => {
    await storeFile(server, deflatedFileOf(UID, frames, blackPixels(frames)));
    const bulk = await get(server, "/bulkdata/7FE00010", { accept: "application/octet-stream" });
    let length = 0;
    for await (const chunk of bulk) length += chunk.length;
    assertEquals(length, frames * FRAME_BYTES);
  }, PEAK_OF_BOMB);
});

thoroughTest(
  "server: takes 256 MiB of bulk data beside metadata in less than 300 MB",
  () =>
    withSmallServer(async (server) => {
      await store(
        server,
        { "content-type": 'multipart/related; type="application/dicom+json"; boundary=edge' },
        multipartOf("edge", [
          { headers: "Content-Type: application/dicom+json", body: metadata() },
          {
            headers: "Content-Type: application/octet-stream\r\nContent-Location: pixels",
            body: pixelsOf(SOME),
          },
        ]),
      );
      await assertFile(await get(server, "", { accept: "application/dicom" }), SOME);
      const bulk = `${server.dicomweb}/${SERIES}/bulkdata`;
      const response = await fetch(bulk, { headers: { accept: 'multipart/related; type="*/*"' } });
      const type = parseMediaType(response.headers.get("content-type") ?? "");
      for await (const { body } of decodeMultipart(response.body!, boundaryOf(type!))) {
        await assertPixels(body, 0, SOME * FRAME_BYTES);
      }
    }),
);

/** Frames that make 300 MB. */
const TRANSCODED = Math.ceil(300e6 / FRAME_BYTES);
/** What the server may have at its peak while workers hold frames and codecs. */
const PEAK_OF_PIXELS = 450e6;

for (
  const [name, syntax] of [["RLE", SYNTAX.rle], ["JPEG-LS", "1.2.840.10008.1.2.4.80"]] as const
) {
  thoroughTest(
    `server: makes 300 MB of frames into ${name} in less than 450 MB`,
    () =>
      withSmallServer(async (server) => {
        await storeFile(server, fileOf(largeInstance(UID, TRANSCODED)));
        const accept = `application/dicom; transfer-syntax=${syntax}`;
        const lengths = await Array.fromAsync(itemsOf(await get(server, "", { accept })));
        assertEquals(lengths.length, TRANSCODED);
        assert(Math.min(...lengths) > 1000, "a frame is next to nothing");
      }, PEAK_OF_PIXELS),
  );
}

/** Lengths of the items of encapsulated pixel data, but for the offset table; holds one chunk. */
async function* itemsOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<number> {
  const pixels = Buffer.concat([header(0x7fe00010, "OB", 0xffffffff), ITEM, Buffer.alloc(4)]);
  let held = Buffer.alloc(0);
  let isInside = false;
  let skip = 0;
  for await (const chunk of file) {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    held = Buffer.concat([held, chunk.subarray(skipped)]);
    if (!isInside) {
      const start = held.indexOf(pixels);
      if (start < 0) continue;
      isInside = true;
      held = held.subarray(start + pixels.length);
    }
    while (skip === 0 && held.length >= 8 && held.indexOf(ITEM) === 0) {
      const length = held.readUInt32LE(4);
      yield length;
      skip = Math.max(0, 8 + length - held.length);
      held = held.subarray(8 + length);
    }
  }
  assertEquals(held.toString("hex"), "feffdde000000000");
}

/** The tag of an item (PS3.5 7.5). */
const ITEM = Buffer.from("feff00e0", "hex");

async function* metadata(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const [, study, , series] = SERIES.split("/");
  const text = (vr: string, ...values: (string | number | undefined)[]) => ({ vr, Value: values });
  const dataSet = {
    "00080016": text("UI", "1.2.840.10008.5.1.4.1.1.2"),
    "00080018": text("UI", UID),
    "0020000D": text("UI", study),
    "0020000E": text("UI", series),
    "00280002": text("US", 1),
    "00280004": text("CS", "MONOCHROME2"),
    "00280008": text("IS", SOME),
    "00280010": text("US", 512),
    "00280011": text("US", 512),
    "00280100": text("US", 16),
    "00280101": text("US", 12),
    "00280102": text("US", 11),
    "00280103": text("US", 0),
    "7FE00010": { vr: "OW", BulkDataURI: "pixels" },
  };
  yield await Promise.resolve(new TextEncoder().encode(JSON.stringify([dataSet])));
}

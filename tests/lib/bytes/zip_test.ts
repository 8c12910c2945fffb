import { assertEquals, assertThrows } from "@std/assert";
import { crc32, inflateRawSync } from "node:zlib";
import {
  createZipWriter,
  dosMoment,
  type ZipEntry,
  zipHeadLength,
  type ZipWriter,
} from "../../../lib/bytes/zip.ts";
import { concat } from "../../support/part10_builder.ts";

const MODIFIED = dosMoment("20260102", "101112.5");

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

function wholeOf(zip: ZipWriter, entry: ZipEntry, content: Uint8Array): Uint8Array {
  const head = zipHeadLength(entry);
  const run = new Uint8Array(head + content.length);
  run.set(content, head);
  zip.whole(entry, run);
  return run;
}

function inPieces(zip: ZipWriter, entry: ZipEntry, pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const runs = [zip.begin(entry, length), ...pieces.map((piece) => zip.piece(piece)), zip.end()];
  return concat(runs);
}

/** Entries as a reader finds them that goes from front to back and knows no directory. */
function readForward(archive: Uint8Array): { name: string; content: Uint8Array }[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const entries: { name: string; content: Uint8Array }[] = [];
  let at = 0;
  while (view.getUint32(at, true) === 0x04034b50) {
    const [flags, method] = [view.getUint16(at + 6, true), view.getUint16(at + 8, true)];
    const nameEnd = at + 30 + view.getUint16(at + 26, true);
    const start = nameEnd + view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(archive.subarray(at + 30, nameEnd));
    assertEquals([flags, method], flags === 0 ? [0, 0] : [8, 8]);
    if (method === 0) {
      at = start + view.getUint32(at + 18, true);
      const content = archive.subarray(start, at);
      assertEquals(view.getUint32(start - name.length - 16, true), crc32(content));
      entries.push({ name, content });
      continue;
    }
    const { buffer, engine } = inflateRawSync(archive.subarray(start), {
      info: true,
    }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    const end = start + engine.bytesWritten;
    assertEquals([0, 4, 8, 12].map((more) => view.getUint32(end + more, true)), [
      0x08074b50,
      crc32(buffer),
      engine.bytesWritten,
      buffer.length,
    ]);
    entries.push({ name, content: new Uint8Array(buffer) });
    at = end + 16;
  }
  return entries;
}

/** What the end of the archive says: number of entries, and where their directory begins. */
function endOf(archive: Uint8Array): { entries: number; offset: number } {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = archive.length - 22;
  assertEquals(view.getUint32(end, true), 0x06054b50);
  return { entries: view.getUint16(end + 10, true), offset: view.getUint32(end + 16, true) };
}

Deno.test("createZipWriter: what it writes can be read from front to back", () => {
  const zip = createZipWriter();
  const contents = [0, 1, 65_535, 65_536, 200_001].map(bytesOf);
  const archive = concat([
    ...contents.map((content, index) =>
      wholeOf(zip, { name: `A/${index}`, modified: MODIFIED }, content)
    ),
    ...contents.slice(1).map((content, index) =>
      inPieces(zip, { name: `B/${index}`, modified: MODIFIED }, [content])
    ),
    zip.close(),
  ]);
  const entries = readForward(archive);
  assertEquals(entries.map(({ content }) => content), [...contents, ...contents.slice(1)]);
  assertEquals(entries.at(-1)?.name, "B/3");
  const { entries: count, offset } = endOf(archive);
  assertEquals(count, 9);
  assertEquals(new DataView(archive.buffer).getUint32(offset, true), 0x02014b50);
});

Deno.test("createZipWriter: an entry's bytes do not depend on the pieces in which they came", () => {
  const content = bytesOf(300_000);
  const archives = [1, 65_535, 65_536, 100_000, 300_000].map((step) => {
    const pieces = [];
    for (let at = 0; at < content.length && pieces.length < 1000; at += step) {
      pieces.push(content.subarray(at, pieces.length === 999 ? undefined : at + step));
    }
    const zip = createZipWriter();
    const entry = inPieces(zip, { name: "A", modified: MODIFIED }, pieces);
    return concat([entry, zip.close()]);
  });
  for (const archive of archives) assertEquals(archive, archives[0]);
});

Deno.test("createZipWriter: refuses more and fewer bytes than an entry was to have", () => {
  const zip = createZipWriter();
  zip.begin({ name: "A", modified: MODIFIED }, 10);
  assertThrows(() => zip.piece(new Uint8Array(11)), RangeError);
  zip.piece(new Uint8Array(9));
  assertThrows(() => zip.end(), RangeError);
  zip.piece(new Uint8Array(1));
  zip.end();
  assertThrows(() => zip.piece(new Uint8Array(1)), RangeError);
});

Deno.test("createZipWriter: counts more than 65,534 entries in the fields of ZIP64", () => {
  const zip = createZipWriter();
  const entry = { name: "A", modified: MODIFIED };
  let bytes = 0;
  for (let i = 0; i < 70_000; i++) bytes += wholeOf(zip, entry, new Uint8Array(0)).length;
  const end = zip.close();
  const view = new DataView(end.buffer);
  assertEquals(endOf(end).entries, 0xffff);
  const at = end.length - 22 - 20 - 56;
  assertEquals(view.getUint32(at, true), 0x06064b50);
  assertEquals(view.getBigUint64(at + 32, true), 70_000n);
  assertEquals(view.getBigUint64(at + 48, true), BigInt(bytes));
  assertEquals(view.getBigUint64(end.length - 22 - 12, true), BigInt(bytes + at));
});

Deno.test("createZipWriter: sizes and offsets beyond 4 GiB stand in the fields of ZIP64", () => {
  const zip = createZipWriter();
  const length = 2 ** 32 + 5;
  const piece = new Uint8Array(2 ** 20);
  let bytes = zip.begin({ name: "A", modified: MODIFIED }, length).length;
  for (let left = length; left > 0; left -= piece.length) {
    bytes += zip.piece(piece.subarray(0, Math.min(left, piece.length))).length;
  }
  const descriptor = zip.end();
  bytes += descriptor.length;
  const compressed = length + 5 * Math.ceil(length / 65_535);
  assertEquals(new DataView(descriptor.buffer).getBigUint64(8, true), BigInt(compressed));
  assertEquals(new DataView(descriptor.buffer).getBigUint64(16, true), BigInt(length));
  bytes += wholeOf(zip, { name: "B", modified: MODIFIED }, piece).length;
  const end = new DataView(zip.close().buffer);
  // Central head of A: 46 bytes, its name, and length and compressed length.
  assertEquals(end.getUint32(24, true), 0xffffffff);
  assertEquals(end.getBigUint64(46 + 1 + 4, true), BigInt(length));
  assertEquals(end.getBigUint64(46 + 1 + 12, true), BigInt(compressed));
  // That of B: an offset beyond 4 GiB.
  const second = 46 + 1 + 20;
  assertEquals(end.getUint32(second + 42, true), 0xffffffff);
  const offset = BigInt(bytes - zipHeadLength({ name: "B", modified: 0 }) - piece.length);
  assertEquals(end.getBigUint64(second + 46 + 1 + 4, true), offset);
});

Deno.test("dosMoment: has days and times as DOS counts them, and its first day for others", () => {
  const day = (46 << 25 | 1 << 21 | 2 << 16) >>> 0;
  assertEquals(MODIFIED, (day | 10 << 11 | 11 << 5 | 6) >>> 0);
  assertEquals(dosMoment("20260102", undefined), day);
  assertEquals(dosMoment("20260102", "25"), day);
  for (const date of [undefined, "", "19791231", "21080101", "20261301", "2026-01-02"]) {
    assertEquals(dosMoment(date, "101112"), 1 << 21 | 1 << 16);
  }
});

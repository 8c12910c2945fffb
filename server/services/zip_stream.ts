/**
 * A File-set as one ZIP archive, made while it is sent.
 * @module
 */
import {
  createZipWriter,
  type ZipEntry,
  zipHeadLength,
  type ZipWriter,
} from "../../lib/bytes/zip.ts";
import type { ByteSource, Chunk } from "./byte_source.ts";
import type { FileSetFile } from "./file_set.ts";

/** The bytes of the archive of these files. */
export async function* zipped(files: AsyncIterable<FileSetFile>): AsyncGenerator<Chunk> {
  const zip = createZipWriter();
  for await (const file of files) {
    if ("made" in file) yield wholeEntry(zip, file, file.made);
    else yield* fileEntry(zip, file, file.source);
  }
  yield zip.close();
}

async function* fileEntry(
  zip: ZipWriter,
  entry: ZipEntry,
  source: ByteSource,
): AsyncGenerator<Chunk> {
  if (source.fill !== undefined) {
    const head = zipHeadLength(entry);
    const run = new Uint8Array(head + source.length);
    await source.fill(run.subarray(head));
    zip.whole(entry, run);
    yield run;
    return;
  }
  yield zip.begin(entry, source.length);
  for await (const chunk of source.read()) yield zip.piece(chunk);
  yield zip.end();
}

function wholeEntry(zip: ZipWriter, entry: ZipEntry, bytes: Uint8Array): Chunk {
  const head = zipHeadLength(entry);
  const run = new Uint8Array(head + bytes.length);
  run.set(bytes, head);
  zip.whole(entry, run);
  return run;
}

/**
 * Turns a stored object into a Part 10 file in Explicit VR Little Endian as it streams past, in
 * memory that depends on the chunks only. Values keep their bytes (words swapped where they were
 * big endian); lengths of sequences become delimiters, because those can be written before what
 * they enclose has been seen.
 * @module
 */

import { ByteWriter } from "../bytes/writer.ts";
import type { FragmentsElement, Tag, VR } from "./dataset.ts";
import { UNDEFINED_LENGTH } from "./element_header.ts";
import { ObjectScanner } from "./object_scanner.ts";
import { encodePart10Header, fileMetaText } from "./part10.ts";
import type { ScanHandler, Treatment } from "./scan_handler.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "./uids.ts";
import { layoutOf } from "./value_layout.ts";
import {
  evenLength,
  isGroupLength,
  writeHeader,
  writeItem,
  writeItemDelimitation,
  writeSequenceDelimitation,
} from "./write_element.ts";

/** The version of what {@linkcode createReencoder} writes: part of the ETag of its output. */
export const REENCODER_VERSION = 1;

/** Parts of values below this size are copied together; larger ones are passed on as they are. */
const COPIED_BYTES = 4096;
/** Syntaxes that differ from Explicit VR Little Endian in nothing but the encoding. */
const NATIVE: ReadonlySet<string> = new Set([
  IMPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
]);
/** JPIP Referenced (Deflate) and JPIP HTJ2K Referenced (Deflate), and what is left of them inflated. */
const UNDEFLATED: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.94"],
  ["1.2.840.10008.1.2.4.205", "1.2.840.10008.1.2.4.204"],
]);

/** What the new File Meta Information says, where the object has none of its own. */
export interface ReencoderOptions {
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
}

/** Re-encodes one object that is pushed in chunks of any size. */
export interface Reencoder {
  /**
   * Takes the next bytes and answers those that can be written; a promise only for deflated data
   * sets. They may be views of the chunk, which must not be changed as long as they are in use.
   *
   * @throws {DecodeError} where the object is not DICOM, or is damaged
   * @throws {LimitError} where it exceeds what is read of one object
   */
  push(chunk: Uint8Array): Uint8Array[] | Promise<Uint8Array[]>;
  /**
   * Answers the last bytes.
   *
   * @throws {DecodeError} where the object is damaged: nothing mended may pass for it
   */
  end(): Uint8Array[] | Promise<Uint8Array[]>;
}

/**
 * Begins to re-encode one object. What it writes says Explicit VR Little Endian, but keeps the
 * transfer syntax of pixel data that is compressed or elsewhere.
 */
export function createReencoder(options: ReencoderOptions): Reencoder {
  const output = new Output();
  const scanner = new ObjectScanner(({ fileMeta, encoding }) => {
    output.bytes(encodePart10Header({
      MediaStorageSOPClassUID: fileMetaText(fileMeta, 0x00020002) ?? options.SOPClassUID,
      MediaStorageSOPInstanceUID: fileMetaText(fileMeta, 0x00020003) ?? options.SOPInstanceUID,
      TransferSyntaxUID: syntaxWritten(encoding.transferSyntaxUID),
      ...(fileMeta === undefined ? {} : { kept: fileMeta }),
    }));
    return new ExplicitWriter(output);
  });
  const take = () => {
    if (scanner.damage !== undefined) throw scanner.damage.error;
    return output.take();
  };
  const answer = (waiting: void | Promise<void>) =>
    waiting === undefined ? take() : waiting.then(take);
  return {
    push: (chunk) => answer(scanner.push(chunk)),
    end: () => answer(scanner.end()),
  };
}

/** Writes what a scan reports as Explicit VR Little Endian. */
class ExplicitWriter implements ScanHandler {
  readonly #output: Output;
  #padding: number | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  beginValue(tag: Tag, vr: VR, length: number): Treatment {
    if (isGroupLength(tag)) return "skip";
    writeHeader(this.#output.writer, tag, vr, evenLength(length), true);
    this.#padding = length % 2 === 1 ? layoutOf(vr).padding : undefined;
    return "stream";
  }

  value(bytes: Uint8Array): void {
    this.#output.bytes(bytes);
  }

  part(bytes: Uint8Array): void {
    this.#output.bytes(bytes);
  }

  endParts(): void {
    if (this.#padding !== undefined) this.#output.writer.u8(this.#padding);
  }

  beginSequence(tag: Tag): void {
    writeHeader(this.#output.writer, tag, "SQ", UNDEFINED_LENGTH, true);
  }

  beginItem(): void {
    writeItem(this.#output.writer, UNDEFINED_LENGTH);
  }

  endItem(): void {
    writeItemDelimitation(this.#output.writer);
  }

  endSequence(): void {
    writeSequenceDelimitation(this.#output.writer);
  }

  beginFragments(tag: Tag, vr: FragmentsElement["vr"]): void {
    writeHeader(this.#output.writer, tag, vr, UNDEFINED_LENGTH, true);
  }

  beginFragment(_number: number, length: number): Treatment {
    writeItem(this.#output.writer, evenLength(length));
    this.#padding = length % 2 === 1 ? 0 : undefined;
    return "stream";
  }

  endFragments(): void {
    writeSequenceDelimitation(this.#output.writer);
  }
}

/** Bytes on their way out: small ones gathered, large ones as they came. */
class Output {
  readonly writer = new ByteWriter();
  #pieces: Uint8Array[] = [];

  bytes(bytes: Uint8Array): void {
    if (bytes.length < COPIED_BYTES) return this.writer.bytes(bytes);
    this.#flush();
    this.#pieces.push(bytes);
  }

  take(): Uint8Array[] {
    this.#flush();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #flush(): void {
    if (this.writer.length > 0) this.#pieces.push(this.writer.take());
  }
}

function syntaxWritten(uid: string): string {
  return NATIVE.has(uid) ? EXPLICIT_VR_LITTLE_ENDIAN : UNDEFLATED.get(uid) ?? uid;
}

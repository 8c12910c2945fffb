/**
 * Text that is compressed once and sent many times: pieces of raw deflate (RFC 1951) that each end
 * on a byte and reach back to nothing before themselves, so that they can be laid one after
 * another, with plain text between them, in any gzip (RFC 1952) or zlib (RFC 1950) stream. Their
 * checksums are kept beside them and joined, so that nothing is inflated to be sent.
 *
 * A record holds one text, cut wherever a base URL goes that only the request knows.
 * Layout, little endian: count of pieces, then five words a piece (bytes of text, bytes deflated,
 * CRC-32, the factor that joins it, Adler-32), then the deflated pieces.
 * @module
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { DecodeError } from "../errors.ts";
import { adler32, ADLER32_EMPTY, adler32Combine } from "./adler32.ts";
import { crc32, crc32Combine, crc32Shift } from "./crc32.ts";

/** How the answer is coded: the content codings of HTTP (RFC 9110 8.4.1); `deflate` is zlib there. */
export type ContentCoding = "gzip" | "deflate" | "identity";

/** Text around and between the records. */
export interface Framing {
  readonly prefix: string;
  readonly separator: string;
  readonly suffix: string;
}

/** Lays records into one stream. Each returned array is the stream's next run of bytes. */
export interface Splicer {
  /** Adds records. Throws DecodeError for bytes that {@linkcode packPieces} did not make. */
  add(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
  /** Ends the stream. */
  end(): Uint8Array<ArrayBuffer>;
}

const WORDS = 5;
const WORD_BYTES = 4;
/** Below this size deflate gains less than setting it up costs: such a piece is a stored block. */
const STORED_BELOW = 128;
/** Most bytes in one stored block (RFC 1951 3.2.4). */
const STORED_MAX = 0xffff;
const STORED_HEAD = 5;

/** No name, no time, unknown system: equal texts give equal bytes. */
const GZIP_HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const ZLIB_HEAD = Uint8Array.of(0x78, 0x9c);
/** An empty stored block that says it is the last. */
const LAST_BLOCK = Uint8Array.of(1, 0, 0, 0xff, 0xff);
const EMPTY = new Uint8Array(0);

const encoder = new TextEncoder();

/** A run of plain bytes as stored blocks. */
function storedBlocks(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / STORED_MAX);
  const out = new Uint8Array(bytes.length + blocks * STORED_HEAD);
  const view = new DataView(out.buffer);
  let at = 0;
  for (let from = 0; from < bytes.length; from += STORED_MAX) {
    const block = bytes.subarray(from, from + STORED_MAX);
    view.setUint16(at + 1, block.length, true);
    view.setUint16(at + 3, ~block.length, true);
    out.set(block, at + STORED_HEAD);
    at += STORED_HEAD + block.length;
  }
  return out;
}

/** Packs a text that was cut wherever a base URL goes: n places give n + 1 pieces. */
export function packPieces(pieces: readonly string[]): Uint8Array<ArrayBuffer> {
  const tableBytes = WORD_BYTES * (1 + WORDS * pieces.length);
  const deflated: Uint8Array[] = [];
  const table = new DataView(new ArrayBuffer(tableBytes));
  table.setUint32(0, pieces.length, true);
  let at = WORD_BYTES;
  let length = tableBytes;
  for (const piece of pieces) {
    const text = encoder.encode(piece);
    const bytes = text.length < STORED_BELOW
      ? storedBlocks(text)
      : deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
    deflated.push(bytes);
    length += bytes.length;
    const words = [text.length, bytes.length, crc32(text), crc32Shift(text.length), adler32(text)];
    for (const word of words) {
      table.setUint32(at, word, true);
      at += WORD_BYTES;
    }
  }
  const record = new Uint8Array(length);
  record.set(new Uint8Array(table.buffer));
  for (const bytes of deflated) {
    record.set(bytes, at);
    at += bytes.length;
  }
  return record;
}

/** Where a record's table ends; throws DecodeError where table and length do not agree. */
function checkRecord(record: Uint8Array): { readonly table: DataView; readonly count: number } {
  const table = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const count = record.length < WORD_BYTES ? -1 : table.getUint32(0, true);
  let length = WORD_BYTES * (1 + WORDS * count);
  if (count >= 0 && length <= record.length) {
    for (let piece = 0; piece < count; piece++) {
      length += table.getUint32(WORD_BYTES * (2 + WORDS * piece), true);
    }
    if (length === record.length) return { table, count };
  }
  throw new DecodeError("Damaged record of metadata pieces");
}

/** Plain text that goes in many times, with all that joining it needs. */
interface Literal {
  readonly blocks: Uint8Array;
  readonly length: number;
  readonly crc: number;
  readonly shift: number;
  readonly adler: number;
}

function literal(text: string): Literal {
  const bytes = encoder.encode(text);
  return {
    blocks: storedBlocks(bytes),
    length: bytes.length,
    crc: crc32(bytes),
    shift: crc32Shift(bytes.length),
    adler: adler32(bytes),
  };
}

/** Joins bytes and, where the coding has one, the checksum of the text they stand for. */
class Stream {
  readonly #coding: ContentCoding;
  #runs: Uint8Array[] = [];
  #bytes = 0;
  /** Bytes of text since the last `take`. */
  #text = 0;
  /** Bytes of text in all. */
  #total = 0;
  #checksum: number;

  constructor(coding: ContentCoding) {
    this.#coding = coding;
    this.#checksum = coding === "deflate" ? ADLER32_EMPTY : 0;
  }

  raw(bytes: Uint8Array): void {
    this.#runs.push(bytes);
    this.#bytes += bytes.length;
  }

  text(blocks: Uint8Array, length: number, crc: number, shift: number, adler: number): void {
    this.raw(blocks);
    this.#text += length;
    if (this.#coding === "gzip") this.#checksum = crc32Combine(this.#checksum, crc, shift);
    if (this.#coding === "deflate") {
      this.#checksum = adler32Combine(this.#checksum, adler, length);
    }
  }

  literal(l: Literal): void {
    this.text(l.blocks, l.length, l.crc, l.shift, l.adler);
  }

  trailer(): Uint8Array {
    const total = (this.#total + this.#text) % 2 ** 32;
    switch (this.#coding) {
      case "gzip": {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, this.#checksum, true);
        view.setUint32(4, total, true);
        return new Uint8Array(view.buffer);
      }
      case "deflate": {
        const view = new DataView(new ArrayBuffer(4));
        view.setUint32(0, this.#checksum);
        return new Uint8Array(view.buffer);
      }
      case "identity":
        return EMPTY;
    }
  }

  take(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#bytes);
    let at = 0;
    for (const run of this.#runs) {
      out.set(run, at);
      at += run.length;
    }
    const text = this.#text;
    this.#runs = [];
    this.#bytes = 0;
    this.#text = 0;
    this.#total += text;
    return this.#coding === "identity" ? inflate(out, text) : out;
  }
}

/** Inflates blocks of which none is the last; `length` is what they hold, in bytes. */
function inflate(blocks: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (length === 0) return new Uint8Array(0);
  const text = inflateRawSync(blocks, {
    finishFlush: constants.Z_SYNC_FLUSH,
    // The whole goes into one buffer; one byte more lets zlib see that nothing is left.
    chunkSize: Math.max(length + 1, constants.Z_MIN_CHUNK),
    maxOutputLength: length + 1,
  });
  if (text.length !== length) throw new DecodeError("Damaged record of metadata pieces");
  return new Uint8Array(text.buffer as ArrayBuffer, text.byteOffset, text.length);
}

/**
 * Starts a stream of records in a content coding. `base` goes between a record's pieces as it is:
 * the caller has escaped it for the text around it.
 */
export function createSplicer(coding: ContentCoding, base: string, framing: Framing): Splicer {
  const between = literal(base);
  const prefix = literal(framing.prefix);
  const separator = literal(framing.separator);
  const suffix = literal(framing.suffix);
  const stream = new Stream(coding);
  let started = false;

  function start(): void {
    started = true;
    if (coding === "gzip") stream.raw(GZIP_HEAD);
    if (coding === "deflate") stream.raw(ZLIB_HEAD);
    stream.literal(prefix);
  }

  function addRecord(record: Uint8Array): void {
    const { table, count } = checkRecord(record);
    let word = WORD_BYTES;
    const next = (): number => {
      const value = table.getUint32(word, true);
      word += WORD_BYTES;
      return value;
    };
    let at = WORD_BYTES * (1 + WORDS * count);
    for (let piece = 0; piece < count; piece++) {
      if (piece > 0) stream.literal(between);
      const length = next();
      const end = at + next();
      stream.text(record.subarray(at, end), length, next(), next(), next());
      at = end;
    }
  }

  return {
    add(records) {
      for (const record of records) {
        if (started) stream.literal(separator);
        else start();
        addRecord(record);
      }
      return stream.take();
    },
    end() {
      if (!started) start();
      stream.literal(suffix);
      if (coding !== "identity") stream.raw(LAST_BLOCK);
      stream.raw(stream.trailer());
      return stream.take();
    },
  };
}

/** The text of one record. Throws DecodeError for bytes that {@linkcode packPieces} did not make. */
export function unpackPieces(record: Uint8Array, base: string): string {
  const framing = { prefix: "", separator: "", suffix: "" };
  return new TextDecoder().decode(createSplicer("identity", base, framing).add([record]));
}

/** Deflated bytes of which {@linkcode unpackStart} makes text where it does not make all of it. */
const START_BYTES = 32 * 1024;

/**
 * The text of one record with nothing where a base URL goes: all of it where it has at most `most`
 * bytes, else its beginning. Throws DecodeError for bytes that {@linkcode packPieces} did not make.
 */
export function unpackStart(record: Uint8Array, most: number): string {
  const { table, count } = checkRecord(record);
  let length = 0;
  for (let piece = 0; piece < count; piece++) {
    length += table.getUint32(WORD_BYTES * (1 + WORDS * piece), true);
  }
  if (length <= most) return unpackPieces(record, "");
  const blocks = record.subarray(WORD_BYTES * (1 + WORDS * count)).subarray(0, START_BYTES);
  return new TextDecoder().decode(
    inflateRawSync(blocks, { finishFlush: constants.Z_SYNC_FLUSH }),
  );
}

/**
 * Writes a ZIP archive (PKWARE's APPNOTE 6.3.10) as a stream: nothing is known of an entry's bytes
 * before they come, nothing is kept of them after. Nothing is compressed, yet an entry that comes in
 * pieces is written as Deflate in stored blocks (RFC 1951 3.2.4): such a stream says itself where it
 * ends, so that its checksum may follow it. Readers that go through an archive from front to back,
 * Java's among them, refuse a checksum behind an entry of method "stored". ZIP64 is used where a
 * number is too large for the older fields, and nowhere else.
 *
 * It is our own because @zip.js/zip.js writes just that: method "stored" with the checksum behind.
 * @module
 */
import { crc32 } from "./crc32.ts";
import { ByteWriter } from "./writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Name and time of an entry. */
export interface ZipEntry {
  /** Path with slashes, ASCII only. */
  readonly name: string;
  /** Date and time as DOS has them, see {@linkcode dosMoment}. */
  readonly modified: number;
}

/** Writes entries one after another; every array is the archive's next run of bytes. */
export interface ZipWriter {
  /**
   * An entry whose bytes are all there, below 4 GiB. They lie in `run` from
   * {@linkcode zipHeadLength} on; what belongs before them is written there.
   */
  whole(entry: ZipEntry, run: Bytes): void;
  /** Begins an entry of `length` bytes, at least 1, that come in pieces. */
  begin(entry: ZipEntry, length: number): Bytes;
  /** The next piece of the entry. Throws RangeError where it goes beyond the length. */
  piece(bytes: Uint8Array): Bytes;
  /** Ends the entry. Throws RangeError where its length has not been reached. */
  end(): Bytes;
  /** Ends the archive. */
  close(): Bytes;
}

const LOCAL_HEAD = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL_HEAD = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;

const LOCAL_HEAD_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** General purpose bit 3: checksum and sizes are in a descriptor behind the bytes. */
const HAS_DESCRIPTOR = 0x0008;
const VERSION = 20;
const VERSION_64 = 45;
/** Made on Unix, so that the permissions below count. */
const MADE_BY = 3 << 8 | VERSION_64;
/** A file that its owner may write and everybody read. */
const PERMISSIONS = 0o100644;
const ZIP64_EXTRA = 0x0001;
/** In fields of 16 and 32 bits: the number is in the ZIP64 fields. */
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;

/** Most bytes in one stored block. */
const BLOCK_BYTES = 0xffff;
const BLOCK_HEAD_BYTES = 5;

/** Midnight of 1 January 1980, before which DOS has no time. */
const FIRST_DAY = 1 << 21 | 1 << 16;

/**
 * A date `YYYYMMDD` and a time that begins with `HHMMSS` as DOS has them: the date in the upper 16
 * bits, the time in two seconds in the lower. Without a date, or with one that DOS does not have,
 * the first that it has.
 */
export function dosMoment(date: string | undefined, time: string | undefined): number {
  const [, year = 0, month = 0, day = 0] = numbersOf(/^(\d{4})(\d\d)(\d\d)$/, date);
  if (year < 1980 || year > 2107 || month < 1 || month > 12 || day < 1 || day > 31) {
    return FIRST_DAY;
  }
  const [, hour = 0, minute = 0, second = 0] = numbersOf(TIME_OF_DAY, time);
  const days = year - 1980 << 9 | month << 5 | day;
  return (days << 16 | hour << 11 | minute << 5 | second >> 1) >>> 0;
}

const TIME_OF_DAY = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)/;

/** What a pattern's groups hold; nothing where it does not match. */
function numbersOf(pattern: RegExp, text: string | undefined): readonly number[] {
  return pattern.exec(text ?? "")?.map(Number) ?? [];
}

/** Bytes before those of a whole entry. */
export function zipHeadLength({ name }: ZipEntry): number {
  return LOCAL_HEAD_BYTES + name.length;
}

/** What the directory at the end says of an entry. */
interface Written extends ZipEntry {
  readonly offset: number;
  readonly method: typeof STORED | typeof DEFLATED;
  readonly crc: number;
  readonly compressed: number;
  readonly length: number;
}

/** An entry whose pieces are coming. */
interface Open extends ZipEntry {
  readonly offset: number;
  readonly length: number;
  readonly compressed: number;
  crc: number;
  /** Bytes that have not come yet. */
  left: number;
  /** Bytes until the block ends. */
  block: number;
}

/** Begins an archive. */
export function createZipWriter(): ZipWriter {
  const directory = new ByteWriter();
  let entries = 0;
  /** Bytes of the archive so far. */
  let offset = 0;
  let open: Open | undefined;

  function sent(bytes: Bytes): Bytes {
    offset += bytes.length;
    return bytes;
  }

  function list(entry: Written): void {
    entries++;
    writeCentralHead(directory, entry);
  }

  return {
    whole(entry, run) {
      const head = zipHeadLength(entry);
      const content = run.subarray(head);
      const length = content.length;
      const crc = crc32(content);
      const written = {
        ...entry,
        offset,
        method: STORED,
        crc,
        compressed: length,
        length,
      } as const;
      run.set(localHead(written));
      list(written);
      offset += run.length;
    },

    begin(entry, length) {
      const compressed = length + BLOCK_HEAD_BYTES * Math.ceil(length / BLOCK_BYTES);
      open = { ...entry, offset, length, compressed, crc: 0, left: length, block: 0 };
      return sent(localHead({ ...open, method: DEFLATED }));
    },

    piece(bytes) {
      if (open === undefined || bytes.length > open.left) {
        throw new RangeError("More bytes than the entry of the archive has");
      }
      open.crc = crc32(bytes, open.crc);
      return sent(inBlocks(open, bytes));
    },

    end() {
      if (open === undefined || open.left > 0) {
        throw new RangeError("Fewer bytes than the entry of the archive has");
      }
      const written = { ...open, method: DEFLATED } as const;
      open = undefined;
      list(written);
      const writer = new ByteWriter();
      writer.u32(DESCRIPTOR);
      writer.u32(written.crc);
      for (const size of [written.compressed, written.length]) {
        if (isLarge(written)) u64(writer, size);
        else writer.u32(size);
      }
      return sent(writer.take());
    },

    close() {
      const bytes = directory.length;
      writeEnd(directory, { entries, bytes, offset });
      return sent(directory.take());
    },
  };
}

/** Cuts bytes into stored blocks that end where they would whatever the pieces. */
function inBlocks(open: Open, bytes: Uint8Array): Bytes {
  const { left, block } = open;
  const heads = Math.ceil(Math.max(0, bytes.length - block) / BLOCK_BYTES);
  const out = new Uint8Array(bytes.length + heads * BLOCK_HEAD_BYTES);
  const view = new DataView(out.buffer);
  let to = 0;
  for (let at = 0; at < bytes.length;) {
    if (open.block === 0) {
      open.block = Math.min(BLOCK_BYTES, left - at);
      view.setUint8(to, open.block === left - at ? 1 : 0);
      view.setUint16(to + 1, open.block, true);
      view.setUint16(to + 3, ~open.block, true);
      to += BLOCK_HEAD_BYTES;
    }
    const run = Math.min(open.block, bytes.length - at);
    out.set(bytes.subarray(at, at + run), to);
    at += run;
    to += run;
    open.block -= run;
  }
  open.left -= bytes.length;
  return out;
}

/** Whether the sizes of an entry take more than 32 bits. */
function isLarge({ compressed, length }: Pick<Written, "compressed" | "length">): boolean {
  return Math.max(compressed, length) >= MAX_32;
}

function localHead(entry: Written): Bytes {
  const { name, method, crc, compressed, length } = entry;
  const isKnown = method === STORED;
  const large = isLarge(entry);
  const writer = new ByteWriter();
  writer.u32(LOCAL_HEAD);
  writeCommon(writer, entry);
  writer.u32(isKnown ? crc : 0);
  // With a descriptor the sizes are 0, or those of ZIP64, which say how wide its numbers are.
  writer.u32(large ? MAX_32 : isKnown ? compressed : 0);
  writer.u32(large ? MAX_32 : isKnown ? length : 0);
  writer.u16(name.length);
  writer.u16(large ? 20 : 0);
  writer.bytes(asciiOf(name));
  if (large) writeExtra(writer, [0, 0]);
  return writer.take();
}

/** What local and central head have in common: version, flags, method and time. */
function writeCommon(writer: ByteWriter, entry: Written): void {
  writer.u16(isLarge(entry) || entry.offset >= MAX_32 ? VERSION_64 : VERSION);
  writer.u16(entry.method === STORED ? 0 : HAS_DESCRIPTOR);
  writer.u16(entry.method);
  writer.u16(entry.modified & 0xffff);
  writer.u16(entry.modified >>> 16);
}

function writeCentralHead(writer: ByteWriter, entry: Written): void {
  const { name, crc, compressed, length, offset } = entry;
  const large = isLarge(entry);
  const far = offset >= MAX_32;
  const extra = [...(large ? [length, compressed] : []), ...(far ? [offset] : [])];
  writer.u32(CENTRAL_HEAD);
  writer.u16(MADE_BY);
  writeCommon(writer, entry);
  writer.u32(crc);
  writer.u32(large ? MAX_32 : compressed);
  writer.u32(large ? MAX_32 : length);
  writer.u16(name.length);
  writer.u16(extra.length === 0 ? 0 : 4 + 8 * extra.length);
  writer.u16(0); // comment
  writer.u16(0); // disk
  writer.u16(0); // internal attributes
  writer.u16(0);
  writer.u16(PERMISSIONS);
  writer.u32(far ? MAX_32 : offset);
  writer.bytes(asciiOf(name));
  if (extra.length > 0) writeExtra(writer, extra);
}

function writeExtra(writer: ByteWriter, numbers: readonly number[]): void {
  writer.u16(ZIP64_EXTRA);
  writer.u16(8 * numbers.length);
  for (const number of numbers) u64(writer, number);
}

/** The end of the directory, which has `bytes` and begins at `offset`. */
function writeEnd(
  writer: ByteWriter,
  { entries, bytes, offset }: { entries: number; bytes: number; offset: number },
): void {
  if (entries >= MAX_16 || bytes >= MAX_32 || offset >= MAX_32) {
    writer.u32(END_64);
    u64(writer, 44); // of what follows
    writer.u16(MADE_BY);
    writer.u16(VERSION_64);
    writer.u32(0); // this disk
    writer.u32(0); // the disk on which the directory begins
    u64(writer, entries);
    u64(writer, entries);
    u64(writer, bytes);
    u64(writer, offset);
    writer.u32(END_64_LOCATOR);
    writer.u32(0);
    u64(writer, offset + bytes);
    writer.u32(1); // disks
  }
  writer.u32(END);
  writer.u16(0);
  writer.u16(0);
  writer.u16(Math.min(entries, MAX_16));
  writer.u16(Math.min(entries, MAX_16));
  writer.u32(Math.min(bytes, MAX_32));
  writer.u32(Math.min(offset, MAX_32));
  writer.u16(0); // comment
}

function u64(writer: ByteWriter, value: number): void {
  writer.u32(value % 2 ** 32);
  writer.u32(Math.floor(value / 2 ** 32));
}

function asciiOf(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}

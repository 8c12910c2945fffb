/**
 * Streaming decoding of multipart/related (RFC 2046 section 5.1.1, PS3.18 section 8.6.1.2). Bodies
 * pass through as views of the chunks that came in; nothing is collected but header lines.
 * @module
 */
import { DecodeError, LimitError } from "../errors.ts";
import { createDelimiter, type Delimiter } from "./delimiter.ts";
import type { MediaType } from "./media_type.ts";
import { MAX_PART_HEAD_BYTES, parsePartHead } from "./part_head.ts";

/** Parts of one body: more than any study has instances, few enough to answer for one by one. */
export const MAX_PARTS = 100_000;
/** Bytes before the first delimiter and after the last one: room for a note, not for a payload. */
export const MAX_AROUND_BYTES = 64 * 1024;
/** White space after a boundary that is still taken for the rest of a delimiter line. */
const MAX_PADDING = 64;

/** One part. */
export interface Part {
  /** Values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /**
   * The bytes, to be read once and before the next part is asked for; what is left then is skipped.
   * A chunk is good until the next is asked for, if `body` of the message says no better.
   * Throws DecodeError where the body of the message ends first.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The boundary that a Content-Type names. Throws DecodeError where there is none. */
export function boundaryOf(mediaType: MediaType): string {
  const boundary = mediaType.parameters.get("boundary");
  if (!boundary) throw new DecodeError("Content-Type names no multipart boundary");
  return boundary;
}

/**
 * Decodes a body part by part. A preamble and an epilogue are skipped. Throws DecodeError where the
 * body ends before its closing delimiter or is not multipart, and LimitError; parts that were complete
 * before have been yielded by then. Ending the iteration early ends `body`.
 */
export async function* decodeMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: { readonly maxParts: number } = { maxParts: MAX_PARTS },
): AsyncGenerator<Part, void, undefined> {
  const input = new DelimitedInput(body[Symbol.asyncIterator](), createDelimiter(boundary));
  try {
    let end = await input.skipPreamble();
    for (let count = 0; end === "part"; count++) {
      if (count === limits.maxParts) {
        throw new LimitError("MAX_PARTS", limits.maxParts, "The number of parts");
      }
      const headers = parsePartHead(await input.readHead());
      const part = partBody(input);
      yield { headers, body: part };
      end = await part.skip();
    }
    await input.skipEpilogue();
  } finally {
    await input.close();
  }
}

/** What a delimiter announces: another part, or the end. */
type End = "part" | "close";

/** The bytes up to the next delimiter. Leaving a loop over them early loses nothing but the loop. */
function partBody(input: DelimitedInput): Part["body"] & { skip(): Promise<End> } {
  let end: End | undefined;
  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (end !== undefined) return { done: true, value: undefined };
    const piece = await input.readBody();
    if (piece instanceof Uint8Array) return { done: false, value: piece };
    end = piece;
    return { done: true, value: undefined };
  }
  return {
    [Symbol.asyncIterator]: () => ({ next }),
    async skip() {
      while (end === undefined) await next();
      return end;
    },
  };
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;
const LINE_END_LENGTH = 2;
const text = new TextDecoder();

/** The chunks of a body, read up to the next delimiter wherever the chunks are cut. */
class DelimitedInput {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Delimiter;
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** Bytes in the chunks before this one. */
  #before = 0;
  /** How many bytes of a delimiter stand right before the position … */
  #matched = LINE_END_LENGTH;
  /** … and how many of these are no part of the body, but the line end in front of it. */
  #foreign = LINE_END_LENGTH;
  #delimited = false;

  constructor(source: AsyncIterator<Uint8Array>, delimiter: Delimiter) {
    this.#source = source;
    this.#delimiter = delimiter;
  }

  /** The next bytes of a body, never empty, or what the delimiter behind it announces. */
  async readBody(): Promise<Uint8Array | End> {
    const { bytes } = this.#delimiter;
    for (;;) {
      if (this.#matched === bytes.length) return await this.#readDelimiterEnd();
      if (this.#position === this.#chunk.length) await this.#fill();
      const chunk = this.#chunk;
      if (this.#matched > 0) {
        while (this.#matched < bytes.length && chunk[this.#position] === bytes[this.#matched]) {
          this.#matched++;
          this.#position++;
        }
        if (this.#matched === bytes.length || this.#position === chunk.length) continue;
        const data = this.#takeMatched();
        if (data.length > 0) return data;
      }
      const start = this.#position;
      const at = this.#delimiter.indexIn(chunk, start);
      this.#matched = at < 0 ? this.#delimiter.prefixAtEnd(chunk, start) : bytes.length;
      this.#position = at < 0 ? chunk.length : at + bytes.length;
      const end = this.#position - this.#matched;
      if (end > start) return chunk.subarray(start, end);
    }
  }

  /** Header lines of a part without their line ends, up to the empty line. */
  async readHead(): Promise<string[]> {
    const lines: string[] = [];
    for (let left = MAX_PART_HEAD_BYTES;;) {
      const line = await this.#readLine(left);
      left -= line.length;
      const end = line.length - (line.at(-2) === CR ? 2 : 1);
      if (end === 0) break;
      lines.push(text.decode(line.subarray(0, end)));
    }
    // The empty line may be the line end that begins a delimiter: the body is empty then.
    this.#matched = this.#foreign = LINE_END_LENGTH;
    return lines;
  }

  async skipPreamble(): Promise<End> {
    for (let skipped = 0; skipped <= MAX_AROUND_BYTES;) {
      const piece = await this.readBody();
      if (!(piece instanceof Uint8Array)) return piece;
      skipped += piece.length;
    }
    throw new DecodeError(
      `The first ${MAX_AROUND_BYTES} bytes hold no delimiter with the boundary that Content-Type names`,
    );
  }

  /** Reads to the end, so that the connection can be used again, unless that is far. */
  async skipEpilogue(): Promise<void> {
    for (let skipped = this.#chunk.length - this.#position; skipped <= MAX_AROUND_BYTES;) {
      const result = await this.#source.next();
      if (result.done) return;
      skipped += result.value.length;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** After the boundary: `--`, or white space and a line end; anything else makes it data. */
  async #readDelimiterEnd(): Promise<Uint8Array | End> {
    const seen: number[] = [];
    for (;;) {
      if (this.#position === this.#chunk.length) await this.#fill();
      const byte = this.#chunk[this.#position]!;
      const dashed = seen[0] === DASH;
      if (dashed ? byte === DASH : byte === LF) {
        this.#position++;
        this.#delimited = true;
        return dashed ? "close" : "part";
      }
      const goesOn = byte === SPACE || byte === TAB || byte === CR ||
        (byte === DASH && seen.length === 0);
      if (!goesOn || dashed || seen.at(-1) === CR || seen.length === MAX_PADDING) break;
      seen.push(byte);
      this.#position++;
    }
    return concat(this.#takeMatched(), Uint8Array.from(seen));
  }

  /** The start of a delimiter that turned out to be data. */
  #takeMatched(): Uint8Array {
    const data = this.#delimiter.bytes.slice(this.#foreign, this.#matched);
    this.#matched = this.#foreign = 0;
    return data;
  }

  /** Bytes up to and with the next LF. */
  async #readLine(max: number): Promise<Uint8Array> {
    let line: Uint8Array = new Uint8Array(0);
    for (;;) {
      if (this.#position === this.#chunk.length) await this.#fill();
      const lineEnd = this.#chunk.indexOf(LF, this.#position);
      const end = lineEnd < 0 ? this.#chunk.length : lineEnd + 1;
      if (line.length + end - this.#position > max) {
        throw new LimitError("MAX_PART_HEAD_BYTES", MAX_PART_HEAD_BYTES, "The header of a part");
      }
      const piece = this.#chunk.subarray(this.#position, end);
      this.#position = end;
      if (lineEnd >= 0) return concat(line, piece);
      // The chunk's memory belongs to the source again when the next is asked for.
      line = concat(line, piece.slice());
    }
  }

  async #fill(): Promise<void> {
    do {
      const result = await this.#source.next();
      this.#before += this.#chunk.length;
      if (result.done) {
        this.#chunk = new Uint8Array(0);
        this.#position = 0;
        throw this.#truncated();
      }
      this.#chunk = result.value;
      this.#position = 0;
    } while (this.#chunk.length === 0);
  }

  #truncated(): DecodeError {
    const message = this.#before === 0
      ? "The body is empty"
      : this.#delimited
      ? "The body ends before its closing delimiter"
      : "The body has no delimiter with the boundary that Content-Type names";
    return new DecodeError(message, { offset: this.#before });
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * One blob on its way into an object store: what fits into one part is sent at once with its
 * commit, what is larger in parts as they fill.
 * @module
 */
import type { BlobWriter } from "./blob_store.ts";
import { givePartBuffer, takePartBuffer } from "./part_buffers.ts";
import { partSize, type S3Uploads } from "./s3_upload.ts";
import { giveBuffer, takeBuffer, WRITE_BYTES } from "./write_buffers.ts";

/** Up to here bytes are kept as they came: many small blobs under way must not hold a buffer each. */
const SMALL_BYTES = 64 * 1024;

/** Parts of all blobs that are sent at once: each is in memory three times while it is. */
const PARTS_AT_ONCE = 4;

let partsUnderWay = 0;
const waiting: (() => void)[] = [];

/** Sends a part when it is its turn. */
async function inTurn(send: () => Promise<void>): Promise<void> {
  if (partsUnderWay < PARTS_AT_ONCE) partsUnderWay++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    await send();
  } finally {
    const next = waiting.shift();
    if (next === undefined) partsUnderWay--;
    else next();
  }
}

/** Writes the object of a key; see {@linkcode BlobWriter}. */
export class S3BlobWriter implements BlobWriter {
  readonly #key: string;
  readonly #uploads: S3Uploads;
  readonly #firstPart: number;
  /** Copies of chunks, or a buffer that is filled from its start. */
  #small: Uint8Array[] = [];
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #gatheredBytes = 0;
  #sentBytes = 0;
  #upload: string | undefined;
  readonly #etags: string[] = [];
  #parts = 0;
  /** The part that is sent while the next is gathered. Never rejects. */
  #sending: Promise<void> = Promise.resolve();
  readonly #stopped = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(key: string, uploads: S3Uploads, firstPart: number) {
    this.#key = key;
    this.#uploads = uploads;
    this.#firstPart = firstPart;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#buffer === undefined && this.#gatheredBytes + chunk.length <= SMALL_BYTES) {
      this.#small.push(chunk.slice());
      this.#gatheredBytes += chunk.length;
      return;
    }
    for (let taken = 0; taken < chunk.length;) {
      if (this.#gatheredBytes === this.#partBytes) await this.#sendPart();
      const buffer = this.#roomFor(chunk.length - taken);
      const part = chunk.subarray(taken, taken + buffer.length - this.#gatheredBytes);
      buffer.set(part, this.#gatheredBytes);
      this.#gatheredBytes += part.length;
      taken += part.length;
    }
  }

  async commit(): Promise<void> {
    try {
      if (this.#upload === undefined) await this.#putWhole();
      else {
        await this.#sendPart();
        await this.#sending;
        this.#throwFailure();
        await this.#uploads.complete(this.#key, this.#upload, this.#etags, this.#sentBytes);
        this.#upload = undefined;
      }
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async abort(): Promise<void> {
    this.#stopped.abort(new Error("aborted"));
    await this.#sending;
    this.#giveBack();
    this.#small = [];
    this.#gatheredBytes = 0;
    const upload = this.#upload;
    this.#upload = undefined;
    if (upload !== undefined) await this.#uploads.abort(this.#key, upload);
  }

  /** Bytes of the part that is gathered. */
  get #partBytes(): number {
    return partSize(this.#parts + 1, this.#firstPart);
  }

  /** The buffer, with room for some of so many bytes: the smaller of two kinds while it suffices. */
  #roomFor(bytes: number): Uint8Array<ArrayBuffer> {
    const held = this.#buffer;
    if (held !== undefined && held.length > this.#gatheredBytes) return held;
    const isShort = held === undefined && this.#gatheredBytes + bytes <= WRITE_BYTES &&
      this.#upload === undefined;
    const isSmall = isShort && WRITE_BYTES < this.#partBytes;
    const buffer = isSmall ? takeBuffer() : takePartBuffer(this.#partBytes);
    let at = 0;
    for (const piece of held === undefined ? this.#small : [held]) {
      buffer.set(piece, at);
      at += piece.length;
    }
    this.#small = [];
    this.#giveBack();
    return this.#buffer = buffer;
  }

  #giveBack(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer === undefined) return;
    if (buffer.length === WRITE_BYTES) giveBuffer(buffer);
    else givePartBuffer(buffer);
  }

  #gathered(): Uint8Array<ArrayBuffer> {
    if (this.#buffer === undefined) this.#roomFor(0);
    return this.#buffer!.subarray(0, this.#gatheredBytes);
  }

  async #putWhole(): Promise<void> {
    await this.#uploads.put(this.#key, this.#gathered());
    this.#giveBack();
  }

  /** Sends what is gathered as the next part, once the one before is sent. */
  async #sendPart(): Promise<void> {
    const upload = this.#upload ??= await this.#uploads.begin(this.#key);
    await this.#sending;
    this.#throwFailure();
    const bytes = this.#gathered();
    const buffer = this.#buffer!;
    this.#buffer = undefined;
    this.#gatheredBytes = 0;
    this.#sentBytes += bytes.length;
    const number = ++this.#parts;
    this.#sending = inTurn(() => this.#send(upload, number, bytes))
      // The next write or the end tells it.
      .catch((error) => void (this.#failure ??= { error }))
      .finally(() => givePartBuffer(buffer));
  }

  async #send(upload: string, number: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    this.#etags.push(await this.#uploads.part(this.#key, upload, number, bytes, signal));
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

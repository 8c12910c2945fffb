/**
 * What a stored object says, whatever encoding it is written in: digests of its elements in little
 * endian, without what encodings are free in (lengths of sequences, group lengths, padding of the
 * data set, value representations, offset tables).
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { Tag, VR } from "../../lib/dicom/dataset.ts";
import { ObjectScanner } from "../../lib/dicom/object_scanner.ts";
import type { ScanHandler, Treatment } from "../../lib/dicom/scan_handler.ts";
import { evenLength, isGroupLength } from "../../lib/dicom/write_element.ts";

/** Digests of one object's content, SHA-256 in hex. */
export interface ContentDigest {
  /** Of all elements but pixel data. */
  readonly header: string;
  /** Of the pixel data as it lies there. */
  readonly pixels: string;
}

/** Reads an object to its end; undefined where it is damaged. Throws as the scan does. */
export async function contentDigest(
  stream: AsyncIterable<Uint8Array>,
): Promise<ContentDigest | undefined> {
  const handler = new DigestHandler();
  const scanner = new ObjectScanner(() => handler);
  for await (const chunk of stream) {
    const pushed = scanner.push(chunk);
    if (pushed !== undefined) await pushed;
  }
  await scanner.end();
  return scanner.damage === undefined ? handler.digest() : undefined;
}

const FIRST_PIXEL_TAG: Tag = 0x7fe00001;
const LAST_PIXEL_TAG: Tag = 0x7fe00010;
const DATA_SET_TRAILING_PADDING: Tag = 0xfffcfffc;
const ZERO = new Uint8Array(1);

/** What stands in the digest where an item or a sequence begins or ends. No tags of elements. */
const MARK = { sequence: 1, item: 2, itemEnd: 3, sequenceEnd: 4 } as const;

class DigestHandler implements ScanHandler {
  readonly #header = createHash("sha256");
  readonly #pixels = createHash("sha256");
  #into: Hash = this.#header;
  #depth = 0;
  #isOdd = false;

  digest(): ContentDigest {
    return { header: this.#header.digest("hex"), pixels: this.#pixels.digest("hex") };
  }

  beginValue(tag: Tag, _vr: VR, length: number): Treatment {
    if (isGroupLength(tag) || tag === DATA_SET_TRAILING_PADDING) return "skip";
    this.#choose(tag);
    this.#numbers(tag, evenLength(length));
    this.#isOdd = length % 2 === 1;
    return "stream";
  }

  value(bytes: Uint8Array): void {
    this.#into.update(bytes);
  }

  part(bytes: Uint8Array): void {
    this.#into.update(bytes);
  }

  endParts(): void {
    if (this.#isOdd) this.#into.update(ZERO);
  }

  beginSequence(tag: Tag): void {
    this.#choose(tag);
    this.#numbers(MARK.sequence, tag);
    this.#depth++;
  }

  beginItem(): void {
    this.#numbers(MARK.item, 0);
  }

  endItem(): void {
    this.#into = this.#header;
    this.#numbers(MARK.itemEnd, 0);
  }

  endSequence(): void {
    this.#depth--;
    this.#numbers(MARK.sequenceEnd, 0);
  }

  beginFragments(tag: Tag): void {
    this.#choose(tag);
  }

  beginFragment(number: number, length: number): Treatment {
    if (number === 0) return "skip";
    this.#numbers(number, evenLength(length));
    this.#isOdd = length % 2 === 1;
    return "stream";
  }

  endFragments(): void {}

  /** Pixel data of an icon, which lies in a sequence, is a part of the header. */
  #choose(tag: Tag): void {
    const isPixels = this.#depth === 0 && tag >= FIRST_PIXEL_TAG && tag <= LAST_PIXEL_TAG;
    this.#into = isPixels ? this.#pixels : this.#header;
  }

  #numbers(first: number, second: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, first);
    view.setUint32(4, second);
    this.#into.update(new Uint8Array(view.buffer));
  }
}

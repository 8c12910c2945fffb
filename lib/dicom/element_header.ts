/**
 * Reads the header of one data element (PS3.5 7.1): tag, value representation, length.
 * @module
 */

import type { ChunkQueue } from "../bytes/chunk_queue.ts";
import type { Tag, VR } from "./dataset.ts";
import { implicitVR, lookup } from "./dictionary.ts";
import { isUppercaseCode, layoutOfCode } from "./value_layout.ts";

/** How elements are written: Implicit or Explicit VR, in one byte order or the other. */
export interface ElementEncoding {
  readonly explicitVR: boolean;
  readonly littleEndian: boolean;
}

/** PS3.5 A.1. */
export const IMPLICIT_LITTLE: ElementEncoding = { explicitVR: false, littleEndian: true };
/** PS3.5 A.2. */
export const EXPLICIT_LITTLE: ElementEncoding = { explicitVR: true, littleEndian: true };

/** The length that says that delimiters end the value (PS3.5 7.1.1). */
export const UNDEFINED_LENGTH = 0xffffffff;
/** Item (FFFE,E000). */
export const ITEM: Tag = 0xfffee000;
/** Item Delimitation Item (FFFE,E00D). */
export const ITEM_DELIMITATION: Tag = 0xfffee00d;
/** Sequence Delimitation Item (FFFE,E0DD). */
export const SEQUENCE_DELIMITATION: Tag = 0xfffee0dd;
/** Pixel Data (7FE0,0010). */
export const PIXEL_DATA: Tag = 0x7fe00010;

/** The header of one element. */
export interface ElementHeader {
  readonly tag: Tag;
  /** SQ also where the bytes say UN but hold a sequence (PS3.5 6.2.2). */
  readonly vr: VR;
  /** Bytes of the value, or {@linkcode UNDEFINED_LENGTH}. */
  readonly length: number;
  /** Bytes of the header itself. */
  readonly size: 8 | 12;
  /** How the elements inside the value are written, where it is a sequence. */
  readonly inner: ElementEncoding;
}

/**
 * Reads the header at the queue's cursor without consuming it; undefined until enough has
 * arrived. An element without a VR in an explicit data set is read as an implicit one, and an
 * unknown VR as PS3.5 7.1.2 lays out those of later editions, with a 32-bit length.
 */
export function peekHeader(
  queue: ChunkQueue,
  encoding: ElementEncoding,
  pixelRepresentation: number | undefined,
): ElementHeader | undefined {
  if (!queue.has(8)) return undefined;
  const { littleEndian } = encoding;
  const tag = tagAt(queue, 0, littleEndian);
  const code = encoding.explicitVR && (tag >>> 16) !== 0xfffe ? queue.u16(4, false) : 0;
  if (!isUppercaseCode(code)) {
    const length = queue.u32(4, littleEndian);
    // Pixel data in fragments is OB by PS3.5 A.4, where no VR says so itself.
    const isEncapsulated = tag === PIXEL_DATA && length === UNDEFINED_LENGTH;
    const vr = isEncapsulated ? "OB" : implicitVR(tag, { pixelRepresentation });
    const inner = littleEndian ? IMPLICIT_LITTLE : encoding;
    return sequenceOr({ tag, vr, length, size: 8, inner });
  }
  const layout = layoutOfCode(code);
  const vr = layout?.vr ?? "UN";
  if (layout === undefined ? queue.u16(6, true) !== 0 : layout.shortLength) {
    return { tag, vr, length: queue.u16(6, littleEndian), size: 8, inner: encoding };
  }
  if (!queue.has(12)) return undefined;
  const length = queue.u32(8, littleEndian);
  if (vr !== "UN") return sequenceOr({ tag, vr, length, size: 12, inner: encoding });
  return peekUnknown(queue, { tag, vr, length, size: 12, inner: IMPLICIT_LITTLE });
}

/**
 * Whoever did not know an element has left it as it came and called it UN (PS3.5 6.2.2): one of
 * undefined length is a sequence, and so is one that the dictionary calls a sequence if it begins
 * with an item. Its content is implicit, but some writers have it explicit: its first element tells.
 */
function peekUnknown(queue: ChunkQueue, header: ElementHeader): ElementHeader | undefined {
  const { tag, length, size } = header;
  const delimited = length === UNDEFINED_LENGTH;
  if (delimited ? tag === PIXEL_DATA : lookup(tag)?.vr !== "SQ") return header;
  if (length < 8) return length === 0 ? { ...header, vr: "SQ" } : header;
  if (!queue.has(size + 8)) return undefined;
  if (tagAt(queue, size, true) !== ITEM) return delimited ? { ...header, vr: "SQ" } : header;
  if (length < 16) return { ...header, vr: "SQ" };
  if (!queue.has(size + 16)) return undefined;
  const isElement = tagAt(queue, size + 8, true) >>> 16 !== 0xfffe;
  const isExplicit = isElement && layoutOfCode(queue.u16(size + 12, false)) !== undefined;
  return { ...header, vr: "SQ", inner: isExplicit ? EXPLICIT_LITTLE : IMPLICIT_LITTLE };
}

/** The tag `index` bytes after the cursor; the queue must have said that it is here. */
export function tagAt(queue: ChunkQueue, index: number, littleEndian: boolean): Tag {
  return queue.u16(index, littleEndian) * 0x10000 + queue.u16(index + 2, littleEndian);
}

/** Only sequences and pixel data have an undefined length, whatever VR stands there. */
function sequenceOr(header: ElementHeader): ElementHeader {
  if (header.length !== UNDEFINED_LENGTH || header.vr === "SQ") return header;
  if (header.vr === "OB" || header.vr === "OW" || header.tag === PIXEL_DATA) return header;
  return { ...header, vr: "SQ" };
}

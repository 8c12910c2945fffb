/**
 * What a scan reports, element by element, to whoever makes something of it: a tree in memory
 * (tree_builder.ts) or another encoding (reencode.ts).
 * @module
 */

import type { Tag, VR } from "./dataset.ts";

/**
 * What becomes of a value: `hold` delivers it in one piece, `stream` in parts as they arrive,
 * `skip` not at all.
 */
export type Treatment = "hold" | "stream" | "skip";

/**
 * Receives a data set in the order of its bytes. Values come in little endian whatever the
 * encoding; parts of a value are never cut inside a word of its VR where words had to be swapped.
 * Arrays are valid only during the call: they may be views of the chunk that was pushed.
 */
export interface ScanHandler {
  /** An element with a value of `length` bytes at `offset` of the stream begins. */
  beginValue(tag: Tag, vr: VR, length: number, offset: number): Treatment;
  /** The value that is held, of the element or fragment that began last. */
  value(bytes: Uint8Array): void;
  /** A part of the value that is streamed. */
  part(bytes: Uint8Array): void;
  /** The value that is streamed is complete. */
  endParts(): void;
  /** A sequence begins, whatever VR it was stored under. */
  beginSequence(tag: Tag): void;
  /** An item of the sequence begins: what follows belongs to it. */
  beginItem(): void;
  /** The item that began last is complete. */
  endItem(): void;
  /** The sequence that began last is complete: what follows belongs to what holds it. */
  endSequence(): void;
  /** Encapsulated pixel data begins (PS3.5 A.4). */
  beginFragments(tag: Tag, vr: "OB" | "OW" | "UN"): void;
  /** An item of encapsulated pixel data begins: number 0 is the Basic Offset Table. */
  beginFragment(number: number, length: number, offset: number): Treatment;
  /** Encapsulated pixel data is complete. */
  endFragments(): void;
}

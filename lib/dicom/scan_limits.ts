/**
 * What one data set may cost to scan.
 * @module
 */

import { LimitError } from "../errors.ts";

/** Bytes of headers and held values in one data set: far more than any real one has. */
export const HEADER_BYTES = 64 * 1024 * 1024;
/** Sequences within sequences: real objects stay below 10, and stacks of readers are finite. */
export const SEQUENCE_DEPTH = 64;
/** Elements and items of one data set: a slide of 100,000 frames has 25 a frame. */
export const ELEMENTS = 2_600_000;
/** Memory that an element or item costs, however few bytes it has in the file. */
export const ELEMENT_BYTES = 200;
/** Fragments of one pixel data element: each costs its reader 16 bytes. */
export const FRAGMENTS = 4_000_000;

/** Counts what a scan has read against the limits; each method throws a LimitError beyond its own. */
export class ScanBudget {
  #elements = 0;
  #headerBytes = 0;

  /** Elements and items so far. */
  get elements(): number {
    return this.#elements;
  }

  /** One more element or item, whose header has this many bytes. */
  spendElement(headerBytes: number): void {
    if (++this.#elements > ELEMENTS) {
      throw new LimitError("ELEMENTS", ELEMENTS, "The number of elements");
    }
    this.spendBytes(headerBytes);
  }

  /** More bytes that are held in memory. */
  spendBytes(bytes: number): void {
    this.#headerBytes += bytes;
    if (this.#headerBytes > HEADER_BYTES) {
      throw new LimitError("HEADER_BYTES", HEADER_BYTES, "The header of the data set");
    }
  }

  /** One more item of encapsulated pixel data, the offset table being number 0. */
  checkFragment(number: number): void {
    if (number > FRAGMENTS) {
      throw new LimitError("FRAGMENTS", FRAGMENTS, "The number of pixel data fragments");
    }
  }

  /** One more sequence, at this depth from 1. */
  checkDepth(depth: number): void {
    if (depth > SEQUENCE_DEPTH) {
      throw new LimitError("SEQUENCE_DEPTH", SEQUENCE_DEPTH, "The nesting of sequences");
    }
  }
}

/**
 * Passes the bytes of one value after another from a queue to the handler of a scan.
 * @module
 */

import type { ChunkQueue } from "../bytes/chunk_queue.ts";
import type { Tag } from "./dataset.ts";
import type { ScanHandler, Treatment } from "./scan_handler.ts";
import { swapWords, type WordBytes } from "./value_layout.ts";

const NOTHING_YET = new Uint8Array(0);

/** The value that a scan is in the middle of, if it is in one. */
export class PendingValue {
  readonly #queue: ChunkQueue;
  readonly #handler: ScanHandler;
  #tag: Tag | undefined;
  #treatment: Treatment = "skip";
  #left = 0;
  #swapBytes: WordBytes = 1;

  constructor(queue: ChunkQueue, handler: ScanHandler) {
    this.#queue = queue;
    this.#handler = handler;
  }

  /** The element whose value is not complete; undefined between values. */
  get tag(): Tag | undefined {
    return this.#tag;
  }

  /** Bytes of that value that have not been passed on. */
  get left(): number {
    return this.#left;
  }

  /** Begins a value at the queue's cursor; words of `swapBytes` bytes are reversed. */
  begin(tag: Tag, length: number, treatment: Treatment, swapBytes: WordBytes): void {
    this.#tag = tag;
    this.#treatment = treatment;
    this.#left = length;
    this.#swapBytes = swapBytes;
  }

  /** Passes on what has arrived; true where nothing of a value is due any more. */
  pass(): boolean {
    if (this.#tag === undefined) return true;
    switch (this.#treatment) {
      case "hold": {
        if (!this.#queue.has(this.#left)) return false;
        const bytes = this.#queue.take(this.#left);
        this.#tag = undefined;
        this.#handler.value(this.#inLittleEndian(bytes));
        return true;
      }
      case "skip":
        this.#left -= this.#queue.skip(this.#left);
        break;
      case "stream":
        this.#stream();
        break;
    }
    if (this.#left > 0) return false;
    this.#tag = undefined;
    if (this.#treatment === "stream") this.#handler.endParts();
    return true;
  }

  #stream(): void {
    while (this.#left > 0) {
      const bytes = this.#nextPart();
      if (bytes.length === 0) return;
      this.#left -= bytes.length;
      this.#handler.part(this.#inLittleEndian(bytes));
    }
  }

  /** What lies in one piece, cut to whole words where they are swapped; empty for want of bytes. */
  #nextPart(): Uint8Array {
    const word = this.#swapBytes;
    if (word === 1 || this.#left < word) return this.#queue.takeSome(this.#left);
    if (!this.#queue.has(word)) return NOTHING_YET;
    const most = Math.min(this.#left, this.#queue.contiguous);
    return this.#queue.takeSome(most - most % word);
  }

  #inLittleEndian(bytes: Uint8Array): Uint8Array {
    return this.#swapBytes === 1 ? bytes : swapWords(bytes, this.#swapBytes);
  }
}

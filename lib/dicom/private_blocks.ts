/**
 * Blocks of private elements (PS3.5 7.8.1): which creator has which in one data set.
 * @module
 */

import type { Element, Tag } from "./dataset.ts";
import { decodeText, UTF8_CHARSET } from "./charset.ts";
import { isPrivateCreator } from "./dictionary.ts";
import { elementError } from "./encode_values.ts";

/** First and last block of a group. */
const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xFF;

/** Where the element of a creator belongs. */
export interface PrivatePlace {
  readonly tag: Tag;
  /** Tag of the creator's own element, where the block has just been reserved for it. */
  readonly reserved: Tag | undefined;
}

/** The blocks of one data set; those that are asked for are reserved. */
export class PrivateBlocks {
  /** By the tag of the creator's element. */
  readonly #creators = new Map<Tag, string>();

  /** @param elements of a data set whose text is UTF-8 */
  constructor(elements: Iterable<Element>) {
    for (const element of elements) {
      if (element.kind === "value" && isPrivateCreator(element.tag)) {
        this.#creators.set(element.tag, decodeText(element.bytes, "LO", UTF8_CHARSET).trim());
      }
    }
  }

  /**
   * The tag of a creator's element in this data set, whatever block the given tag has or, as in
   * XML, lacks.
   *
   * @throws {DecodeError} where the group has no free block
   */
  place(tag: Tag, creator: string): PrivatePlace {
    const group = (tag & 0xFFFF0000) >>> 0;
    const wanted = (tag >>> 8) & 0xFF;
    const candidates = [wanted];
    for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) candidates.push(block);
    const own = candidates.find((block) => this.#creators.get(group + block) === creator.trim());
    const block = own ??
      candidates.find((block) => block >= FIRST_BLOCK && !this.#creators.has(group + block));
    if (block === undefined) throw elementError(tag, "its group has no free private block");
    this.#creators.set(group + block, creator.trim());
    return {
      tag: group + (block << 8) + (tag & 0xFF),
      reserved: own === undefined ? group + block : undefined,
    };
  }
}

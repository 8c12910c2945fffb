/**
 * Which blobs a store has, found by listing: one request tells of a thousand, where asking for each
 * would be one each.
 * @module
 */
import type { BlobStore } from "../blobs/blob_store.ts";
import { dayOf } from "./blob_days.ts";

/** Days whose keys are held: objects come in the order in which they were stored. */
const DAYS = 8;

/** The blobs of a store that only its holder changes. */
export interface PresentBlobs {
  has(key: string): Promise<boolean>;
  /** It is there from now on. */
  add(key: string): void;
}

/** Nothing is listed before it is asked for. */
export function presentBlobs(blobs: BlobStore): PresentBlobs {
  const days = new Map<string, Promise<Set<string>>>();

  function keysOf(day: string): Promise<Set<string>> {
    const keys = days.get(day) ?? Array.fromAsync(blobs.list(day)).then((keys) => new Set(keys));
    days.delete(day);
    days.set(day, keys);
    if (days.size > DAYS) days.delete(days.keys().next().value!);
    return keys;
  }

  return {
    async has(key) {
      return (await keysOf(dayOf(key))).has(key);
    },
    add(key) {
      // A listing under way may have passed it by.
      days.get(dayOf(key))?.then((keys) => keys.add(key), () => {});
    },
  };
}

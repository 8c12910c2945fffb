/**
 * Instances that are to be sent later.
 * @module
 */
import type { Entry } from "./ready_queue.ts";

/** An instance that has been taken from the ready ones. */
export interface Waiting {
  readonly entry: Entry;
  /** Times that it has been tried. */
  readonly attempts: number;
}

/** Instances, each with the moment from which on it is to be tried again. */
export class Postponed {
  /** In order of `due`, the next one last. */
  readonly #list: { readonly waiting: Waiting; readonly due: number }[] = [];

  /** How many there are. */
  get size(): number {
    return this.#list.length;
  }

  /** When the next one is due; Infinity where there is none. */
  get nextDue(): number {
    return this.#list.at(-1)?.due ?? Infinity;
  }

  /** Puts one off until `due`; of those due together, the first put off comes first. */
  add(waiting: Waiting, due: number): void {
    let [low, high] = [0, this.#list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#list[middle]!.due > due) low = middle + 1;
      else high = middle;
    }
    this.#list.splice(low, 0, { waiting, due });
  }

  /** Takes one that is due; undefined where none is. */
  take(now: number): Waiting | undefined {
    return this.nextDue <= now ? this.#list.pop()?.waiting : undefined;
  }
}

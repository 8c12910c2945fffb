/**
 * A queue in which clients take turns: who asks for a thousand frames keeps nobody waiting who asks
 * for one.
 * @module
 */

/** What waits, by who asked for it. */
export class FairQueue<T extends object> {
  /** In the order of their turns; none of them is empty. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts an item behind those of the same client. */
  add(client: string, item: T): void {
    const line = this.#lines.get(client);
    if (line === undefined) this.#lines.set(client, new Set([item]));
    else line.add(item);
    this.#size++;
  }

  /** Takes the item whose turn it is; its client goes to the end. Undefined where none waits. */
  take(): T | undefined {
    for (const [client, line] of this.#lines) {
      const [item] = line;
      if (item === undefined) continue;
      this.delete(client, item);
      if (line.size > 0) {
        this.#lines.delete(client);
        this.#lines.set(client, line);
      }
      return item;
    }
    return undefined;
  }

  /** Takes an item out of turn; false where it does not wait. */
  delete(client: string, item: T): boolean {
    const line = this.#lines.get(client);
    if (line === undefined || !line.delete(item)) return false;
    if (line.size === 0) this.#lines.delete(client);
    this.#size--;
    return true;
  }
}

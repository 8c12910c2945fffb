/**
 * The requests that are under way to all archives together.
 * @module
 */

/** Requests under way at the same time: so many keep a server busy. */
export const REQUESTS = 4;

/** Counts requests, and tells when there may be another. */
export class Traffic {
  readonly #listeners: (() => void)[] = [];
  #underWay = 0;

  /** Whether another request may begin now. */
  get hasRoom(): boolean {
    return this.#underWay < REQUESTS;
  }

  /** Calls `listener` whenever a request has ended. */
  onEnd(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Counts a request until it has ended, in whatever way. */
  async count(request: Promise<void>): Promise<void> {
    this.#underWay++;
    try {
      await request;
    } finally {
      this.#underWay--;
      for (const listener of this.#listeners) listener();
    }
  }
}

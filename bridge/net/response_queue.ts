/**
 * Responses to one request between the peer that sends them and the consumer who takes them.
 * @module
 */
import { AssociationEnded, type Ending, type Response } from "./association.ts";

/** Keeps responses until they are taken, and the peer from sending more than are wanted. */
export class ResponseQueue {
  readonly #unread: Response[] = [];
  #isAbandoned = false;
  #ending: Ending | undefined;
  /** Wakes the consumer. */
  #arrived: () => void = () => {};
  /** Lets the peer go on. */
  #taken: () => void = () => {};

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Adds a response. While the one before it is not taken, the promise is pending: read no more. */
  put(response: Response): void | Promise<void> {
    if (this.#isAbandoned) return;
    this.#unread.push(response);
    this.#arrived();
    if (this.#unread.length > 1) return new Promise((resolve) => this.#taken = resolve);
  }

  /** Takes the next response. Rejects with AssociationEnded where none will come any more. */
  async next(): Promise<Response> {
    for (;;) {
      const response = this.#unread.shift();
      if (response !== undefined) {
        this.#taken();
        return response;
      }
      if (this.#ending !== undefined) throw new AssociationEnded(this.#ending);
      await new Promise<void>((resolve) => this.#arrived = resolve);
    }
  }

  /** Nobody takes any more: what comes is dropped. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#unread.length = 0;
    this.#taken();
  }

  /** The association has ended: what has come can still be taken. */
  end(ending: Ending): void {
    this.#ending = ending;
    this.#arrived();
    this.#taken();
  }
}

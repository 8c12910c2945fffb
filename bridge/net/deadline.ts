/**
 * A timer that is set again and again on a busy association, and so must cost next to nothing: the
 * system's timer is left running when the deadline moves away from it, and looks again when it is due.
 * @module
 */

/** Calls a function once its time has come, unless it is stopped or started anew before that. */
export class Deadline {
  readonly #onExpired: () => void;
  /** On the clock of performance.now(); undefined while stopped. */
  #due: number | undefined;
  /** When the system's timer is due. */
  #timerDue = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  get isRunning(): boolean {
    return this.#due !== undefined;
  }

  /** Expires after so many milliseconds from now; Infinity is never. */
  start(milliseconds: number): void {
    if (milliseconds === Infinity) return this.stop();
    this.#due = performance.now() + milliseconds;
    if (this.#timer === undefined || this.#timerDue > this.#due) this.#arm(milliseconds);
  }

  /** It may be started again; a timer of the system may still run, without effect. */
  stop(): void {
    this.#due = undefined;
  }

  /** Leaves nothing running. */
  [Symbol.dispose](): void {
    this.#due = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timerDue = performance.now() + milliseconds;
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#due === undefined) return;
    const left = this.#due - performance.now();
    if (left > 0) return this.#arm(left);
    this.#due = undefined;
    this.#onExpired();
  }
}

/**
 * Wakes one who waits.
 * @module
 */

/** A bell that is remembered when it rings while nobody waits. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Wakes who waits, or who waits next. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when the bell has rung since the last wait, or after so many milliseconds. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (milliseconds < Infinity) timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}

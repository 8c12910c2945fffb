/**
 * Calls of an interface, timed from outside: who is timed knows nothing of it, and nobody waits
 * longer for an answer.
 * @module
 */

/** Hears of calls. */
export interface Observer {
  begun(method: string): void;
  /** `seconds` from the call to its answer; of what is read in pages, of each. */
  ended(method: string, seconds: number, failed: boolean): void;
}

type Method = (...args: unknown[]) => unknown;

/** The same interface, whose methods are functions of its own, with every answer timed. */
export function timed<Target extends object>(target: Target, observer: Observer): Target {
  const methods = Object.entries(target).map(([name, member]) =>
    typeof member === "function"
      ? [name, (...args: unknown[]) => answerOf(name, () => (member as Method)(...args))]
      : [name, member]
  );
  return Object.fromEntries(methods) as Target;

  function answerOf(name: string, call: () => unknown): unknown {
    const answer = watched(name, call);
    return isPaged(answer) ? pagesOf(name, answer) : answer;
  }

  function watched<Answer>(name: string, call: () => Answer): Answer {
    const begun = performance.now();
    const answer = call();
    if (answer instanceof Promise) {
      observer.begun(name);
      const ended = (failed: boolean) =>
        observer.ended(name, (performance.now() - begun) / 1000, failed);
      answer.then(() => ended(false), () => ended(true));
    }
    return answer;
  }

  function pagesOf(name: string, pages: AsyncIterable<unknown>): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]() {
        const iterator = pages[Symbol.asyncIterator]();
        return {
          next: () => watched(name, () => iterator.next()),
          return: async () => await iterator.return?.() ?? { done: true, value: undefined },
        };
      },
    };
  }
}

function isPaged(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}

/**
 * Something to say while nothing happens.
 * @module
 */

/** The items as they come, and `undefined` whenever none has come for so many milliseconds. */
export async function* orTick<T>(
  items: AsyncIterable<T>,
  milliseconds: number,
): AsyncGenerator<T | undefined, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next();;) {
      const result = await within(next, milliseconds);
      if (result === undefined) {
        yield undefined;
        continue;
      }
      if (result.done) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

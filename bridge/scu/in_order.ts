/**
 * Work on one thing after another with some of it under way ahead of time.
 * @module
 */

/**
 * Maps items with up to `width` results under way at once and yields the results in the order of
 * the items. When the consumer stops, what has begun is waited for, and no more is begun.
 *
 * @param map must not reject: a failure is a result too
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      underWay.push(map(item));
      if (underWay.length >= width) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.all(underWay);
  }
}

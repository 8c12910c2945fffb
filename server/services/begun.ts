/**
 * Generators of which the first item says how to answer.
 * @module
 */

/**
 * The first item, undefined where there is none, and all items with it, which are read once: ending
 * these ends the generator.
 */
export async function begun<Item>(
  items: AsyncGenerator<Item, void, undefined>,
): Promise<[first: Item | undefined, all: AsyncGenerator<Item, void, undefined>]> {
  const first = await items.next();
  async function* all(): AsyncGenerator<Item, void, undefined> {
    try {
      if (!first.done) yield first.value;
      yield* items;
    } finally {
      await items.return();
    }
  }
  return [first.done ? undefined : first.value, all()];
}

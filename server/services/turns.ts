/**
 * Work on many items of which a few are under way at a time.
 * @module
 */

/**
 * What `work` gives for each item, in their order, with at most `width` of them under way. Rejects
 * as the first that fails, when what was under way has ended.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  async function turn(): Promise<void> {
    while (next < items.length) {
      const place = next++;
      try {
        results[place] = await work(items[place]!);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }
  const turns = await Promise.allSettled(Array.from({ length: width }, turn));
  for (const each of turns) if (each.status === "rejected") throw each.reason;
  return results;
}

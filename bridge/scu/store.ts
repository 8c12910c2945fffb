/**
 * C-STORE as SCU to a peer (PS3.4 B): any number of instances over as many associations as it
 * takes, each with what became of it.
 * @module
 */
import type { Association } from "../net/association.ts";
import type { Connect } from "./client.ts";
import { failed, failure, type InstanceToSend, type Sent } from "./instance_to_send.ts";
import { type StoreBatch, storeBatches } from "./store_contexts.ts";
import { type StoreOptions, storeOver, STORES_OUTSTANDING } from "./store_over.ts";

/** Associations in a row that may end before their time without one instance stored. */
export const FRUITLESS_ASSOCIATIONS = 3;

/**
 * Sends instances, those that need the same contexts over one association. Where a peer ends it
 * because of one instance, which many do, the others go over a new one, each when the one before is
 * answered.
 */
export async function* storeInstances<T extends InstanceToSend>(
  connect: Connect,
  instances: readonly T[],
  options: StoreOptions = {},
): AsyncGenerator<Sent<T>, void, undefined> {
  for (const { contexts, instances: all } of storeBatches(instances)) {
    let left: readonly T[] = all;
    for (let fruitless = 0; left.length > 0;) {
      const notBegun: T[] = [];
      let isFruitless = true;
      const invoked = left === all ? STORES_OUTSTANDING : 1;
      const batch = { contexts, instances: left };
      for await (const sent of storeBatch(connect, batch, invoked, options)) {
        const { kind } = sent.result;
        if (kind === "notBegun" && options.cancel?.aborted !== true) {
          notBegun.push(sent.instance);
          continue;
        }
        if (kind === "stored" || kind === "warning") isFruitless = false;
        yield sent;
      }
      left = notBegun;
      fruitless = isFruitless ? fruitless + 1 : 0;
      if (fruitless === FRUITLESS_ASSOCIATIONS) {
        const why = `The peer ended ${fruitless} associations without storing an instance`;
        for (const instance of left) yield { instance, result: failed(why) };
        left = [];
      }
    }
  }
}

async function* storeBatch<T extends InstanceToSend>(
  connect: Connect,
  { contexts, instances }: StoreBatch<T>,
  invoked: number,
  options: StoreOptions,
): AsyncGenerator<Sent<T>, void, undefined> {
  let association: Association;
  try {
    const asynchronousOperations = { invoked, performed: 1 };
    association = await connect({ contexts, asynchronousOperations });
  } catch (error) {
    for (const instance of instances) yield { instance, result: failure(error) };
    return;
  }
  try {
    yield* storeOver(association, instances, options);
  } finally {
    await association.release();
  }
}

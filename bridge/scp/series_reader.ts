/**
 * Instances of one series out of one answer of the server: a request for each costs several times
 * as much, and on a long line a round trip.
 * @module
 */
import {
  type Gateway,
  GatewayError,
  type InstanceAddress,
  type RetrievedInstance,
} from "../gateway/gateway.ts";

/** Instances that come before their turn are kept, so many at most, each of a few MiB. */
export const KEPT_INSTANCES = 4;

/** Reads a series, once, in about the order in which its instances are asked for. */
export class SeriesReader {
  readonly #begin: (signal: AbortSignal) => ReturnType<Gateway["retrieveSeries"]>;
  #instances: ReturnType<Gateway["retrieveSeries"]> | undefined;
  /** Of the answer: it began with the first association that the instances went over. */
  #ends: AbortSignal | undefined;
  readonly #kept = new Map<string, RetrievedInstance>();
  #isOver = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    gateway: Pick<Gateway, "retrieveSeries">,
    series: Omit<InstanceAddress, "SOPInstanceUID">,
  ) {
    this.#begin = (signal) => gateway.retrieveSeries(series, signal);
  }

  /**
   * An instance as it is stored; undefined where the answer does not have it, has it too late, or
   * breaks off: it has to be asked for alone then. The first signal is the one that ends the answer.
   */
  take(SOPInstanceUID: string, signal: AbortSignal): Promise<RetrievedInstance | undefined> {
    const taken = this.#last.then(() => this.#take(SOPInstanceUID, signal));
    this.#last = taken.catch(() => {});
    return taken;
  }

  async #take(SOPInstanceUID: string, signal: AbortSignal): Promise<RetrievedInstance | undefined> {
    const kept = this.#kept.get(SOPInstanceUID);
    this.#kept.delete(SOPInstanceUID);
    if (kept !== undefined) return kept;
    this.#ends ??= signal;
    this.#instances ??= this.#begin(this.#ends);
    while (!this.#isOver) {
      const next = await this.#next(this.#instances);
      if (next === undefined) break;
      const { SOPInstanceUID: uid, ...instance } = next;
      if (uid === SOPInstanceUID) return instance;
      const canWait = instance.dataSet instanceof Uint8Array && this.#kept.size < KEPT_INSTANCES;
      if (!canWait) {
        await this.#instances.return();
        break;
      }
      if (uid !== undefined) this.#kept.set(uid, instance);
    }
    this.#isOver = true;
    return undefined;
  }

  async #next(instances: ReturnType<Gateway["retrieveSeries"]>) {
    try {
      return (await instances.next()).value ?? undefined;
    } catch (error) {
      // Asked for alone, each instance has a failure of its own.
      if (error instanceof GatewayError || this.#ends?.aborted === true) return undefined;
      throw error;
    }
  }
}

/**
 * Store requests (PS3.18 10.5.2): many instances, which come in one after the other. While the
 * next are read, those before become durable.
 * @module
 */
import { createInstanceStore, type StoreParts } from "./store_instance.ts";
import { failedResult, FAILURE_REASON, StoreRefusal, type StoreResult } from "./store_result.ts";

/**
 * Instances of a request that may wait for the disk and the index while more is read: enough to
 * share their syncs, few enough that the memory of a request stays small.
 */
const PENDING_MAX = 16;

/** Where the instances of a request are to go. */
export interface StoreTarget {
  readonly archive: string;
  /** The one study that all must belong to, where the URL names one. */
  readonly StudyInstanceUID: string | undefined;
}

/** Stores what requests bring. */
export interface StoreService {
  /**
   * Stores each part, a PS3.10 file or bare data set; results are in the parts' order. A request
   * that breaks off keeps what was complete: where at least one instance is stored, the rest is one
   * more failed result. Otherwise it rejects with what broke it: DecodeError, LimitError or a
   * failure of the connection.
   */
  storeFiles(
    target: StoreTarget,
    parts: AsyncIterable<{ readonly body: AsyncIterable<Uint8Array> }>,
  ): Promise<readonly StoreResult[]>;
}

/** Storing over a blob store and an index. */
export function createStoreService(storeParts: StoreParts): StoreService {
  const instances = createInstanceStore(storeParts);

  return {
    async storeFiles({ archive, StudyInstanceUID }, parts) {
      const pending: Promise<StoreResult>[] = [];
      try {
        for await (const { body } of parts) {
          const { result } = await instances.receive(archive, body, StudyInstanceUID);
          pending.push(result);
          await pending[pending.length - PENDING_MAX];
        }
      } catch (error) {
        const results = await Promise.all(pending);
        if (!results.some((result) => result.kind !== "failed")) throw error;
        return [...results, brokenOff()];
      }
      return await Promise.all(pending);
    },
  };
}

function brokenOff(): StoreResult {
  const refusal = new StoreRefusal(
    FAILURE_REASON.cannotUnderstand,
    "The request is broken after the instances listed here",
  );
  return failedResult(refusal, {}, () => {});
}

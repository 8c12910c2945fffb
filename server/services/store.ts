/**
 * Store requests (PS3.18 10.5.2): many instances, which come in one after the other. While the
 * next are read, those before become durable.
 * @module
 */
import type { Part } from "../../lib/multipart/decode.ts";
import { assemble } from "./assemble.ts";
import { createBulkSpool } from "./bulk_spool.ts";
import { knownUIDs } from "./identity.ts";
import { type Metadata, type MetadataForm, readMetadataForm } from "./metadata_form.ts";
import { createInstanceStore, type Received, type StoreParts } from "./store_instance.ts";
import { failedResult, FAILURE_REASON, StoreRefusal, type StoreResult } from "./store_result.ts";
import { UnavailableError } from "../unavailable.ts";

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

/** Stores what requests bring. Results are in the order of the instances in the request. */
export interface StoreService {
  /**
   * Stores each part, a PS3.10 file or bare data set. A request that breaks off keeps what was
   * complete: where at least one instance is stored, the rest is one more failed result. Otherwise
   * it rejects with what broke it: DecodeError, LimitError or a failure of the connection. Where a
   * service is out of reach the request breaks off, with UnavailableError.
   */
  storeFiles(
    target: StoreTarget,
    parts: AsyncIterable<Pick<Part, "body">>,
  ): Promise<readonly StoreResult[]>;
  /**
   * Stores the instances that metadata describes, with bulk data out of the same request. An
   * instance is complete when the request is, so one that breaks off stores nothing and rejects.
   * `base`: URL against which relative locations are resolved.
   */
  storeMetadata(
    target: StoreTarget,
    parts: AsyncIterable<Part>,
    form: MetadataForm,
    base: string,
  ): Promise<readonly StoreResult[]>;
}

/** Storing over a blob store and an index. */
export function createStoreService(storeParts: StoreParts): StoreService {
  const { blobs, ids, report } = storeParts;
  const instances = createInstanceStore(storeParts);

  return {
    async storeFiles({ archive, StudyInstanceUID }, parts) {
      const pending: Promise<StoreResult>[] = [];
      let outage: UnavailableError | undefined;
      const noted = (result: StoreResult) => {
        outage ??= outageOf(result);
        return result;
      };
      try {
        for await (const { body } of parts) {
          const { result } = await instances.receive(archive, body, StudyInstanceUID);
          await push(pending, result.then(noted));
          // Each of those that follow would wait for it as long as this one did.
          if (outage !== undefined) throw outage;
        }
      } catch (error) {
        const results = await Promise.all(pending);
        if (!results.some(({ kind }) => kind !== "failed")) throw error;
        return [...results, brokenOff(error)];
      }
      return answered(await Promise.all(pending));
    },

    async storeMetadata({ archive, StudyInstanceUID }, parts, form, base) {
      const spool = createBulkSpool(blobs, ids, archive);
      const resolve = (uri: string) => URL.parse(uri, `${base}/`)?.href ?? uri;

      async function receive(metadata: Metadata): Promise<Received> {
        if (metadata instanceof Error) return failed(metadata, {});
        try {
          const file = assemble(blobs, metadata, (uri) => spool.at(resolve(uri)));
          return await instances.receive(archive, file, StudyInstanceUID);
        } catch (error) {
          return failed(error, knownUIDs(metadata));
        }
      }

      try {
        const pending: Promise<StoreResult>[] = [];
        for (const metadata of await readMetadataForm(parts, form, spool, resolve)) {
          await push(pending, (await receive(metadata)).result);
        }
        return answered(await Promise.all(pending));
      } finally {
        await spool.clear().catch(report);
      }
    },
  };

  function failed(error: unknown, uids: ReturnType<typeof knownUIDs>): Received {
    return { result: Promise.resolve(failedResult(error, uids, report)) };
  }
}

/** Adds a result to those that are waited for; resolves when another may follow. */
async function push(pending: Promise<StoreResult>[], result: Promise<StoreResult>): Promise<void> {
  pending.push(result);
  await pending[pending.length - PENDING_MAX];
}

/** What a request that broke off leaves unsaid: the instances after those before. */
function brokenOff(error: unknown): StoreResult {
  const why = error instanceof UnavailableError ? error : new StoreRefusal(
    FAILURE_REASON.cannotUnderstand,
    "The request is broken after the instances listed here",
  );
  return failedResult(why, {}, () => {});
}

function outageOf(result: StoreResult): UnavailableError | undefined {
  return result.kind === "failed" ? result.outage : undefined;
}

/** The results; throws UnavailableError where none was stored, and one only for want of a service. */
function answered(results: readonly StoreResult[]): readonly StoreResult[] {
  if (results.some(({ kind }) => kind !== "failed")) return results;
  const [outage] = results.flatMap((result) => outageOf(result) ?? []);
  if (outage !== undefined) throw outage;
  return results;
}

/**
 * Storing instances. Each is a unit of its own: its bytes go to a blob while they are scanned, and
 * it is visible if and only if blob and index entry are durable. Only then does its result exist.
 * @module
 */
import { BlobNotFoundError, type BlobStore, type BlobWriter } from "../blobs/blob_store.ts";
import type { AddOutcome, Index, InstanceRow, NewInstance } from "../index/index.ts";
import { createHeaderMemory, type HeaderShare } from "./header_memory.ts";
import { saveHeader } from "./header_record.ts";
import { identify, type Identity, knownUIDs } from "./identity.ts";
import type { Ids } from "./ids.ts";
import { newInstance } from "./new_instance.ts";
import type { RemovalRecords } from "./removal_records.ts";
import { completes, sameInstance } from "./same_instance.ts";
import { createScanPass, type ScannedObject, type ScanPass } from "./scan_pass.ts";
import {
  failedResult,
  FAILURE_REASON,
  type InstanceUIDs,
  StoreRefusal,
  type StoreResult,
} from "./store_result.ts";

/** What storing works on. */
export interface StoreParts {
  readonly index: Pick<Index, "add" | "replace">;
  readonly blobs: BlobStore;
  readonly ids: Ids;
  readonly records: RemovalRecords;
  /** Keys of blobs from their begin until the index knows them or they are gone: hands off. */
  readonly underWay: Set<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What an archive does with other content under a SOP Instance UID that is there. */
  readonly conflict: (archive: string) => "refuse" | "replace";
  /** Hears of failures that are not the sender's. */
  readonly report: (error: unknown) => void;
}

/** An instance whose bytes have come in. */
export interface Received {
  /** Resolves when it is durable, or is known not to be. Never rejects. */
  readonly result: Promise<StoreResult>;
}

/** Stores instances one by one. */
export interface InstanceStore {
  /**
   * Takes in one instance as a PS3.10 file or bare data set. Resolves as soon as its bytes have
   * been read, so that the next can be read while this one becomes durable. A bad instance is a
   * result; what rejects is a failure of `body` itself, and nothing is left of the instance then.
   * `StudyInstanceUID`: the one study that it may belong to.
   */
  receive(
    archive: string,
    body: AsyncIterable<Uint8Array>,
    StudyInstanceUID: string | undefined,
  ): Promise<Received>;
}

/** How often storing starts anew because what it collided with changed meanwhile. */
const ROUNDS = 5;

/** Storing over a blob store and an index. */
export function createInstanceStore(parts: StoreParts): InstanceStore {
  const { index, blobs, ids, records, underWay, now, conflict, report } = parts;

  const headerShare = createHeaderMemory();

  /** Everything after the last byte. */
  async function settle(
    archive: string,
    blobKey: string,
    writer: BlobWriter,
    pass: ScanPass,
    StudyInstanceUID: string | undefined,
  ): Promise<StoreResult> {
    let uids: Partial<InstanceUIDs> = {};
    try {
      let scanned: ScannedObject;
      let identity: Identity;
      try {
        scanned = await pass.end();
        uids = knownUIDs(scanned.scan.dataSet);
        identity = identify(scanned.scan);
        if (StudyInstanceUID !== undefined && uids.StudyInstanceUID !== StudyInstanceUID) {
          throw new StoreRefusal(
            FAILURE_REASON.studyMismatch,
            "StudyInstanceUID is not the one in the URL",
          );
        }
      } catch (error) {
        await writer.abort();
        throw error;
      }
      const candidate = await makeDurable(archive, blobKey, writer, identity.instance, scanned);
      return await admit(candidate, identity);
    } catch (error) {
      return failedResult(error, uids, report);
    }
  }

  /** Commits the blob and, while the disk is at it, makes what the index is to hold. */
  async function makeDurable(
    archive: string,
    blobKey: string,
    writer: BlobWriter,
    uids: InstanceUIDs,
    scanned: ScannedObject,
  ): Promise<NewInstance> {
    const [committed, made] = await Promise.allSettled([
      writer.commit(),
      Promise.try(async () => {
        const made = newInstance(archive, blobKey, uids, scanned);
        return { ...made, header: await saveHeader(blobs, blobKey, ids.name, made.header) };
      }),
    ]);
    if (committed.status === "rejected") throw committed.reason;
    if (made.status === "fulfilled") return made.value;
    await discard(blobKey);
    throw made.reason;
  }

  /** Makes a durable instance visible, unless another has its UID. */
  async function admit(candidate: NewInstance, identity: Identity): Promise<StoreResult> {
    const { archive, object, header } = candidate;
    const { instance, warnings } = identity;
    // What is damaged takes the place of nothing.
    const mayReplace = async (existing: InstanceRow) =>
      header.damage === undefined &&
      (conflict(archive) === "replace" || await completes(blobs, existing, object));
    let outcome = await index.add(candidate);
    let isReplacement = false;
    const replace = (existing: InstanceRow) => {
      isReplacement = true;
      return index.replace(existing.revision, candidate, now());
    };
    for (let round = 0; round < ROUNDS; round++) {
      switch (outcome.kind) {
        case "added":
          if (isReplacement) await records.keep();
          return { kind: "stored", instance, warnings: [...warnings, ...disagreement(outcome)] };
        case "failed":
          // The blob stays: an index that failed may hold the row all the same. If not, the reaper comes by.
          throw outcome.error;
        case "exists": {
          const { existing } = outcome;
          if (await isLost(existing, object)) {
            outcome = await replace(existing);
            continue;
          }
          const same = await sameInstance(blobs, existing, object).catch(undefinedIfGone);
          if (same === undefined) {
            outcome = await index.add(candidate);
          } else if (same) {
            await discard(object.blobKey);
            return { kind: "already", instance, warnings };
          } else if (await mayReplace(existing)) {
            outcome = await replace(existing);
          } else {
            await discard(object.blobKey);
            throw new StoreRefusal(
              FAILURE_REASON.duplicateSOPInstance,
              "Other content is stored under this SOPInstanceUID",
            );
          }
        }
      }
    }
    await discard(object.blobKey);
    throw new Error("An instance changed too often while it was stored");
  }

  /** Whether what came is what was acknowledged before and is not there any more: it heals it. */
  async function isLost(existing: InstanceRow, object: NewInstance["object"]): Promise<boolean> {
    return existing.dataSetDigest === object.dataSetDigest &&
      await blobs.size(existing.blobKey) !== existing.size;
  }

  /** Removes a blob that nothing refers to; where that fails, the reaper comes by. */
  async function discard(blobKey: string): Promise<void> {
    await blobs.delete(blobKey).catch(report);
  }

  /** See `InstanceStore.receive`. */
  async function receive(
    archive: string,
    blobKey: string,
    body: AsyncIterable<Uint8Array>,
    StudyInstanceUID: string | undefined,
    share: HeaderShare,
  ): Promise<Received> {
    const failed = (error: unknown) => ({
      result: Promise.resolve(failedResult(error, {}, report)),
    });
    let writer: BlobWriter;
    try {
      writer = await blobs.create(blobKey);
    } catch (error) {
      return failed(error);
    }
    const pass = createScanPass();
    const failure = await takeIn(body, writer, pass, share);
    if (failure === undefined) {
      return { result: settle(archive, blobKey, writer, pass, StudyInstanceUID) };
    }
    await writer.abort();
    if (failure.kind === "body") throw failure.error;
    return failed(failure.error);
  }

  return {
    async receive(archive, body, StudyInstanceUID) {
      const blobKey = ids.blobKey(archive);
      const share = headerShare();
      const ended = () => {
        underWay.delete(blobKey);
        share.release();
      };
      underWay.add(blobKey);
      try {
        const { result } = await receive(archive, blobKey, body, StudyInstanceUID, share);
        return { result: result.finally(ended) };
      } catch (error) {
        ended();
        throw error;
      }
    },
  };
}

/** Whose failure ended the taking in: that of the bytes' source, or of what was to take them. */
interface Failure {
  readonly kind: "body" | "instance";
  readonly error: unknown;
}

/** Hands every chunk to the blob and to the scan. */
async function takeIn(
  body: AsyncIterable<Uint8Array>,
  writer: BlobWriter,
  pass: ScanPass,
  share: HeaderShare,
): Promise<Failure | undefined> {
  try {
    for await (const chunk of body) {
      try {
        const scanned = pass.push(chunk);
        if (scanned !== undefined) await scanned;
        share.set(pass.heldBytes);
        await writer.write(chunk);
      } catch (error) {
        return { kind: "instance", error };
      }
    }
  } catch (error) {
    return { kind: "body", error };
  }
  return undefined;
}

function disagreement({ disagrees }: AddOutcome & { kind: "added" }): readonly string[] {
  return disagrees.length === 0 ? [] : [`Differs from its study in ${disagrees.join(", ")}`];
}

function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof BlobNotFoundError)) throw error;
}

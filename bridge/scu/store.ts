/**
 * C-STORE as SCU (PS3.4 B, PS3.7 9.1.1): instances to a peer, each with what became of it.
 * @module
 */
import { cStoreRQ } from "../../lib/dimse/requests.ts";
import { describeStatus, statusKind } from "../../lib/dimse/status.ts";
import {
  type Association,
  AssociationEnded,
  type DataSetSource,
  type PresentationContext,
} from "../net/association.ts";
import type { Connect } from "./client.ts";
import { explain } from "./explain.ts";
import { inOrder } from "./in_order.ts";
import { contextsFor, type StorableInstance, storeBatches } from "./store_contexts.ts";

/** Instances that are fetched while another is sent: each may take a few MiB of memory. */
export const OPENED_AHEAD = 4;
/** C-STORE requests without an answer at once, where the peer agrees to several. */
export const STORES_OUTSTANDING = 8;
/** Milliseconds until a C-STORE is answered: a PACS may have to wait for its own archive. */
export const STORE_TIMEOUT = 60_000;

/** Characters of a UID (PS3.5 9.1). */
const MAX_UID_LENGTH = 64;

/** An instance to send, wherever it comes from. */
export interface InstanceToSend extends StorableInstance {
  readonly SOPInstanceUID: string;
  /**
   * Opens its data set in the first of these transfer syntaxes in which it can be had. Rejects with
   * what `explain` knows. The signal is aborted when it is not going to be read.
   */
  open(transferSyntaxes: readonly string[], signal: AbortSignal): Promise<OpenedDataSet>;
}

/** A data set without File Meta Information. */
export interface OpenedDataSet {
  readonly transferSyntaxUID: string;
  readonly dataSet: DataSetSource;
}

/** What became of an instance. */
export type StoreResult =
  | { readonly kind: "stored" }
  /** Stored, with a warning status such as B000. */
  | { readonly kind: "warning"; readonly status: number }
  | {
    readonly kind: "failed";
    /** The peer's, where it answered. */
    readonly status: number | undefined;
    /** In words, without anything out of the data set. */
    readonly why: string;
    readonly cause?: unknown;
  }
  /** It was not sent, because `cancel` had come. */
  | { readonly kind: "cancelled" };

/** An instance with its result. */
export interface Sent<T extends InstanceToSend> {
  readonly instance: T;
  readonly result: StoreResult;
}

/** How to send. */
export interface StoreOptions {
  /** Of the C-MOVE that this is a sub-operation of (PS3.7 9.1.1.1). */
  readonly moveOriginator?: { readonly AETitle: string; readonly MessageID: number };
  /** When it aborts, no further instance is begun. */
  readonly cancel?: AbortSignal;
}

/** Sends instances over as many associations as their contexts need, one after the other. */
export async function* storeInstances<T extends InstanceToSend>(
  connect: Connect,
  instances: readonly T[],
  options: StoreOptions = {},
): AsyncGenerator<Sent<T>, void, undefined> {
  for (const batch of storeBatches(instances)) {
    if (options.cancel?.aborted) {
      for (const instance of batch.instances) yield { instance, result: { kind: "cancelled" } };
      continue;
    }
    let association;
    try {
      association = await connect({
        contexts: batch.contexts,
        asynchronousOperations: { invoked: STORES_OUTSTANDING, performed: 1 },
      });
    } catch (error) {
      for (const instance of batch.instances) yield { instance, result: failure(error) };
      continue;
    }
    try {
      yield* storeOver(association, batch.instances, options);
    } finally {
      await association.release();
    }
  }
}

/**
 * Sends instances over an association that stands, on its contexts. Once it has ended the rest
 * fail; to try them again is up to the caller.
 */
export async function* storeOver<T extends InstanceToSend>(
  association: Association,
  instances: Iterable<T>,
  options: StoreOptions = {},
): AsyncGenerator<Sent<T>, void, undefined> {
  const done = new AbortController();
  const openNow = (instance: T) => openOn(association, instance, options, done.signal);
  // What streams is opened when its turn comes: nobody keeps a stream open that is not read.
  let doStream = false;
  const open = async (instance: T) => ({
    instance,
    opened: doStream ? undefined : await openNow(instance),
  });
  const send = async ({ instance, opened }: Awaited<ReturnType<typeof open>>) => {
    const ready = opened ?? await openNow(instance);
    if ("kind" in ready) return { instance, result: ready };
    doStream = !(ready.dataSet instanceof Uint8Array);
    return { instance, result: await sendOne(association, instance, ready, options) };
  };
  try {
    const opened = inOrder(instances, OPENED_AHEAD, open);
    const outstanding = Math.min(association.window, STORES_OUTSTANDING);
    yield* inOrder(opened, Math.max(1, outstanding), send);
  } finally {
    done.abort();
  }
}

interface OpenedOnContext extends OpenedDataSet {
  readonly context: PresentationContext;
}

/** Opens an instance for the context it will be sent on; or else the result is there already. */
async function openOn(
  association: Association,
  instance: InstanceToSend,
  { cancel }: StoreOptions,
  done: AbortSignal,
): Promise<OpenedOnContext | StoreResult> {
  if (cancel?.aborted) return { kind: "cancelled" };
  if (association.signal.aborted) return await endedFirst(association);
  // Peers abort when they see one, and the instances behind it would fail too.
  if (instance.SOPInstanceUID.length > MAX_UID_LENGTH) {
    return failed("Its SOP Instance UID is longer than the 64 characters of DICOM");
  }
  const contexts = contextsFor(instance, association.contexts);
  if (contexts.length === 0) {
    return failed("The peer accepts this storage class in no transfer syntax");
  }
  try {
    const accepted = contexts.map(({ transferSyntax }) => transferSyntax);
    const opened = await instance.open(accepted, AbortSignal.any([done, association.signal]));
    const context = contexts.find((each) => each.transferSyntax === opened.transferSyntaxUID);
    if (context === undefined) throw new Error("An instance was opened in a syntax not asked for");
    return { ...opened, context };
  } catch (error) {
    return association.signal.aborted ? await endedFirst(association) : failure(error);
  }
}

async function sendOne(
  association: Association,
  instance: InstanceToSend,
  { context, dataSet }: OpenedOnContext,
  { moveOriginator, cancel }: StoreOptions,
): Promise<StoreResult> {
  if (cancel?.aborted) return { kind: "cancelled" };
  const command = cStoreRQ({
    MessageID: association.nextMessageID(),
    AffectedSOPClassUID: context.abstractSyntax,
    AffectedSOPInstanceUID: instance.SOPInstanceUID,
    moveOriginator,
  });
  try {
    let status: number | undefined;
    const options = { timeout: STORE_TIMEOUT };
    for await (const response of association.request(context.id, command, dataSet, options)) {
      status = response.command.Status;
    }
    return resultOf(status);
  } catch (error) {
    return failure(error);
  }
}

async function endedFirst(association: Association): Promise<StoreResult> {
  return failure(new AssociationEnded(await association.ended));
}

function resultOf(status: number | undefined): StoreResult {
  if (status === undefined) return failure(new Error("A request ended without a response"));
  switch (statusKind(status)) {
    case "success":
      return { kind: "stored" };
    case "warning":
      return { kind: "warning", status };
    case "pending":
    case "cancel":
    case "failure":
      return { kind: "failed", status, why: `The peer answered ${describeStatus(status)}` };
  }
}

function failure(error: unknown): StoreResult {
  const why = explain(error);
  return why === undefined ? { ...failed("An internal error"), cause: error } : failed(why);
}

function failed(why: string): Extract<StoreResult, { kind: "failed" }> {
  return { kind: "failed", status: undefined, why };
}

/**
 * C-STORE as SCU over an association that stands (PS3.4 B, PS3.7 9.1.1).
 * @module
 */
import { cStoreRQ } from "../../lib/dimse/requests.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import type { Association, PresentationContext } from "../net/association.ts";
import { evenLength } from "./even_length.ts";
import { inOrder } from "./in_order.ts";
import {
  discard,
  failed,
  failure,
  type InstanceToSend,
  type OpenedDataSet,
  resultOf,
  type Sent,
  type StoreResult,
} from "./instance_to_send.ts";
import { contextsFor } from "./store_contexts.ts";

/** Instances that are fetched while another is sent: each may take a few MiB of memory. */
export const OPENED_AHEAD = 4;
/** C-STORE requests without an answer at once, where the peer agrees to several. */
export const STORES_OUTSTANDING = 8;
/** Milliseconds until a C-STORE is answered: a PACS may have to wait for its own archive. */
export const STORE_TIMEOUT = 60_000;

/** Characters of a UID (PS3.5 9.1). */
const MAX_UID_LENGTH = 64;

/** How to send. */
export interface StoreOptions {
  /** Of the C-MOVE that this is a sub-operation of (PS3.7 9.1.1.1). */
  readonly moveOriginator?: { readonly AETitle: string; readonly MessageID: number };
  /** When it aborts, no further instance is begun. */
  readonly cancel?: AbortSignal;
}

/** An instance that is ready to be sent. */
interface Ready extends OpenedDataSet {
  readonly kind: "ready";
  readonly context: PresentationContext;
}

/** Sends instances on the contexts of an association, and yields what became of each in their order. */
export async function* storeOver<T extends InstanceToSend>(
  association: Association,
  instances: Iterable<T>,
  options: StoreOptions = {},
): AsyncGenerator<Sent<T>, void, undefined> {
  const done = new AbortController();
  const unread = AbortSignal.any([done.signal, association.signal]);
  const openNow = (instance: T) => openOn(association, instance, options, unread);
  // What streams is opened when its turn comes: nobody keeps a stream open that is not read.
  let doStream = false;
  const open = async (instance: T) => ({
    instance,
    opened: doStream ? undefined : await openNow(instance),
  });
  const send = async ({ instance, opened }: Awaited<ReturnType<typeof open>>) => {
    const found = opened ?? await openNow(instance);
    if (found.kind !== "ready") return { instance, result: found };
    doStream = !(found.dataSet instanceof Uint8Array);
    return { instance, result: await sendOn(association, instance, found, options) };
  };
  try {
    const opened = inOrder(instances, OPENED_AHEAD, open);
    const outstanding = Math.min(association.window, STORES_OUTSTANDING);
    yield* inOrder(opened, Math.max(1, outstanding), send);
  } finally {
    done.abort();
  }
}

/** Opens an instance for the context it will be sent on; or else the result is there already. */
async function openOn(
  association: Association,
  instance: InstanceToSend,
  options: StoreOptions,
  unread: AbortSignal,
): Promise<Ready | StoreResult> {
  if (isOver(association, options)) return { kind: "notBegun" };
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
    const opened = await instance.open(accepted, unread);
    const context = contexts.find((each) => each.transferSyntax === opened.transferSyntaxUID);
    if (context === undefined) throw new Error("An instance was opened in a syntax not asked for");
    return { kind: "ready", ...opened, context };
  } catch (error) {
    return association.signal.aborted ? { kind: "notBegun" } : failure(error);
  }
}

async function sendOn(
  association: Association,
  instance: InstanceToSend,
  ready: Ready,
  options: StoreOptions,
): Promise<StoreResult> {
  const { context, dataSet } = ready;
  const { moveOriginator } = options;
  try {
    if (isOver(association, options)) return { kind: "notBegun" };
    const command = cStoreRQ({
      MessageID: association.nextMessageID(),
      AffectedSOPClassUID: context.abstractSyntax,
      AffectedSOPInstanceUID: instance.SOPInstanceUID,
      moveOriginator,
    });
    const responses = association.request(context.id, command, evenLength(dataSet), {
      timeout: STORE_TIMEOUT,
    });
    let status: number = STATUS.processingFailure;
    for await (const { command } of responses) status = command.Status ?? status;
    return resultOf(status);
  } catch (error) {
    // Of several that were under way nobody knows which one the peer could not stand.
    const isAlone = association.window === 1 || !association.signal.aborted;
    return isAlone ? failure(error) : { kind: "notBegun" };
  } finally {
    await discard(ready);
  }
}

function isOver(association: Association, { cancel }: StoreOptions): boolean {
  return association.signal.aborted || cancel?.aborted === true;
}

/**
 * What C-MOVE and C-GET have in common as SCP (PS3.4 C.4.2, C.4.3): the identifier is looked up in
 * the server, each instance is one sub-operation, and after each the requestor is told how many
 * are still to come.
 * @module
 */
import { readDataSet, writeDataSet } from "../../lib/dicom/data_set_bytes.ts";
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { encodeValues } from "../../lib/dicom/encode_values.ts";
import { type RetrieveDetails, retrieveRSP } from "../../lib/dimse/responses.ts";
import { queryRetrieveClass } from "../../lib/dimse/sop_classes.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError, UnsupportedError } from "../../lib/errors.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import type { QidoSearch } from "../../lib/query/qido_search.ts";
import { instanceSearches } from "../../lib/query/retrieve_identifier.ts";
import { GatewayError, type GatewayFor } from "../gateway/gateway.ts";
import type { IncomingRequest, Operation, PresentationContext } from "../net/association.ts";
import type { InstanceToSend, Sent, StoreFailure } from "../scu/instance_to_send.ts";
import { IdentifierBytes } from "./identifier_bytes.ts";
import { findInstances } from "./retrieved_instances.ts";
import { counted, finalStatus, startCounts } from "./suboperations.ts";
import { orTick } from "./ticks.ts";

/** Milliseconds after which a requestor hears that its retrieval goes on, though nothing is complete. */
export const PENDING_EVERY = 5_000;

const FAILED_SOP_INSTANCE_UID_LIST: Tag = 0x00080058;

/** What both services work with. */
export interface RetrieveParts {
  readonly gatewayFor: GatewayFor;
  readonly log: Log;
}

/** How one of them performs the sub-operations: none is begun once `cancel` is aborted. */
export type SendInstances = (
  instances: readonly InstanceToSend[],
  cancel: AbortSignal,
) => AsyncIterable<Sent<InstanceToSend>>;

/** A request that is answered at once, with a failure. */
export class RetrievalRefused extends Error {
  override readonly name = "RetrievalRefused";
  /** @param message holds no value of the identifier: it is sent, and logged */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/**
 * The operation that answers one C-MOVE-RQ or C-GET-RQ.
 *
 * @param begin looks at the command; throws RetrievalRefused where nothing can be sent at all
 */
export function retrieveOperation(
  request: IncomingRequest,
  parts: RetrieveParts,
  begin: () => SendInstances,
): Operation {
  const identifier = new IdentifierBytes();
  const cancelled = new AbortController();
  return {
    write: (piece) => identifier.push(piece),
    cancel: () => cancelled.abort(),
    run: () => retrieve(request, identifier, parts, begin, cancelled.signal),
  };
}

async function retrieve(
  { association, context, command }: IncomingRequest,
  identifier: IdentifierBytes,
  { gatewayFor, log }: RetrieveParts,
  begin: () => SendInstances,
  cancelled: AbortSignal,
): Promise<void> {
  const stop = AbortSignal.any([cancelled, association.signal]);
  const respond = (status: number, details: RetrieveDetails, dataSet?: DataSet) =>
    association.send(
      context.id,
      retrieveRSP(command, status, { ...details, hasDataSet: dataSet !== undefined }),
      dataSet && writeDataSet(dataSet, context.transferSyntax),
    );

  let send: SendInstances;
  let instances: InstanceToSend[];
  try {
    send = begin();
    const searches = searchesOf(identifier, context);
    const gateway = gatewayFor(association.localAETitle);
    if (gateway === undefined) {
      throw new RetrievalRefused(STATUS.unableToProcess, "The called AE title has no archive");
    }
    instances = await findInstances(gateway, searches, stop);
  } catch (error) {
    if (association.signal.aborted) return;
    if (cancelled.aborted) return await respond(STATUS.cancel, {});
    const { status, message } = refusalOf(error);
    log({ level: "info", message: "retrieval refused", association: association.id, why: message });
    return await respond(status, { ErrorComment: message });
  }

  let counts = startCounts(instances.length);
  const failed: string[] = [];
  let first: StoreFailure | undefined;
  for await (const sent of orTick(send(instances, stop), PENDING_EVERY)) {
    if (sent?.result.kind === "notBegun") continue;
    if (sent !== undefined) counts = counted(counts, sent.result.kind);
    if (sent?.result.kind === "failed") {
      failed.push(sent.instance.SOPInstanceUID);
      first ??= sent.result;
    }
    await respond(STATUS.pending, { counts });
  }
  const status = finalStatus(counts);
  log({
    level: "info",
    message: "retrieval done",
    association: association.id,
    status,
    ...counts,
    ...(first && { why: first.why }),
    ...(first?.cause === undefined ? {} : errorFields(first.cause)),
  });
  await respond(status, { counts, ErrorComment: first?.why }, failedList(failed));
}

function searchesOf(identifier: IdentifierBytes, context: PresentationContext): QidoSearch[] {
  const { whole } = identifier;
  if (whole === undefined) throw new DecodeError("The identifier is too long");
  const root = queryRetrieveClass(context.abstractSyntax)?.root;
  if (root === undefined) {
    throw new RetrievalRefused(STATUS.sopClassNotSupported, "This class retrieves nothing");
  }
  return instanceSearches(readDataSet(whole, context.transferSyntax), root);
}

/** What is answered where the instances could not be looked up. Throws what it does not know. */
function refusalOf(error: unknown): RetrievalRefused {
  if (error instanceof RetrievalRefused) return error;
  if (error instanceof GatewayError || error instanceof LimitError) {
    return new RetrievalRefused(STATUS.unableToCalculateNumberOfMatches, error.message);
  }
  if (error instanceof DecodeError || error instanceof UnsupportedError) {
    return new RetrievalRefused(STATUS.identifierDoesNotMatchSOPClass, error.message);
  }
  throw error;
}

function failedList(uids: readonly string[]): DataSet | undefined {
  if (uids.length === 0) return undefined;
  const element = encodeValues(FAILED_SOP_INSTANCE_UID_LIST, "UI", uids);
  return new Map([[element.tag, element]]);
}

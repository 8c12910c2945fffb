/**
 * C-FIND as SCP (PS3.4 C.4.1): the identifier becomes searches of the server, each match a pending
 * response, sent as fast as the requestor takes them.
 * @module
 */
import { type Charset, parseCharset } from "../../lib/dicom/charset.ts";
import { readDataSet, writeDataSet } from "../../lib/dicom/data_set_bytes.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { cFindRSP } from "../../lib/dimse/responses.ts";
import { queryRetrieveClass } from "../../lib/dimse/sop_classes.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError, UnsupportedError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { type FindQuery, findQuery } from "../../lib/query/identifier.ts";
import { responseIdentifier } from "../../lib/query/identifier_response.ts";
import { separateTimes } from "../../lib/query/separate_times.ts";
import { type Gateway, GatewayError, type GatewayFor } from "../gateway/gateway.ts";
import type { IncomingRequest, Services } from "../net/association.ts";
import { IdentifierBytes, MAX_IDENTIFIER_BYTES } from "./identifier_bytes.ts";

/** What the service works with. */
export interface FindParts {
  readonly gatewayFor: GatewayFor;
  /** Specific Character Set that is configured for an AE. */
  readonly charsetFor: (AETitle: string) => string | undefined;
  readonly log: Log;
}

/** How a request ended. */
interface Outcome {
  readonly status: number;
  readonly comment?: string;
}

/** The service that answers C-FIND-RQ. */
export function findService(parts: FindParts): Services {
  return (request) => {
    const identifier = new IdentifierBytes();
    const cancelled = new AbortController();
    return {
      write: (piece) => identifier.push(piece),
      cancel: () => cancelled.abort(),
      run: () => find(request, identifier.whole, cancelled.signal, parts),
    };
  };
}

async function find(
  request: IncomingRequest,
  bytes: Uint8Array | undefined,
  cancelled: AbortSignal,
  parts: FindParts,
): Promise<void> {
  const { association, context, command } = request;
  let outcome: Outcome;
  try {
    const search = beginSearch(request, bytes, parts);
    outcome = await respondMatches(request, search, cancelled);
  } catch (error) {
    if (association.signal.aborted) return;
    outcome = cancelled.aborted ? { status: STATUS.cancel } : refusalOf(error);
  }
  const { status, comment } = outcome;
  parts.log({
    level: "info",
    message: "query done",
    association: association.id,
    status,
    why: comment,
  });
  await association.send(context.id, cFindRSP(command, status, comment));
}

/** A request that can be answered. */
interface Asked {
  readonly gateway: Gateway;
  readonly identifier: DataSet;
  readonly query: FindQuery;
  readonly charset: Charset | undefined;
}

function beginSearch(
  { association, context }: IncomingRequest,
  bytes: Uint8Array | undefined,
  { gatewayFor, charsetFor }: FindParts,
): Asked {
  if (bytes === undefined) {
    throw new LimitError("MAX_IDENTIFIER_BYTES", MAX_IDENTIFIER_BYTES, "The identifier");
  }
  const model = queryRetrieveClass(context.abstractSyntax);
  const gateway = gatewayFor(association.localAETitle);
  if (model === undefined || gateway === undefined) {
    throw new UnsupportedError("There is nothing to search under this title and class");
  }
  const configured = charsetFor(association.peer.AETitle);
  const charset = configured === undefined ? undefined : parseCharset(configured);
  const identifier = readDataSet(bytes, context.transferSyntax);
  return { gateway, identifier, charset, query: findQuery(identifier, model.root, charset) };
}

async function respondMatches(
  { association, context, command }: IncomingRequest,
  { gateway, identifier, query, charset }: Asked,
  cancelled: AbortSignal,
): Promise<Outcome> {
  const stop = AbortSignal.any([cancelled, association.signal]);
  const response = { identifier, charset, RetrieveAETitle: association.localAETitle };
  let status: number = query.hasUnsupportedKeys
    ? STATUS.pendingWithUnsupportedKeys
    : STATUS.pending;
  const onWarning = (warning: string) => {
    if (isAboutKey(warning)) status = STATUS.pendingWithUnsupportedKeys;
  };
  const isWithinTimes = separateTimes(identifier);
  for (const search of query.searches) {
    for await (const match of gateway.search(search, stop, onWarning)) {
      if (!isWithinTimes(match)) continue;
      const found = writeDataSet(responseIdentifier(match, response), context.transferSyntax);
      await association.send(context.id, cFindRSP(command, status), found);
      if (cancelled.aborted) return { status: STATUS.cancel };
    }
  }
  return { status: STATUS.success };
}

/** The server says so of a key that it does not match, and of one that it cannot return. */
function isAboutKey(warning: string): boolean {
  return /not supported|not known|ignored/i.test(warning);
}

function refusalOf(error: unknown): Outcome {
  if (error instanceof GatewayError) {
    const { message: comment, kind, status } = error;
    if (kind === "passing") return { status: STATUS.outOfResources, comment };
    return status === 400
      ? {
        status: STATUS.identifierDoesNotMatchSOPClass,
        comment: "The server refuses a key's value",
      }
      : { status: STATUS.unableToProcess, comment };
  }
  if (error instanceof DecodeError) {
    return { status: STATUS.identifierDoesNotMatchSOPClass, comment: error.message };
  }
  if (error instanceof LimitError || error instanceof UnsupportedError) {
    return { status: STATUS.unableToProcess, comment: error.message };
  }
  throw error;
}

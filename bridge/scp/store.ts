/**
 * C-STORE as SCP (PS3.4 B, PS3.7 9.1.1): the data set goes into the spool as it came, and is
 * checked on the way. Success is answered once the instance is durable: here, or at the server
 * where the sender is to wait for that.
 * @module
 */
import type { RemoteAE } from "../../lib/config/remote_aes.ts";
import { cStoreRSP } from "../../lib/dimse/responses.ts";
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { errorFields, type Log } from "../../lib/log.ts";
import type { StoreOutcome } from "../gateway/gateway.ts";
import type { IncomingRequest, Operation, Services } from "../net/association.ts";
import { fileHead, type Origin } from "../spool/origin.ts";
import type { Spool } from "../spool/spool.ts";
import { checkDataSet } from "./data_set_check.ts";
import {
  assertMatch,
  originOf,
  type StoreVerdict,
  verdictOnError,
  verdictOnOutcome,
} from "./store_verdict.ts";

/** What storing works with. */
export interface StoreParts {
  readonly spool: Pick<Spool, "begin">;
  /** When a C-STORE of an AE is answered. */
  readonly ackOf: (callingAETitle: string) => RemoteAE["ack"];
  /**
   * Sends a file to the server at once, and answers what became of it: `failed` where the server
   * is not there in time. Rejects where the file cannot be read, or when the signal aborts.
   */
  readonly deliver: (path: string, signal: AbortSignal) => Promise<StoreOutcome>;
  readonly log: Log;
}

/** The service that answers C-STORE-RQ. */
export function storeService(parts: StoreParts): Services {
  return (request) => {
    try {
      return receive(parts, request, originOf(request));
    } catch (error) {
      // Without `write` the data set passes by.
      return { run: () => answer(parts.log, request, () => Promise.reject(error)) };
    }
  };
}

/** Throws OutOfRoomError where there is no room for the instance. */
function receive(
  { spool, ackOf, deliver, log }: StoreParts,
  request: IncomingRequest,
  origin: Origin,
): Operation {
  const head = fileHead(origin);
  const check = checkDataSet(head);
  const arrival = spool.begin(origin.calledAETitle, head);
  let failure: { readonly error: unknown } | undefined;

  /** What follows passes by; it is answered when the sender is done. */
  async function fail(error: unknown): Promise<void> {
    failure ??= { error };
    await arrival.abort();
  }

  /** The bytes are in use as long as one of the two is under way: only then is anything undone. */
  async function taken(...takers: readonly (void | Promise<void>)[]): Promise<void> {
    for (const each of await Promise.allSettled(takers)) {
      if (each.status === "rejected") await fail(each.reason);
    }
  }

  async function settle(): Promise<StoreVerdict> {
    try {
      if (failure !== undefined) throw failure.error;
      assertMatch(await check.end(), origin);
      if (ackOf(origin.callingAETitle) === "spool") {
        await arrival.commit();
        return { status: STATUS.success };
      }
      await arrival.finish();
      return verdictOnOutcome(await deliver(arrival.path, request.association.signal));
    } finally {
      // What is not committed has no use any more.
      await arrival.abort();
    }
  }

  return {
    write(bytes) {
      if (failure !== undefined) return;
      try {
        const checked = check.push(bytes);
        const written = arrival.write(bytes);
        if (checked === undefined && written === undefined) return;
        return taken(checked, written);
      } catch (error) {
        return fail(error);
      }
    },
    run: () => answer(log, request, settle),
    discard: () => arrival.abort(),
  };
}

/** Sends the response, and puts down what the sender was refused. */
async function answer(
  log: Log,
  request: IncomingRequest,
  settle: () => Promise<StoreVerdict>,
): Promise<void> {
  const { association, context, command } = request;
  let verdict: StoreVerdict;
  let cause: unknown;
  try {
    verdict = await settle();
  } catch (error) {
    verdict = verdictOnError(error);
    cause = error;
  }
  if (verdict.comment !== undefined) {
    log({
      level: "error",
      message: "An instance was not stored",
      association: association.id,
      callingAETitle: association.peer.AETitle,
      status: describeStatus(verdict.status),
      comment: verdict.comment,
      ...(cause === undefined ? {} : errorFields(cause)),
    });
  }
  await association.send(context.id, cStoreRSP(command, verdict.status, verdict.comment));
}

/**
 * STOW-RS (PS3.18 10.5) as the bridge uses it: instances go to `/studies`, since each of a request
 * may belong to another study, and the answer is read for each of them.
 * @module
 */
import { STATUS } from "../../lib/dimse/status.ts";
import { GatewayError, type StoreOutcome } from "./gateway.ts";
import { connectionError, gatewayError, type HttpOptions } from "./http.ts";
import { type Connections, post } from "./post.ts";
import { readStowAnswer } from "./stow_answer.ts";
import { STOW_TYPE, type StowBody } from "./stow_body.ts";

/** Instances to store. */
export interface StowRequest {
  /** Of stow_body.ts. */
  readonly body: StowBody;
  /** Those of its parts, all different. */
  readonly SOPInstanceUIDs: readonly string[];
  /** Ends the request; what rejects is then its reason. */
  readonly signal: AbortSignal;
}

/**
 * Stores instances; answers what became of each, in their order. Throws GatewayError where nothing
 * is known of any: `refused` where the server will not have this request, though parts of it may
 * be welcome by themselves, `denied` where an operator has to act before it takes any.
 */
export type Stow = (request: StowRequest) => Promise<readonly StoreOutcome[]>;

/** Milliseconds that a server may think about a request … */
const ANSWER_MS = 60_000;
/** … beside the time that its bytes take on a slow line, 64 KiB a second. */
const BYTES_A_MS = 64;

/** What is wrong with an instance where all of a request has one of these statuses. */
const ABOUT_CONTENT: ReadonlyMap<number, number> = new Map([
  [400, STATUS.cannotUnderstand],
  [409, STATUS.processingFailure],
  [413, STATUS.outOfResources],
  [415, STATUS.sopClassNotSupported],
  [422, STATUS.cannotUnderstand],
]);

/** STOW-RS over HTTP; without `connections` each request has one of its own. */
export function createStow({ base, token }: HttpOptions, connections?: Connections): Stow {
  const url = `${base.replace(/\/+$/, "")}/studies`;
  const headers = {
    "Content-Type": STOW_TYPE,
    Accept: "application/dicom+json",
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  return async ({ body, SOPInstanceUIDs, signal }) => {
    signal.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort();
    signal.addEventListener("abort", end);
    const timer = setTimeout(end, ANSWER_MS + body.length / BYTES_A_MS);
    try {
      const request = {
        url,
        headers,
        body: body.bytes,
        length: body.length,
        signal: ending.signal,
      };
      return await outcomesOf(await post(request, connections), SOPInstanceUIDs);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof GatewayError ? asDenied(error) : connectionError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  };
}

async function outcomesOf(
  response: Response,
  SOPInstanceUIDs: readonly string[],
): Promise<readonly StoreOutcome[]> {
  const isAnswer = response.ok || response.status === 409;
  const outcomes = isAnswer ? readStowAnswer(await response.clone().text()) : undefined;
  if (response.ok || outcomes !== undefined) {
    return SOPInstanceUIDs.map((uid) => outcomes?.get(uid) ?? UNNAMED);
  }
  return refusalOf(await gatewayError(response), SOPInstanceUIDs);
}

/** It may be stored, or not: what is not named as stored is kept. */
const UNNAMED: StoreOutcome = {
  kind: "failed",
  reason: STATUS.processingFailure,
  explanation: "The server's answer does not name the instance",
};

/** Of one instance alone, a refusal of the request is one of the instance. */
function refusalOf(
  error: GatewayError,
  SOPInstanceUIDs: readonly string[],
): readonly StoreOutcome[] {
  const { status } = error;
  const reason = ABOUT_CONTENT.get(status ?? 0);
  if (reason === undefined || SOPInstanceUIDs.length > 1) throw error;
  const explanation = `The server refused it with HTTP ${status}`;
  return [{ kind: "refused", reason, explanation }];
}

/** What refuses whatever the content is, is for an operator: a wrong address, a missing right. */
function asDenied(error: GatewayError): GatewayError {
  const { kind, status, message } = error;
  if (kind !== "refused" || ABOUT_CONTENT.has(status ?? 0)) return error;
  return new GatewayError(message, "denied", status);
}

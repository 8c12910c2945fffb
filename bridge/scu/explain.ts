/**
 * Why something with a peer failed, in words for an administrator and without data of patients.
 * @module
 */
import { describeAbort } from "../../lib/dul/rejection.ts";
import { GatewayError } from "../gateway/gateway.ts";
import { AssociationEnded, type Ending } from "../net/association.ts";
import { AssociationRejected, ConnectFailed } from "../net/connect_options.ts";
import { RequestFailed } from "./client.ts";

/** Errors whose messages are made for people and hold nothing out of a data set. */
const EXPLAINED = [AssociationRejected, ConnectFailed, GatewayError, RequestFailed];

/** One sentence without its full stop; undefined for an error that nobody foresaw. */
export function explain(error: unknown): string | undefined {
  if (error instanceof AssociationEnded) return endingInWords(error.ending);
  return EXPLAINED.some((known) => error instanceof known) ? (error as Error).message : undefined;
}

function endingInWords(ending: Ending): string {
  switch (ending.kind) {
    case "released":
      return "The association has been released";
    case "aborted":
      return `The peer aborted the association: ${describeAbort(ending.source, ending.reason)}`;
    case "lost":
      return "The connection broke";
    case "abortedHere":
      return `The association was aborted: ${ending.why}`;
  }
}

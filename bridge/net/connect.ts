/**
 * Opens associations to peers.
 * @module
 */
import type { Log } from "../../lib/log.ts";
import type { Association } from "./association.ts";
import { DEFAULT_TIMERS, type Proposal, type Target, type Timers } from "./connect_options.ts";
import { dial, type ReadText } from "./dial.ts";
import { requestAssociation } from "./request.ts";

/** How associations are opened. */
export interface ConnectOptions {
  /** Reads the PEM files of a target with TLS, anew for each association: certificates are renewed. */
  readonly readText: ReadText;
  readonly timers?: Timers;
  /** Gets each association's beginning and end; nothing without it. */
  readonly log?: Log;
}

/** Opens an association. Rejects with AssociationRejected, or with ConnectFailed. */
export async function connect(
  target: Target,
  proposal: Proposal,
  { readText, timers = DEFAULT_TIMERS, log = () => {} }: ConnectOptions,
): Promise<Association> {
  const stream = await dial(target, timers.connect, readText);
  return await requestAssociation(stream, target.calledAETitle, proposal, timers, log);
}

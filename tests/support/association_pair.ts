/**
 * Two of our own associations that talk to each other over a pipe.
 * @module
 */
import { accept, type Served } from "../../bridge/net/accept.ts";
import type { Admission } from "../../bridge/net/admission.ts";
import type { Association, Services } from "../../bridge/net/association.ts";
import { DEFAULT_TIMERS, type Proposal, type Timers } from "../../bridge/net/connect_options.ts";
import { requestAssociation } from "../../bridge/net/request.ts";
import { response } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { negotiate } from "../../lib/dul/negotiate.ts";
import type { LogRecord } from "../../lib/log.ts";
import type { AssociateRQ } from "../../lib/pdu/pdu.ts";
import { policyOf, proposed } from "./associate.ts";
import { pipe, type PipeEnd, type PipeOptions } from "./pipe.ts";

/** The one class that is spoken, and its contexts: a second one has the roles the other way round. */
export const ABSTRACT_SYNTAX = "1.2.840.10008.5.1.4.1.1.2";
const REVERSE = "1.2.840.10008.5.1.4.1.1.4";
const TRANSFER_SYNTAX = "1.2.840.10008.1.2.1";

/** Context on which the requestor asks. */
export const FORWARD_ID = 1;
/** Context on which the acceptor asks. */
export const BACKWARD_ID = 3;

/** What a pair may vary in. */
export interface PairOptions extends PipeOptions {
  /** Of the acceptor; without them every request is answered with success. */
  readonly services?: Services;
  readonly proposal?: Partial<Proposal>;
  readonly timers?: Partial<Timers>;
  /** Bytes of a P-DATA-TF that the acceptor takes. */
  readonly maximumLength?: number;
  /** In place of the negotiation. */
  readonly admit?: (request: AssociateRQ) => Admission | Promise<Admission>;
  readonly hasRoom?: () => boolean;
}

/** A pair before its association. */
export interface Ends {
  readonly served: Served;
  /** The requestor's end of the pipe, and the acceptor's. */
  readonly ends: readonly [PipeEnd, PipeEnd];
  readonly log: readonly LogRecord[];
  /** The acceptor's association, once it has got a request. */
  readonly accepted: Promise<Association>;
  readonly timers: Timers;
}

/** Answers every request with success. */
export const succeed: Services = ({ association, context, command }) => ({
  run: () => association.send(context.id, response(command, STATUS.success)),
});

/** An acceptor at one end of a pipe. */
export function acceptor(options: PairOptions = {}): Ends {
  const [requestorEnd, acceptorEnd] = pipe(options);
  const log: LogRecord[] = [];
  const timers = { ...DEFAULT_TIMERS, ...options.timers };
  const { promise, resolve } = Promise.withResolvers<Association>();
  const services: Services = (request) => {
    resolve(request.association);
    return (options.services ?? succeed)(request);
  };
  const policy = policyOf(
    { [ABSTRACT_SYNTAX]: {}, [REVERSE]: { scp: true } },
    options.maximumLength === undefined ? {} : { maximumLength: options.maximumLength },
  );
  const served = accept(acceptorEnd, {
    timers,
    maximumLength: 65_536,
    log: (record) => log.push(record),
    hasRoom: options.hasRoom ?? (() => true),
    takePlace: () => ({ [Symbol.dispose]() {} }),
    admit: options.admit ?? ((request) => {
      const negotiation = negotiate(request, policy);
      return negotiation.kind === "accepted"
        ? { ...negotiation, services, refusals: [] }
        : negotiation;
    }),
  });
  return { served, ends: [requestorEnd, acceptorEnd], log, accepted: promise, timers };
}

/** Asks an acceptor for an association. */
export function requestOf(
  { ends: [end], timers, log }: Ends,
  proposal: Partial<Proposal> = {},
): Promise<Association> {
  return requestAssociation(
    end,
    "GANTRY",
    {
      callingAETitle: "PEER",
      contexts: [
        proposed(FORWARD_ID, ABSTRACT_SYNTAX, TRANSFER_SYNTAX),
        proposed(BACKWARD_ID, REVERSE, TRANSFER_SYNTAX),
      ],
      roles: [{ SOPClassUID: REVERSE, scu: false, scp: true }],
      ...proposal,
    },
    timers,
    (record) => (log as LogRecord[]).push(record),
  );
}

/**
 * Runs a test on an association that stands; at its end both sides have to be done, whoever ended
 * it, and the connection closed.
 */
export async function withPair(
  options: PairOptions,
  test: (requestor: Association, pair: Ends) => Promise<void>,
): Promise<void> {
  const pair = acceptor(options);
  const requestor = await requestOf(pair, options.proposal);
  await test(requestor, pair);
  await requestor.release();
  await pair.served.done;
}

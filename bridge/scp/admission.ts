/**
 * Who is let in, and for what: the caller is identified, its contexts are negotiated, and what is
 * refused is put into words for the administrator, with the setting that would change it.
 * @module
 */
import type { RemoteAE } from "../../lib/config/remote_aes.ts";
import { describeRefusal } from "../../lib/dimse/refusal.ts";
import { negotiate, type RefusedContext } from "../../lib/dul/negotiate.ts";
import { REJECTION } from "../../lib/dul/rejection.ts";
import { CONTEXT_RESULT } from "../../lib/pdu/pdu.ts";
import type { Admit } from "../net/admission.ts";
import type { Services } from "../net/association.ts";
import type { IdentifyCaller } from "./callers.ts";
import { policyFor, type PolicyOptions } from "./policy.ts";
import { serviceOf } from "../../lib/config/served.ts";
import { createTally } from "./tally.ts";

/** What admission works with. */
export interface AdmissionParts extends PolicyOptions {
  readonly identify: IdentifyCaller;
  readonly services: Services;
}

/** Makes the decision that the listener asks for with each A-ASSOCIATE-RQ. */
export function createAdmission(parts: AdmissionParts): Admit {
  const tally = createTally();
  return async (request, { address }) => {
    const caller = await parts.identify(request, address);
    if (caller.kind === "refused") {
      const answer = caller.reason === 7
        ? REJECTION.calledAETitleNotRecognized
        : REJECTION.callingAETitleNotRecognized;
      return { kind: "rejected", answer, why: tally(caller.why) };
    }
    const ae = caller.kind === "known" ? caller.ae : undefined;
    const negotiated = negotiate(request, policyFor(ae, parts));
    if (negotiated.kind === "rejected") {
      return { ...negotiated, why: tally(negotiated.why) };
    }
    const { answer, refused } = negotiated;
    const from = `${request.callingAETitle}: `;
    return {
      kind: "accepted",
      answer,
      services: parts.services,
      refusals: refused.map((each) => tally(from + explain(each, ae))),
    };
  };
}

/** Why a context was refused, and what to do about it. */
function explain({ context, result }: RefusedContext, ae: RemoteAE | undefined): string {
  const service = serviceOf(context.abstractSyntax);
  const isForbidden = result === CONTEXT_RESULT.userRejection && ae !== undefined &&
    service !== undefined && !ae.may.has(service);
  return isForbidden
    ? `${
      describeRefusal(context, result)
    }; to allow it add "${service}" to "may" of this AE in the configuration file`
    : describeRefusal(context, result);
}

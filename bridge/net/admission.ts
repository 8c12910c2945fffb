/**
 * What is decided about a peer that asks for an association, before there is one.
 * @module
 */
import type { AssociateAC, AssociateRJ, AssociateRQ } from "../../lib/pdu/pdu.ts";
import type { Services } from "./association.ts";

/** The answer to an A-ASSOCIATE-RQ. */
export type Admission =
  | {
    readonly kind: "accepted";
    readonly answer: AssociateAC;
    readonly services: Services;
    /** Contexts that were not accepted, each in words that tell an administrator what to do. */
    readonly refusals: readonly string[];
  }
  | {
    readonly kind: "rejected";
    readonly answer: AssociateRJ;
    /** Why, in words that tell an administrator what to do. */
    readonly why: string;
  };

/** Decides about a request from an address. */
export type Admit = (
  request: AssociateRQ,
  remote: { readonly address: string; readonly port: number },
) => Admission | Promise<Admission>;

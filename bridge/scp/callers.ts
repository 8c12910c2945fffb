/**
 * Who calls whom: the titles and the address of a request for an association, held against the
 * configuration (row D10).
 * @module
 */
import { canonicalAddress } from "../../lib/config/addresses.ts";
import type { RemoteAE } from "../../lib/config/remote_aes.ts";
import type { AssociateRQ } from "../../lib/pdu/pdu.ts";

/** What the configuration says about titles. */
export interface CallersOptions {
  /** The titles that the bridge answers to. */
  readonly titles: readonly string[];
  readonly aes: readonly RemoteAE[];
  readonly unknownAes: "refuse" | "accept";
  /** Addresses of a host, in canonical form. */
  readonly addressesOf: (host: string) => Promise<ReadonlySet<string>>;
}

/** What is known of a caller. */
export type Caller =
  | { readonly kind: "known"; readonly ae: RemoteAE }
  /** Not in the configuration, which lets such AEs in. */
  | { readonly kind: "stranger" }
  | {
    readonly kind: "refused";
    /** As service user (PS3.8 Table 9-21): 3 calling, 7 called AE title not recognised. */
    readonly reason: 3 | 7;
    /** What an administrator has to do. */
    readonly why: string;
  };

/** Decides about the titles of a request that came from `address`. */
export type IdentifyCaller = (
  request: Pick<AssociateRQ, "calledAETitle" | "callingAETitle">,
  address: string,
) => Promise<Caller>;

/** Makes it. Titles are compared as they are written: case matters (PS3.5 6.2). */
export function createCallers(
  { titles, aes, unknownAes, addressesOf }: CallersOptions,
): IdentifyCaller {
  const known = new Map(aes.map((ae) => [ae.title, ae]));

  return async ({ calledAETitle, callingAETitle }, address) => {
    if (!titles.includes(calledAETitle)) return refused(7, wrongTitle(calledAETitle, titles));
    const ae = known.get(callingAETitle);
    if (ae === undefined) {
      return unknownAes === "accept"
        ? { kind: "stranger" }
        : refused(3, unknownCaller(callingAETitle, address));
    }
    if (ae.checkAddress) {
      const addresses = await addressesOf(ae.host);
      if (!addresses.has(canonicalAddress(address))) {
        return refused(3, wrongAddress(ae, address, addresses.size > 0));
      }
    }
    return { kind: "known", ae };
  };
}

function refused(reason: 3 | 7, why: string): Caller {
  return { kind: "refused", reason, why };
}

function wrongTitle(called: string, titles: readonly string[]): string {
  return `The called AE title ${JSON.stringify(called)} is not ${titles.join(" or ")}: ` +
    'enter one of these on the device, or name the title as GANTRY_AET or among "aets" of an archive';
}

function unknownCaller(calling: string, address: string): string {
  return `The AE ${JSON.stringify(calling)} is not known: add ` +
    `{ "title": ${
      JSON.stringify(calling)
    }, "host": "${address}", "port": … } to "aes" in the configuration file`;
}

function wrongAddress({ title, host }: RemoteAE, address: string, isResolved: boolean): string {
  return `The AE ${JSON.stringify(title)} calls from ${address}, ` +
    (isResolved ? `which is not its host ${host}` : `and its host ${host} has no address`) +
    ': correct "host", or set "checkAddress" to false where a NAT shows another address';
}

/**
 * The addresses behind a host's name: an AE that is known by name may call from any of them.
 * @module
 */
import { lookup } from "node:dns/promises";
import { canonicalAddress, isIPAddress } from "../../lib/config/addresses.ts";

/** Milliseconds for which what a lookup gave is believed: devices get new addresses seldom. */
const BELIEVED_FOR = 60_000;

/** Resolves a host, an address or a name, to its addresses in canonical form; to none where the name has none. */
export type AddressesOf = (host: string) => Promise<ReadonlySet<string>>;

/** A resolver that asks the system, and remembers for a minute what it said. */
export function createAddressesOf(): AddressesOf {
  const known = new Map<
    string,
    { readonly at: number; readonly addresses: Promise<Set<string>> }
  >();
  return async (host) => {
    if (isIPAddress(host)) return new Set([canonicalAddress(host)]);
    const entry = known.get(host);
    if (entry !== undefined && performance.now() - entry.at < BELIEVED_FOR) {
      return await entry.addresses;
    }
    const addresses = lookUp(host);
    known.set(host, { at: performance.now(), addresses });
    const found = await addresses;
    // What the system does not know now it may know the next time.
    if (found.size === 0) known.delete(host);
    return found;
  };
}

async function lookUp(host: string): Promise<Set<string>> {
  try {
    const found = await lookup(host, { all: true });
    return new Set(found.map(({ address }) => canonicalAddress(address)));
  } catch {
    return new Set();
  }
}

/**
 * Blocks of IP addresses (CIDR, RFC 4632 and RFC 4291 section 2.3): whom a setting names.
 * @module
 */
import { canonicalAddress } from "./addresses.ts";

/** A block of addresses. IPv4 is the part of IPv6 that is mapped to it, so that there is one form. */
export interface Network {
  /** The first address, 16 bytes. */
  readonly address: Uint8Array;
  /** Bits of it that every address of the block has, 0 to 128. */
  readonly bits: number;
}

const BYTES = 16;
/** Bits before an IPv4 address that is mapped to IPv6: `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). */
const MAPPED_BITS = 96;

/** Blocks that have a name. `private`: RFC 1918 and RFC 4193, as networks of containers have. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
]);

/** What {@linkcode parseNetworks} allows. */
export const NETWORKS = "IP addresses, blocks such as 10.1.0.0/16 or fd00:1::/32 " +
  '(with nothing but zeros after the prefix), "loopback" and "private", separated by commas';

/** Reads a list; undefined where anything in it is neither an address nor a block. */
export function parseNetworks(text: string): Network[] | undefined {
  const entries = text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "")
    .flatMap((entry) => NAMED.get(entry) ?? [entry]);
  const networks = entries.map(parseNetwork);
  return networks.every((network) => network !== undefined) ? networks : undefined;
}

/** Whether an address, as a socket or a header has it, is in one of the blocks; what is no address is in none. */
export function isWithin(networks: readonly Network[], address: string): boolean {
  const bytes = addressBytes(address);
  return bytes !== undefined &&
    networks.some((network) => commonBits(network.address, bytes) >= network.bits);
}

/** The 16 bytes of an IPv4 or IPv6 address; undefined for anything else. */
function addressBytes(text: string): Uint8Array | undefined {
  if (!text.includes(":")) {
    const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    if (four === undefined || four.some((byte) => byte > 255)) return undefined;
    return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...four);
  }
  if (!URL.canParse(`http://[${text}]/`)) return undefined;
  const canonical = canonicalAddress(text);
  return canonical.includes(":") ? bytesOf(canonical) : addressBytes(canonical);
}

/** The bytes of an IPv6 address in its canonical form, which has no dots. */
function bytesOf(canonical: string): Uint8Array {
  const [head = "", tail = ""] = canonical.split("::");
  const [before, after] = [head, tail].map((words) => words === "" ? [] : words.split(":"));
  const zeros = Array<string>(BYTES / 2 - before!.length - after!.length).fill("0");
  const numbers = [...before!, ...zeros, ...after!].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
}

/** A bit after the prefix would be a slip that lets in a whole block in the place of one address. */
function parseNetwork(text: string): Network | undefined {
  const [, host = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = addressBytes(host);
  if (address === undefined) return undefined;
  const bits = prefix === undefined
    ? BYTES * 8
    : Number(prefix) + (host.includes(":") ? 0 : MAPPED_BITS);
  if (bits > BYTES * 8) return undefined;
  const hasMore = address.some((byte, index) => (byte & (0xff >> prefixBits(bits, index))) !== 0);
  return hasMore && bits < BYTES * 8 ? undefined : { address, bits };
}

/** How many of the bits of a byte belong to a prefix. */
function prefixBits(bits: number, index: number): number {
  return Math.min(8, Math.max(0, bits - 8 * index));
}

function commonBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? BYTES * 8 : 8 * at + Math.clz32((a[at]! ^ b[at]!) << 24);
}

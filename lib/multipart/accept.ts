/**
 * The Accept header and the `accept` query parameter (RFC 9110 section 12.5.1, PS3.18 section
 * 8.7.7): what a client wants, in order of preference.
 * @module
 */
import {
  type MediaType,
  parametersOf,
  parseMediaType,
  rootTypeOf,
  splitOutsideQuotes,
} from "./media_type.ts";

/** Entries read of one Accept value: real clients send fewer than 20, and each costs a comparison. */
export const MAX_ACCEPT_RANGES = 100;

/** One media range that the client accepts. */
export interface AcceptRange {
  /** `type/subtype` in lower case; either half may be `*`. */
  readonly essence: string;
  /**
   * Of a multipart range: the media type of its parts, lower case, e.g. `application/dicom` or
   * `image/*`. Undefined where none is named, which accepts parts of every type.
   */
  readonly type?: string;
  /** Transfer Syntax UID or `*` (PS3.18 section 8.7.3.5.2). */
  readonly transferSyntax?: string;
  /** Weight from 0 to 1; 0 means "not this". */
  readonly q: number;
  /** All parameters but `q`, by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A representation that the server can give. */
export interface Offer {
  /** Media type of the payload, e.g. `multipart/related`. */
  readonly essence: string;
  /** Of a multipart payload: media type of its parts. */
  readonly type?: string;
}

const ANYTHING: AcceptRange = { essence: "*/*", q: 1, parameters: new Map() };
/** Of two weights: below the three digits that they are sent with (RFC 9110 section 12.4.2). */
const SMALLEST_DIFFERENCE = 1e-6;
const TRANSFER_SYNTAX = "transfer-syntax";
const QVALUE = /^(?:[01]|[01]?\.[0-9]+|[01]\.)$/;

/**
 * Reads an Accept value. Preferred ranges come first: by `q`, then the more specific, then in the
 * order sent. An absent or empty value accepts everything; malformed entries are skipped, so
 * that the result of a value in which nothing can be read is empty. Never throws.
 */
export function parseAccept(text: string | null): readonly AcceptRange[] {
  if (text === null || text.trim() === "") return [ANYTHING];
  const ranges: AcceptRange[] = [];
  for (const entry of splitOutsideQuotes(text, ",").slice(0, MAX_ACCEPT_RANGES)) {
    ranges.push(...parseEntry(entry).slice(0, MAX_ACCEPT_RANGES - ranges.length));
  }
  return ranges.sort((a, b) => b.q - a.q || specificity(b) - specificity(a));
}

/** Whether a representation lies in a range. Transfer syntaxes are not looked at. */
export function inRange(range: AcceptRange, offer: Offer): boolean {
  return covers(range.essence, offer.essence) &&
    (range.type === undefined || offer.type === undefined || covers(range.type, offer.type));
}

/**
 * Whether a range decides about a representation: it lies in the range, and no more specific range
 * of the list says something else about it (PS3.18 section 8.7.8.1). A weight of 0 never does.
 */
export function accepts(range: AcceptRange, offer: Offer, ranges: readonly AcceptRange[]): boolean {
  if (range.q === 0 || !inRange(range, offer)) return false;
  const own = essenceSpecificity(range);
  return !ranges.some((other) =>
    other.q !== range.q && essenceSpecificity(other) > own && inRange(other, offer)
  );
}

/** The offer that the client likes best; among equals the earlier range, then the earlier offer. */
export function preferredOffer<T extends Offer>(
  ranges: readonly AcceptRange[],
  offers: readonly T[],
): T | undefined {
  for (const range of ranges) {
    const offer = offers.find((candidate) => accepts(range, candidate, ranges));
    if (offer !== undefined) return offer;
  }
  return undefined;
}

/**
 * One entry, or none that can be read. One that names several transfer syntaxes, which OHIF does
 * though PS3.18 section 8.7.3.5.2 allows one, stands for as many, each liked a little less than the
 * one before it.
 */
function parseEntry(entry: string): readonly AcceptRange[] {
  const range = parseRange(entry);
  if (range === undefined) return [];
  const named = [...parametersOf(entry)].filter(([name]) => name === TRANSFER_SYNTAX);
  if (named.length < 2) return [range];
  return named.map(([, transferSyntax], index) => (
    { ...range, transferSyntax, q: range.q * (1 - index * SMALLEST_DIFFERENCE) }
  ));
}

function parseRange(entry: string): AcceptRange | undefined {
  // Java's URLConnection sends a lone `*`.
  const mediaType = parseMediaType(entry.replace(/^\s*\*\s*(?=;|$)/, "*/*"));
  if (mediaType === undefined) return undefined;
  const weight = mediaType.parameters.get("q") ?? "1";
  const q = Number(weight);
  if (!QVALUE.test(weight) || q > 1) return undefined;
  const parameters = new Map(mediaType.parameters);
  parameters.delete("q");
  return { essence: mediaType.essence, ...partsOf(mediaType), q, parameters };
}

/** What a range says about its parts. Some clients put the transfer syntax inside the quoted type. */
function partsOf(mediaType: MediaType): Pick<AcceptRange, "type" | "transferSyntax"> {
  const multipart = mediaType.essence.startsWith("multipart/");
  const root = multipart ? rootTypeOf(mediaType) : undefined;
  const transferSyntax = mediaType.parameters.get(TRANSFER_SYNTAX) ??
    root?.parameters.get(TRANSFER_SYNTAX);
  return {
    ...(root === undefined ? {} : { type: root.essence }),
    ...(transferSyntax === undefined ? {} : { transferSyntax }),
  };
}

/** More named halves first, then more parameters (RFC 9110 section 12.5.1). */
function specificity(range: AcceptRange): number {
  return essenceSpecificity(range) * MAX_ACCEPT_RANGES + range.parameters.size;
}

/** Named halves of the media type and, in a multipart range, of the type of its parts. */
function essenceSpecificity(range: AcceptRange): number {
  return namedHalves(range.essence) * 3 + (range.type === undefined ? 0 : namedHalves(range.type));
}

function namedHalves(essence: string): number {
  if (essence.startsWith("*/")) return 0;
  return essence.endsWith("/*") ? 1 : 2;
}

function covers(range: string, essence: string): boolean {
  if (range === essence || range.startsWith("*/")) return true;
  return range.endsWith("/*") && essence.startsWith(range.slice(0, -1));
}

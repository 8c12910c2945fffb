/**
 * Content negotiation of a request (PS3.18 sections 8.3.3.1 and 8.7.8).
 * @module
 */
import {
  type AcceptRange,
  type Offer,
  parseAccept,
  preferredOffer,
} from "../../lib/multipart/accept.ts";
import { Problem } from "./problem.ts";

/** The forms of data sets without their bulk values. */
export type MetadataForm = "json" | "xml";

/** How metadata or search results are sent. */
export interface MetadataRepresentation {
  readonly form: MetadataForm;
  /** Of the JSON array, by the name that the client accepts, or of each document in XML. */
  readonly mediaType: string;
  /** True where a document in XML that is the only one is sent without a multipart message around it. */
  readonly alone?: boolean;
}

const JSON_MEDIA_TYPE = "application/dicom+json";
const XML = { form: "xml", mediaType: "application/dicom+xml" } as const;

/** What metadata and results come as. */
export const METADATA_OFFERS: readonly (Offer & MetadataRepresentation)[] = [
  { essence: JSON_MEDIA_TYPE, form: "json", mediaType: JSON_MEDIA_TYPE },
  { essence: "application/json", form: "json", mediaType: "application/json" },
  { essence: "multipart/related", type: "application/dicom+xml", ...XML },
  { essence: "multipart/related", type: "text/xml", ...XML },
  { essence: "application/dicom+xml", ...XML, alone: true },
];

/** Names of the media types that METADATA_OFFERS stands for, as a refusal lists them. */
const METADATA_TYPES = [
  "application/dicom+json",
  "application/json",
  'multipart/related; type="application/dicom+xml"',
] as const;

/** So little does a range of the header weigh beside the least liked one of the parameter. */
const HEADER_WEIGHT = 1 / 1024;

/**
 * What the client accepts: the ranges of the `accept` query parameter, then those of the header,
 * so that the header decides only where nothing that the parameter names can be given.
 */
export function acceptOf(request: Request): readonly AcceptRange[] {
  const header = parseAccept(request.headers.get("accept"));
  const mark = request.url.indexOf("?");
  if (mark < 0 || !request.url.includes("accept", mark)) return header;
  // An unescaped `application/dicom+json` in a URL means the plus, not a space; one behind a
  // percent-encoded semicolon, whose last digit is a letter, is a space.
  const search = request.url.slice(mark).replace(/(?<=dicom)\+(?=[a-z])/gi, "%2B");
  const values = new URLSearchParams(search).getAll("accept").filter((value) => value !== "");
  if (values.length === 0) return header;
  const named = parseAccept(values.join(","));
  const least = Math.min(1, ...named.map(({ q }) => q).filter((q) => q > 0));
  return [...named, ...header.map((range) => ({ ...range, q: range.q * least * HEADER_WEIGHT }))];
}

/** Chooses how search results and metadata are sent. Throws Problem 406. */
export function negotiateMetadata(ranges: readonly AcceptRange[]): MetadataRepresentation {
  const offer = preferredOffer(ranges, METADATA_OFFERS);
  if (offer === undefined) throw notAcceptable(METADATA_TYPES);
  return offer;
}

/** The refusal of everything the client accepts. `possible`: media types as an Accept header takes them. */
export function notAcceptable(possible: readonly string[]): Problem {
  return new Problem(
    406,
    `Nothing in Accept can be given; ask for one of: ${possible.join(", ")}.`,
  );
}

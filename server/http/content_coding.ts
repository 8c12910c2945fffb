/**
 * Choice of a content coding (RFC 9110 sections 8.4.1 and 12.5.3).
 * @module
 */
import type { ContentCoding } from "../../lib/bytes/gzip_pieces.ts";

const CODINGS: readonly ContentCoding[] = ["gzip", "deflate"];

/** The coding that the client likes best of gzip, deflate and identity, by `preferredOf`. */
export function preferredCoding(acceptEncoding: string | null | undefined): ContentCoding {
  return preferredOf(CODINGS, acceptEncoding);
}

/**
 * The coding that the client likes best of `codings` and identity; among equals in this order.
 * Without an Accept-Encoding header it is identity, as it is where nothing is acceptable: an
 * answer that was asked for is worth more than the refusal.
 */
export function preferredOf<Coding extends string>(
  codings: readonly Coding[],
  acceptEncoding: string | null | undefined,
): Coding | "identity" {
  if (!acceptEncoding) return "identity";
  const weights = new Map<string, number>();
  for (const entry of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    weights.set(name === "x-gzip" ? "gzip" : name, Number(weight) || 0);
  }
  const others = weights.get("*") ?? 0;
  let best: Coding | "identity" = "identity";
  let most = weights.get("identity") ?? 0;
  for (const coding of codings) {
    const weight = weights.get(coding) ?? others;
    if (weight > most || (weight === most && weight > 0 && best === "identity")) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

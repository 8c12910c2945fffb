/**
 * Which rendered media type a request gets (PS3.18 8.7.4, 8.7.8).
 * @module
 */
import { type AcceptRange, preferredOffer } from "../../lib/multipart/accept.ts";
import { notAcceptable } from "./negotiate.ts";
import type { Packaging } from "./wado_negotiate.ts";

/** Media types of images, the default first. */
export const IMAGE_MEDIA_TYPES = ["image/jpeg", "image/png", "image/gif"] as const;

/** Media type of an image. */
export type ImageMediaType = typeof IMAGE_MEDIA_TYPES[number];

/** A media type, and whether it comes alone or in parts. */
export interface RenderedChoice<MediaType extends string = string> {
  readonly mediaType: MediaType;
  readonly packaging: Packaging;
}

const MULTIPART = "multipart/related";

/**
 * Chooses among what is possible; both lists begin with what the client gets who leaves it open.
 * `alone`: media types that hold all that was asked for without parts. Throws Problem 406.
 */
export function negotiateRendered<MediaType extends string>(
  ranges: readonly AcceptRange[],
  mediaTypes: readonly MediaType[],
  packagings: readonly Packaging[],
  alone: readonly MediaType[] = mediaTypes,
): RenderedChoice<MediaType> {
  const offers = packagings.flatMap((packaging) =>
    (packaging === "single" ? alone : mediaTypes).map((mediaType) => ({
      ...(packaging === "single"
        ? { essence: mediaType }
        : { essence: MULTIPART, type: mediaType }),
      mediaType,
      packaging,
    }))
  );
  const offer = preferredOffer(ranges, offers);
  if (offer !== undefined) return { mediaType: offer.mediaType, packaging: offer.packaging };
  throw notAcceptable(
    offers.map(({ essence, mediaType, packaging }) =>
      packaging === "single" ? essence : `${essence}; type="${mediaType}"`
    ),
  );
}

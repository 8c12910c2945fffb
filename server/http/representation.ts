/**
 * What a retrieval answers with, before it is a Response: services make these, and
 * representation_response.ts sends them.
 * @module
 */

/** One body, or one part of a multipart body. */
export interface Part {
  /** Content-Type. */
  readonly mediaType: string;
  /** Content-Location below the archive's root, e.g. `/studies/1.2/…`; undefined where it has none. */
  readonly location: string | undefined;
  /** Under which a browser saves it, ASCII without quotes; undefined where it may show it instead. */
  readonly fileName?: string;
  /** Content-Encoding of the bytes; undefined where they are as they are. */
  readonly coding?: "gzip" | "deflate";
  /** Bytes; undefined where that is known only when they have been made. */
  readonly length: number | undefined;
  /** The bytes; `range` only where the length is known. Nothing is opened before the first is pulled. */
  read(range?: { readonly offset: number; readonly length: number }): AsyncGenerator<
    Uint8Array<ArrayBuffer>
  >;
  /** All of the bytes at once into `target`, which has the length; where there are few of them. */
  readonly fill?: (target: Uint8Array<ArrayBuffer>) => Promise<void>;
}

/** What a scope looks like in one choice of media type and transfer syntax. */
export interface Representation {
  /** Opaque tag of exactly these bytes but for the URLs in them, without quotes. */
  readonly etag: string;
  /** No other content can take its place, so that it may be kept without asking again. */
  readonly lasting: boolean;
  readonly body: SingleBody | MultipartBody;
}

export interface SingleBody {
  readonly kind: "single";
  readonly part: Part;
}

export interface MultipartBody {
  readonly kind: "multipart";
  /** Media type of the parts, without parameters: the `type` of the whole. */
  readonly type: string;
  /** Nobody who wrote a part could know it, so that no part contains it. At most 70 characters. */
  readonly boundary: string;
  /** A list where the number of parts is small enough to say the length of the whole. */
  readonly parts: readonly Part[] | AsyncIterable<Part>;
  /**
   * How many resources cannot be given in what the client accepts, or why else, and of how many; 206
   * where there are any.
   */
  readonly left: { readonly out: number; readonly of: number; readonly why?: string };
}

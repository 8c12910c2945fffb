/**
 * The one shape that a search has, whether it came as a URL (QIDO-RS, PS3.18 8.3.4) or as a
 * C-FIND identifier (PS3.4 C.2.2.2).
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";

/** Information entity that the search returns. */
export type Level = "patient" | "study" | "series" | "instance";

/**
 * How one attribute is matched (PS3.4 C.2.2.2). Universal matches are left out of a Query. Values
 * and patterns of names and numbers come folded (lib/query/fold.ts).
 */
export type Match =
  | { readonly kind: "single"; readonly value: string }
  /**
   * `*` any run, `?` any one character. A name's components may be empty, and empty ones at its end
   * are not written, so that the pattern `DOE^*` of a name matches `DOE` too.
   */
  | { readonly kind: "wildcard"; readonly pattern: string }
  /** Inclusive; at least one end given. Dates YYYYMMDD, times HHMMSS.FFFFFF padded to full precision by the parser. */
  | { readonly kind: "range"; readonly from: string | undefined; readonly to: string | undefined }
  /** A time as one value, from its first moment to its last: `10` stands for the whole hour. */
  | { readonly kind: "span"; readonly from: string; readonly to: string }
  /**
   * Date and time together, on the path of the date (PS3.4 C.2.2.2.5): from one moment to another,
   * inclusive, each `YYYYMMDD` and `HHMMSS.FFFFFF` in one. `time` is the tag of the time attribute.
   */
  | {
    readonly kind: "moments";
    readonly time: Tag;
    readonly from: string | undefined;
    readonly to: string | undefined;
  }
  /** Any of these: UID lists, and value lists under `multiplevaluematching`. */
  | { readonly kind: "list"; readonly values: readonly string[] }
  /** Zero-length or absent (PS3.18 8.3.4.5). */
  | { readonly kind: "empty" }
  /** `fuzzymatching`: every term is a prefix of some name component, accents and case folded. */
  | { readonly kind: "fuzzy"; readonly terms: readonly string[] };

/** One attribute and how it must match; `path` has one tag, or the tags down into sequences. */
export interface Condition {
  readonly path: readonly Tag[];
  readonly match: Match;
}

/** Ask for order by an attribute. */
export interface OrderBy {
  readonly tag: Tag;
  readonly descending: boolean;
}

/** A search. The identifiers of a nested URL (`/studies/{uid}/series`) are in `scope`. */
export interface Query {
  readonly level: Level;
  readonly scope: { readonly StudyInstanceUID?: string; readonly SeriesInstanceUID?: string };
  readonly conditions: readonly Condition[];
  /**
   * Of studies and below: each is somewhere in what is known of the study by name, folded
   * (lib/query/words.ts). For our own pages: neither QIDO-RS nor C-FIND has such a key.
   */
  readonly words?: readonly string[];
  /** Attributes wanted beyond the default ones: tag paths; `all` for everything that is known. */
  readonly include: "all" | readonly (readonly Tag[])[];
  readonly orderBy: readonly OrderBy[];
  readonly limit: number | undefined;
  readonly offset: number;
  /** Opaque cursor of an earlier answer: rows after it, whatever has arrived since. */
  readonly after: string | undefined;
  /** The total is wanted as well. */
  readonly count: boolean;
}

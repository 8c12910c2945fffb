/**
 * The searchable attributes as data: columns of the index, keys of QIDO-RS and C-FIND, and the
 * attributes of default answers all come from this table (PS3.18 10.6.1, 10.6.3; PS3.4 C.6).
 * @module
 */
import type { Tag, VR } from "../dicom/dataset.ts";
import type { Level } from "./query.ts";

/** One attribute that the index keeps as a column. */
export interface SearchAttribute {
  /** PS3.6 keyword, also the column's name. */
  readonly keyword: string;
  readonly tag: Tag;
  readonly vr: VR;
  readonly level: Level;
  /** Conditions on it are supported; others are only returned. */
  readonly matched: boolean;
  /** In answers that ask for nothing special (PS3.18 10.6.3.3). */
  readonly returned: boolean;
  /** Inside RequestAttributesSequence: the tag of the sequence. */
  readonly sequence?: Tag;
}

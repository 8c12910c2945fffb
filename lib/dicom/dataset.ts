/**
 * The data set model (PS3.5 7): elements by tag, values as bytes. Values are views of what was
 * read, always in little endian whatever the file's order, so that no later stage has to ask.
 * What is large stays where it is: such an element holds a place, not bytes.
 * @module
 */

/** Group and element as one unsigned 32-bit number: (7FE0,0010) is 0x7FE00010. */
export type Tag = number;

/** Value representations of PS3.5 6.2. */
export type VR =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FL"
  | "FD"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

/**
 * Where a value lies. `offset` counts bytes of the stored file; in a deflated file it counts
 * bytes of the inflated data set, which begins at 0.
 */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A value held in memory. */
export interface ValueElement {
  readonly kind: "value";
  readonly tag: Tag;
  readonly vr: VR;
  /** Little endian, with whatever padding was stored. */
  readonly bytes: Uint8Array;
}

/** A value too large to hold, or pixel data: it stays in the file. */
export interface BulkElement {
  readonly kind: "bulk";
  readonly tag: Tag;
  readonly vr: VR;
  readonly place: Place;
}

/** A sequence of items (PS3.5 7.5). */
export interface SequenceElement {
  readonly kind: "sequence";
  readonly tag: Tag;
  readonly vr: "SQ";
  readonly items: readonly DataSet[];
}

/** Encapsulated pixel data (PS3.5 A.4): offset table and the places of its fragments. */
export interface FragmentsElement {
  readonly kind: "fragments";
  readonly tag: Tag;
  readonly vr: "OB" | "OW" | "UN";
  /** Value of the Basic Offset Table item, little endian; empty where there is none. */
  readonly basicOffsetTable: Uint8Array;
  /**
   * offset, length of each fragment's value, the offset table left out: 2 numbers a fragment.
   * Offsets as in {@linkcode Place}; item headers (8 bytes) lie before each offset.
   */
  readonly fragments: Float64Array;
  /** The first 2 bytes of each fragment's value, 0 where it is shorter; where a scan has seen them. */
  readonly beginnings?: Uint8Array;
}

/**
 * A value that metadata names by BulkDataURI (PS3.18 F.2.2). It exists only between decoding
 * such metadata and storing it; what a scan returns never holds one.
 */
export interface UriElement {
  readonly kind: "uri";
  readonly tag: Tag;
  readonly vr: VR;
  readonly uri: string;
}

/** One data element. */
export type Element =
  | ValueElement
  | BulkElement
  | SequenceElement
  | FragmentsElement
  | UriElement;

/** A data set or a sequence item: elements by tag, in the order of the file (ascending in sound ones). */
export type DataSet = ReadonlyMap<Tag, Element>;

/** What one pass over a stored object found (made by lib/dicom/scan_instance.ts). */
export interface InstanceScan {
  /** File Meta Information (group 0002), where the object has it. */
  readonly fileMeta: DataSet | undefined;
  /** Declared in the File Meta Information, or guessed from the bytes where there is none. */
  readonly transferSyntaxUID: string;
  /** Bytes of preamble, prefix and File Meta Information before the data set; 0 where there are none. */
  readonly dataSetOffset: number;
  /** Bytes of the whole object. */
  readonly length: number;
  /** Of a damaged object what can be read: every complete element, and native pixel data. */
  readonly dataSet: DataSet;
  /**
   * What is wrong with an object that can be read to some place and no further, without values of
   * it, as `The object ends 12 bytes before the end of (7FE0,0010)`. The place of native pixel data
   * may then reach beyond its end.
   */
  readonly damage: string | undefined;
}

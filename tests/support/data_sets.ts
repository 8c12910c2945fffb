/**
 * Data sets for tests, made by hand.
 * @module
 */

import type {
  BulkElement,
  DataSet,
  Element,
  FragmentsElement,
  SequenceElement,
  Tag,
  ValueElement,
  VR,
} from "../../lib/dicom/dataset.ts";

/** A data set of these elements, in their order. */
export function dataSet(...elements: readonly Element[]): DataSet {
  return new Map(elements.map((element) => [element.tag, element]));
}

/** An element in memory; in a text each character stands for one byte. */
export function element(tag: Tag, vr: VR, value: string | Uint8Array = ""): ValueElement {
  const bytes = typeof value === "string"
    ? Uint8Array.from(value, (character) => character.charCodeAt(0))
    : value;
  return { kind: "value", tag, vr, bytes };
}

/** A sequence. */
export function sequence(tag: Tag, ...items: readonly DataSet[]): SequenceElement {
  return { kind: "sequence", tag, vr: "SQ", items };
}

/** A value that stayed in its file. */
export function bulk(tag: Tag, vr: VR): BulkElement {
  return { kind: "bulk", tag, vr, place: { offset: 1000, length: 2000 } };
}

/** Encapsulated pixel data of one fragment. */
export function fragments(): FragmentsElement {
  return {
    kind: "fragments",
    tag: 0x7FE00010,
    vr: "OB",
    basicOffsetTable: new Uint8Array(),
    fragments: new Float64Array([1000, 2000]),
  };
}

/** The bytes of these numbers, little endian as the machine is. */
export function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

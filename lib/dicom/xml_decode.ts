/**
 * The Native DICOM Model in XML (PS3.19 A.1) back to a data set.
 * @module
 */

import { DecodeError, LimitError } from "../errors.ts";
import type { DataSet, Element, Tag, VR } from "./dataset.ts";
import { isPrivate } from "./dictionary.ts";
import {
  announceCharset,
  dataSetOf,
  elementError,
  encodeBase64,
  encodeValues,
  joinParts,
} from "./encode_values.ts";
import { PrivateBlocks } from "./private_blocks.ts";
import { SEQUENCE_DEPTH } from "./scan_limits.ts";
import { PERSON_NAME_GROUPS } from "./values.ts";
import { isVR } from "./vr.ts";
import { PERSON_NAME_COMPONENTS } from "./xml.ts";
import { parseXml, type XmlNode } from "./xml_tree.ts";

/**
 * The data set that a document describes, its text in UTF-8. Values that it names by the URI of a
 * BulkData become elements of kind `uri`; a `uuid` is given as a URN. Private attributes take the
 * block of their creator in this data set; where the document does not have it, a free one.
 *
 * @throws {DecodeError} where it is no such document; the message names the attribute
 * @throws {LimitError} where sequences nest deeper than {@linkcode SEQUENCE_DEPTH}
 */
export function decodeXml(document: string): DataSet {
  // A sequence is two elements deep, the way to a component of a name five.
  const root = parseXml(document, 2 * SEQUENCE_DEPTH + 8);
  if (root.name !== "NativeDicomModel") {
    throw new DecodeError("The document is no NativeDicomModel");
  }
  return announceCharset(decodeItem(root, 0));
}

function decodeItem(node: XmlNode, depth: number): DataSet {
  if (depth > SEQUENCE_DEPTH) {
    throw new LimitError("SEQUENCE_DEPTH", SEQUENCE_DEPTH, "The nesting of sequences");
  }
  const elements = new Map<Tag, Element>();
  const add = (element: Element) => {
    if (elements.has(element.tag)) throw elementError(element.tag, "it is there twice");
    if ((element.tag & 0xFFFF) !== 0) elements.set(element.tag, element);
  };
  const owned: [Tag, string, XmlNode][] = [];
  for (const child of node.children) {
    if (child.name !== "DicomAttribute") continue;
    const tag = tagOf(child);
    const creator = child.attributes.get("privateCreator");
    if (creator !== undefined && isPrivate(tag)) owned.push([tag, creator, child]);
    else add(decodeAttribute(tag, child, depth));
  }
  const blocks = new PrivateBlocks(elements.values());
  for (const [tag, creator, child] of owned) {
    const { tag: own, reserved } = blocks.place(tag, creator);
    if (reserved !== undefined) add(encodeValues(reserved, "LO", [creator]));
    add(decodeAttribute(own, child, depth));
  }
  return dataSetOf(elements.values());
}

function tagOf(node: XmlNode): Tag {
  const tag = node.attributes.get("tag") ?? "";
  if (!/^[0-9A-Fa-f]{8}$/.test(tag)) {
    throw new DecodeError("The tag of a DicomAttribute is eight hexadecimal digits");
  }
  return parseInt(tag, 16);
}

function decodeAttribute(tag: Tag, node: XmlNode, depth: number): Element {
  const vr = node.attributes.get("vr") ?? "";
  if (!isVR(vr)) throw elementError(tag, "vr is no VR of DICOM");
  const [first] = node.children;
  if (first !== undefined && node.children.some((child) => child.name !== first.name)) {
    throw elementError(tag, "its content is of more than one kind");
  }
  switch (first?.name) {
    case "BulkData":
      return { kind: "uri", tag, vr, uri: uriOf(tag, vr, first) };
    case "InlineBinary":
      return encodeBase64(tag, vr, first.text);
    default:
      return decodeValues(tag, vr, numbered(tag, node.children), depth);
  }
}

function uriOf(tag: Tag, vr: VR, node: XmlNode): string {
  const uuid = node.attributes.get("uuid");
  const uri = node.attributes.get("uri") ?? (uuid && `urn:uuid:${uuid}`);
  if (uri === undefined || vr === "SQ") throw elementError(tag, "BulkData is out of place");
  return uri;
}

function decodeValues(tag: Tag, vr: VR, nodes: readonly XmlNode[], depth: number): Element {
  const expected = vr === "SQ" ? "Item" : vr === "PN" ? "PersonName" : "Value";
  if (nodes.some((node) => node.name !== expected)) {
    throw elementError(tag, `the content of ${vr} is ${expected}`);
  }
  switch (vr) {
    case "SQ":
      return { kind: "sequence", tag, vr, items: nodes.map((node) => decodeItem(node, depth + 1)) };
    case "PN":
      return encodeValues(tag, vr, nodes.map(personName));
    default:
      return encodeValues(tag, vr, nodes.map((node) => node.text || null));
  }
}

/** Content in the order of its numbers, which run from 1 without a gap; where they lack, in that of the document. */
function numbered(tag: Tag, nodes: readonly XmlNode[]): readonly XmlNode[] {
  const places: (XmlNode | undefined)[] = nodes.map(() => undefined);
  for (const [index, node] of nodes.entries()) {
    const place = Number(node.attributes.get("number") ?? index + 1) - 1;
    if (!(place in places) || places[place] !== undefined) {
      throw elementError(tag, "its values are not numbered from 1 on");
    }
    places[place] = node;
  }
  return places as XmlNode[];
}

function personName(node: XmlNode): string {
  const groups = PERSON_NAME_GROUPS.map((name) => {
    const group = node.children.find((child) => child.name === name);
    return joinParts(PERSON_NAME_COMPONENTS.map((part) => childText(group, part)), "^");
  });
  return joinParts(groups, "=");
}

function childText(node: XmlNode | undefined, name: string): string {
  return node?.children.find((child) => child.name === name)?.text ?? "";
}

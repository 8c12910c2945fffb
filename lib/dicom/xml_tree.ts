/**
 * XML documents as trees, for small documents from outside. A document type declaration is
 * refused, so there are no entities but XML's own to expand.
 * @module
 */

import { SaxesParser } from "saxes";
import { DecodeError, LimitError } from "../errors.ts";

/** An element. */
export interface XmlNode {
  /** Without its prefix: who reads one vocabulary only needs no namespace. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** The element's own text, its children's left out. */
  readonly text: string;
}

interface OpenNode extends XmlNode {
  readonly children: OpenNode[];
  text: string;
}

/**
 * The root of a document.
 *
 * @param maxDepth of elements in elements
 * @throws {DecodeError} where it is not well formed, or has a document type declaration
 * @throws {LimitError} where it is deeper
 */
export function parseXml(document: string, maxDepth: number): XmlNode {
  const top: OpenNode = { name: "", attributes: new Map(), children: [], text: "" };
  const open = [top];
  const parser = new SaxesParser();
  parser.on("error", (cause) => {
    throw new DecodeError("The XML is not well formed", { cause });
  });
  parser.on("doctype", () => {
    throw new DecodeError("The XML has a document type declaration");
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (open.length > maxDepth) throw new LimitError("maxDepth", maxDepth, "The depth of the XML");
    const node: OpenNode = {
      name: name.slice(name.indexOf(":") + 1),
      attributes: new Map(Object.entries(attributes)),
      children: [],
      text: "",
    };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on("closetag", () => {
    open.pop();
  });
  const addText = (text: string) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.write(document).close();
  return top.children[0] as XmlNode;
}

/**
 * The text of a data set in another character set.
 * @module
 */
import { type Charset, decodeText, UTF8_CHARSET } from "./charset.ts";
import { encodeText, smallestCharset } from "./charset_encode.ts";
import type { DataSet, Element, ValueElement } from "./dataset.ts";
import { VR_TRAITS } from "./vr.ts";

/** A data set and what its text is encoded in. */
export interface EncodedDataSet {
  readonly dataSet: DataSet;
  readonly charset: Charset;
}

/**
 * A data set whose text is UTF-8, with its text in `charset`, or without one in the smallest that
 * has all of it. Characters that a given one lacks become `?`. Specific Character Set is left as it is:
 * it belongs to whoever sends the data set.
 */
export function changeCharset(dataSet: DataSet, charset: Charset | undefined): EncodedDataSet {
  const texts = [...textsOf(dataSet)];
  const target = charset ?? smallestCharset(texts);
  const isSame = target.terms === UTF8_CHARSET.terms || (target.ascii && texts.length === 0);
  return { dataSet: isSame ? dataSet : reencoded(dataSet, target), charset: target };
}

/** The texts that are not plain ASCII; every character set in which ASCII stays itself has the others. */
function* textsOf(dataSet: DataSet): Generator<string, void, undefined> {
  for (const element of dataSet.values()) {
    if (element.kind === "sequence") { for (const item of element.items) yield* textsOf(item); }
    if (isText(element) && element.bytes.some((byte) => byte > 0x7f || byte === 0x1b)) {
      yield decodeText(element.bytes, element.vr, UTF8_CHARSET);
    }
  }
}

function reencoded(dataSet: DataSet, charset: Charset): DataSet {
  const elements = new Map<number, Element>();
  for (const [tag, element] of dataSet) elements.set(tag, reencodedElement(element, charset));
  return elements;
}

function reencodedElement(element: Element, charset: Charset): Element {
  if (element.kind === "sequence") {
    return { ...element, items: element.items.map((item) => reencoded(item, charset)) };
  }
  if (!isText(element)) return element;
  const text = decodeText(element.bytes, element.vr, UTF8_CHARSET);
  return { ...element, bytes: encodeText(text, element.vr, charset).bytes };
}

function isText(element: Element): element is ValueElement {
  return element.kind === "value" && VR_TRAITS[element.vr].characterSet;
}

/**
 * A scanned object as a flat list of its elements, in a form that other readers of DICOM can be
 * asked for too.
 * @module
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import type { DataSet, Element, InstanceScan } from "../../lib/dicom/dataset.ts";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { EXPLICIT_VR_BIG_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { layoutOf, swapWords } from "../../lib/dicom/value_layout.ts";

/** One element: a sequence has the number of its items as length, and no digest. */
export interface ListedElement {
  /** Tags of eight hexadecimal digits and numbers of items (from 0), as `00081140/0/00081150`. */
  readonly path: string;
  readonly vr: string;
  readonly length: number;
  /** First 16 digits of the SHA-1 of the value in little endian. */
  readonly digest: string;
}

/** Scans an object in chunks of `chunkBytes`. */
export async function scan(
  bytes: Uint8Array,
  chunkBytes: number = Infinity,
): Promise<InstanceScan> {
  const scanner = createInstanceScanner();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await scanner.push(bytes.subarray(at, at + chunkBytes));
  }
  return await scanner.end();
}

/**
 * Lists the elements of a scan of `bytes` in the order of tags, without group lengths.
 *
 * @param normalise what is to be done to each value before it is looked at
 */
export function listElements(
  scan: InstanceScan,
  bytes: Uint8Array,
  normalise: (value: Uint8Array) => Uint8Array = (value) => value,
): ListedElement[] {
  const source = transferSyntax(scan.transferSyntaxUID)?.deflated
    ? new Uint8Array(inflateRawSync(bytes.subarray(scan.dataSetOffset)))
    : bytes;
  const list: ListedElement[] = [];
  const add = (path: string, vr: string, stored: Uint8Array) => {
    const value = normalise(stored);
    const digest = createHash("sha1").update(value).digest("hex").slice(0, 16);
    list.push({ path, vr, length: value.length, digest });
  };
  const walk = (dataSet: DataSet, prefix: string) => {
    for (const element of [...dataSet.values()].sort((left, right) => left.tag - right.tag)) {
      if ((element.tag & 0xffff) === 0) continue;
      const path = prefix + element.tag.toString(16).toUpperCase().padStart(8, "0");
      if (element.kind === "sequence") {
        list.push({ path, vr: "SQ", length: element.items.length, digest: "" });
        element.items.forEach((item, index) => walk(item, `${path}/${index}/`));
      } else {
        const value = valueOf(element, source);
        const isStoredBig = element.kind === "bulk" &&
          scan.transferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN;
        const { wordBytes } = layoutOf(element.vr);
        add(path, element.vr, isStoredBig ? swapWords(value, wordBytes) : value);
      }
    }
  };
  walk(scan.dataSet, "");
  return list;
}

/** The bytes of a value; of fragments all that lies between the element's header and its delimiter. */
function valueOf(element: Element, source: Uint8Array): Uint8Array {
  switch (element.kind) {
    case "value":
      return element.bytes;
    case "bulk":
      return source.subarray(element.place.offset, element.place.offset + element.place.length);
    case "fragments": {
      const { fragments, basicOffsetTable } = element;
      const begin = (fragments.at(0) ?? 0) - basicOffsetTable.length - 16;
      const end = (fragments.at(-2) ?? 0) + (fragments.at(-1) ?? 0);
      return source.subarray(Math.max(0, begin), end);
    }
    case "sequence":
    case "uri":
      throw new TypeError(`An element of kind ${element.kind} has no bytes`);
  }
}

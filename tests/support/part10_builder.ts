/**
 * Makes DICOM bytes for tests in any native or encapsulated transfer syntax, valid or not. It
 * shares no code with lib/dicom, so that what reads these bytes is not checked against itself.
 * @module
 */
import { deflateRawSync } from "node:zlib";

/** Transfer syntaxes that tests name often. */
export const SYNTAX = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  jpegBaseline: "1.2.840.10008.1.2.4.50",
  jpeg2000Lossless: "1.2.840.10008.1.2.4.90",
  rle: "1.2.840.10008.1.2.5",
} as const;

/** A value: text, numbers in the width of the VR (AT: whole tags), or bytes as they shall lie. */
export type BuiltValue = string | readonly number[] | readonly bigint[] | Uint8Array;

/** One element to build. */
export type BuiltElement =
  | {
    readonly kind: "value";
    readonly tag: number;
    readonly vr: string;
    readonly value: BuiltValue;
  }
  | {
    readonly kind: "sequence";
    readonly tag: number;
    readonly items: readonly (readonly BuiltElement[])[];
    /** Of the sequence and of its items; "defined" writes lengths, "undefined" delimiters. */
    readonly length: "defined" | "undefined";
    /** "UN" writes the sequence as UN with implicit content (PS3.5 6.2.2). */
    readonly vr: "SQ" | "UN";
  }
  | {
    readonly kind: "fragments";
    readonly tag: number;
    readonly vr: string;
    readonly offsetTable: readonly number[];
    readonly fragments: readonly Uint8Array[];
  };

/** An element with a value. */
export function value(tag: number, vr: string, value: BuiltValue): BuiltElement {
  return { kind: "value", tag, vr, value };
}

/** A sequence. */
export function sequence(
  tag: number,
  items: readonly (readonly BuiltElement[])[],
  options: { length?: "defined" | "undefined"; vr?: "SQ" | "UN" } = {},
): BuiltElement {
  return {
    kind: "sequence",
    tag,
    items,
    length: options.length ?? "undefined",
    vr: options.vr ?? "SQ",
  };
}

/** Encapsulated pixel data: an offset table item and the fragments. */
export function fragments(
  fragments: readonly Uint8Array[],
  options: { tag?: number; vr?: string; offsetTable?: readonly number[] } = {},
): BuiltElement {
  return {
    kind: "fragments",
    tag: options.tag ?? 0x7fe00010,
    vr: options.vr ?? "OB",
    offsetTable: options.offsetTable ?? [],
    fragments,
  };
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of a data set in a transfer syntax; a deflated one comes deflated and padded. */
export function buildDataSet(
  elements: readonly BuiltElement[],
  transferSyntaxUID: string = SYNTAX.explicit,
): Uint8Array {
  const form: Form = {
    explicit: transferSyntaxUID !== SYNTAX.implicit,
    little: transferSyntaxUID !== SYNTAX.bigEndian,
  };
  const bytes = concat(elements.map((element) => buildElement(element, form)));
  if (transferSyntaxUID !== SYNTAX.deflated) return bytes;
  const deflated = new Uint8Array(deflateRawSync(bytes));
  return deflated.length % 2 === 0 ? deflated : concat([deflated, Uint8Array.of(0)]);
}

/** The bytes of a Part 10 file. `meta` replaces or, with `undefined`, leaves out meta elements. */
export function buildPart10(
  elements: readonly BuiltElement[],
  transferSyntaxUID: string = SYNTAX.explicit,
  options: { meta?: readonly BuiltElement[] } = {},
): Uint8Array {
  const uid = (tag: number): BuiltValue => {
    const found = elements.find((element) => element.tag === tag);
    return found?.kind === "value" ? found.value : "";
  };
  const meta = options.meta ?? [
    value(0x00020001, "OB", Uint8Array.of(0, 1)),
    value(0x00020002, "UI", uid(0x00080016)),
    value(0x00020003, "UI", uid(0x00080018)),
    value(0x00020010, "UI", transferSyntaxUID),
    value(0x00020012, "UI", "1.2.3.4"),
  ];
  const metaBytes = buildDataSet(meta);
  return concat([
    new Uint8Array(128),
    text("DICM"),
    buildDataSet([value(0x00020000, "UL", [metaBytes.length])]),
    metaBytes,
    buildDataSet(elements, transferSyntaxUID),
  ]);
}

/** What a generated CT image may vary in. */
export interface CtOptions {
  readonly studyInstanceUID?: string;
  readonly seriesInstanceUID?: string;
  readonly sopInstanceUID?: string;
  readonly sopClassUID?: string;
  readonly transferSyntaxUID?: string;
  readonly patientName?: string;
  readonly patientID?: string;
  readonly studyDate?: string;
  readonly instanceNumber?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number;
  /** Overrides the generated pixels: one array a fragment in an encapsulated syntax. */
  readonly pixels?: readonly Uint8Array[];
  /** More elements; one with the tag of a generated element replaces it. */
  readonly elements?: readonly BuiltElement[];
}

/** The elements of a CT image: 16-bit pixels that count up, or one fragment a frame. */
export function ctElements(options: CtOptions = {}): BuiltElement[] {
  const { rows = 4, columns = 4, frames = 1 } = options;
  const syntax = options.transferSyntaxUID ?? SYNTAX.explicit;
  const native = ([SYNTAX.implicit, SYNTAX.explicit, SYNTAX.deflated, SYNTAX.bigEndian] as string[])
    .includes(syntax);
  const pixels = native
    ? value(
      0x7fe00010,
      "OW",
      options.pixels === undefined
        ? Array.from({ length: rows * columns * frames }, (_, index) => index & 0x0fff)
        : concat(options.pixels),
    )
    : fragments(
      options.pixels ??
        Array.from({ length: frames }, (_, frame) => new Uint8Array(16).fill(frame + 1)),
    );
  const elements: BuiltElement[] = [
    value(0x00080005, "CS", "ISO_IR 100"),
    value(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
    value(0x00080016, "UI", options.sopClassUID ?? "1.2.840.10008.5.1.4.1.1.2"),
    value(0x00080018, "UI", options.sopInstanceUID ?? "1.2.826.0.1.3680043.10.1.3"),
    value(0x00080020, "DA", options.studyDate ?? "20260102"),
    value(0x00080030, "TM", "101112"),
    value(0x00080050, "SH", "ACC1"),
    value(0x00080060, "CS", "CT"),
    value(0x00080090, "PN", "Referring^Doctor"),
    value(0x00081030, "LO", "Abdomen"),
    value(0x00100010, "PN", options.patientName ?? "Doe^Jane"),
    value(0x00100020, "LO", options.patientID ?? "PID1"),
    value(0x00100030, "DA", "19700101"),
    value(0x00100040, "CS", "F"),
    value(0x0020000d, "UI", options.studyInstanceUID ?? "1.2.826.0.1.3680043.10.1.1"),
    value(0x0020000e, "UI", options.seriesInstanceUID ?? "1.2.826.0.1.3680043.10.1.2"),
    value(0x00200010, "SH", "S1"),
    value(0x00200011, "IS", "1"),
    value(0x00200013, "IS", String(options.instanceNumber ?? 1)),
    value(0x00280002, "US", [1]),
    value(0x00280004, "CS", "MONOCHROME2"),
    ...(options.frames === undefined ? [] : [value(0x00280008, "IS", String(frames))]),
    value(0x00280010, "US", [rows]),
    value(0x00280011, "US", [columns]),
    value(0x00280100, "US", [16]),
    value(0x00280101, "US", [12]),
    value(0x00280102, "US", [11]),
    value(0x00280103, "US", [0]),
    pixels,
  ];
  const own = new Map((options.elements ?? []).map((element) => [element.tag, element]));
  return [...elements.filter(({ tag }) => !own.has(tag)), ...own.values()]
    .sort((left, right) => left.tag - right.tag);
}

/** A CT image as a Part 10 file. */
export function ctInstance(options: CtOptions = {}): Uint8Array {
  return buildPart10(ctElements(options), options.transferSyntaxUID);
}

interface Form {
  readonly explicit: boolean;
  readonly little: boolean;
}

const IMPLICIT: Form = { explicit: false, little: true };
const UNDEFINED = 0xffffffff;
const SHORT_FORM = new Set(
  "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split(" "),
);

function buildElement(element: BuiltElement, form: Form): Uint8Array {
  switch (element.kind) {
    case "value": {
      const bytes = valueBytes(element.vr, element.value, form.little);
      return concat([header(element.tag, element.vr, bytes.length, form), bytes]);
    }
    case "sequence": {
      const inner = element.vr === "UN" ? IMPLICIT : form;
      const items = concat(element.items.map((item) => {
        const bytes = concat(item.map((child) => buildElement(child, inner)));
        return element.length === "defined"
          ? concat([tagAndLength(0xfffee000, bytes.length, inner.little), bytes])
          : concat([
            tagAndLength(0xfffee000, UNDEFINED, inner.little),
            bytes,
            tagAndLength(0xfffee00d, 0, inner.little),
          ]);
      }));
      return element.length === "defined"
        ? concat([header(element.tag, element.vr, items.length, form), items])
        : concat([
          header(element.tag, element.vr, UNDEFINED, form),
          items,
          tagAndLength(0xfffee0dd, 0, inner.little),
        ]);
    }
    case "fragments": {
      const table = valueBytes("UL", element.offsetTable, form.little);
      return concat([
        header(element.tag, element.vr, UNDEFINED, form),
        tagAndLength(0xfffee000, table.length, form.little),
        table,
        ...element.fragments.flatMap((
          bytes,
        ) => [tagAndLength(0xfffee000, bytes.length, form.little), bytes]),
        tagAndLength(0xfffee0dd, 0, form.little),
      ]);
    }
  }
}

/** An element's header, as it would be with any length: tests use it to write false ones. */
export function header(
  tag: number,
  vr: string,
  length: number,
  form: { explicit: boolean; little: boolean } = { explicit: true, little: true },
): Uint8Array {
  if (!form.explicit) return tagAndLength(tag, length, form.little);
  const short = SHORT_FORM.has(vr);
  const bytes = new Uint8Array(short ? 8 : 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, form.little);
  view.setUint16(2, tag & 0xffff, form.little);
  bytes.set(text(vr), 4);
  if (short) view.setUint16(6, length, form.little);
  else view.setUint32(8, length, form.little);
  return bytes;
}

function tagAndLength(tag: number, length: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, little);
  view.setUint16(2, tag & 0xffff, little);
  view.setUint32(4, length, little);
  return bytes;
}

function valueBytes(vr: string, value: BuiltValue, little: boolean): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    const bytes = text(value);
    if (bytes.length % 2 === 0) return bytes;
    return concat([bytes, Uint8Array.of(vr === "UI" ? 0 : 0x20)]);
  }
  const width = WIDTHS[vr] ?? 1;
  const bytes = new Uint8Array(value.length * width + (value.length * width) % 2);
  const view = new DataView(bytes.buffer);
  value.forEach((number, index) => writeNumber(view, index * width, vr, number, little));
  return bytes;
}

const WIDTHS: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  OW: 2,
  AT: 4,
  UL: 4,
  SL: 4,
  OL: 4,
  FL: 4,
  OF: 4,
  FD: 8,
  OD: 8,
  SV: 8,
  UV: 8,
  OV: 8,
};

function writeNumber(
  view: DataView,
  at: number,
  vr: string,
  value: number | bigint,
  little: boolean,
): void {
  if (typeof value === "bigint") return view.setBigUint64(at, BigInt.asUintN(64, value), little);
  switch (vr) {
    case "US":
    case "SS":
    case "OW":
      return view.setUint16(at, value, little);
    case "AT":
      view.setUint16(at, value >>> 16, little);
      return view.setUint16(at + 2, value & 0xffff, little);
    case "UL":
    case "SL":
    case "OL":
      return view.setUint32(at, value, little);
    case "FL":
    case "OF":
      return view.setFloat32(at, value, little);
    case "FD":
    case "OD":
      return view.setFloat64(at, value, little);
    default:
      return view.setUint8(at, value);
  }
}

/** Latin-1 bytes of a text. */
function text(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

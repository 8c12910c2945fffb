/**
 * What a data set has to say when its pixels have been written in another way (PS3.3 C.7.6.3,
 * C.7.6.1.1.5, C.7.6.16.2.18).
 * @module
 */
import type { DataSet, Element, SequenceElement, Tag, VR } from "./dataset.ts";
import { encodeValues, type PlainValue } from "./encode_values.ts";
import type { PixelFormat } from "./pixel_format.ts";
import { numbers, strings, text } from "./values.ts";

const PIXEL_DATA: Tag = 0x7fe00010;
const PLANAR_CONFIGURATION: Tag = 0x00280006;
const LOSSY_IMAGE_COMPRESSION: Tag = 0x00282110;
const LOSSY_IMAGE_COMPRESSION_RATIO: Tag = 0x00282112;
const LOSSY_IMAGE_COMPRESSION_METHOD: Tag = 0x00282114;
const IMAGE_TYPE: Tag = 0x00080008;
const SOP_CLASS_UID: Tag = 0x00080016;
const SOP_INSTANCE_UID: Tag = 0x00080018;
const SOURCE_IMAGE_SEQUENCE: Tag = 0x00082112;
const SERIES_INSTANCE_UID: Tag = 0x0020000e;
const REFERENCED_SERIES_SEQUENCE: Tag = 0x00081115;
const REFERENCED_INSTANCE_SEQUENCE: Tag = 0x0008114a;

/** Extended Offset Table and its lengths: they are those of the pixel data that is replaced. */
const OFFSET_TABLES: readonly Tag[] = [0x7fe00001, 0x7fe00002];

const NUMBERS = {
  SamplesPerPixel: 0x00280002,
  Rows: 0x00280010,
  Columns: 0x00280011,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
} as const satisfies Record<string, Tag>;

/** The same data set with other elements in their places, or without those that are undefined. */
export function edited(
  dataSet: DataSet,
  changes: ReadonlyMap<Tag, Element | undefined>,
): DataSet {
  const result = new Map(dataSet);
  for (const [tag, element] of changes) {
    if (element === undefined) result.delete(tag);
    else result.set(tag, element);
  }
  return result;
}

/**
 * The data set with pixels in another format. `pixels` takes the place of Pixel Data; elements that
 * say the same already keep their bytes. Offset tables go.
 */
export function withPixels(dataSet: DataSet, format: PixelFormat, pixels: Element): DataSet {
  const changes = new Map<Tag, Element | undefined>(OFFSET_TABLES.map((tag) => [tag, undefined]));
  for (const [keyword, tag] of Object.entries(NUMBERS)) {
    const wanted = format[keyword as keyof typeof NUMBERS];
    if (numbers(dataSet, tag)[0] !== wanted) changes.set(tag, encodeValues(tag, "US", [wanted]));
  }
  const { PhotometricInterpretation, PlanarConfiguration, SamplesPerPixel } = format;
  if (text(dataSet, 0x00280004) !== PhotometricInterpretation) {
    changes.set(0x00280004, encodeValues(0x00280004, "CS", [PhotometricInterpretation]));
  }
  if (SamplesPerPixel <= 1) changes.set(PLANAR_CONFIGURATION, undefined);
  else if (numbers(dataSet, PLANAR_CONFIGURATION)[0] !== PlanarConfiguration) {
    const planar = encodeValues(PLANAR_CONFIGURATION, "US", [PlanarConfiguration]);
    changes.set(PLANAR_CONFIGURATION, planar);
  }
  changes.set(PIXEL_DATA, pixels);
  return edited(dataSet, changes);
}

/** What became of an image that lost something to compression. */
export interface LossyCompression {
  /** Defined term of (0028,2114), e.g. `ISO_10918_1`. */
  readonly method: string;
  /** Uncompressed bytes to compressed ones. */
  readonly ratio: number;
}

/** Methods by transfer syntax (PS3.3 C.7.6.1.1.5.1). */
export function lossyMethod(transferSyntaxUID: string): string | undefined {
  const suffix = transferSyntaxUID.replace("1.2.840.10008.1.2.4.", "");
  const number = Number(suffix.split(".")[0]);
  if (suffix === transferSyntaxUID || !Number.isInteger(number)) return undefined;
  if (number <= 70) return "ISO_10918_1";
  if (number <= 81) return "ISO_14495_1";
  if (number <= 93) return "ISO_15444_1";
  if (number === 100 || number === 101) return "ISO_13818_2";
  if (number >= 102 && number <= 106) return "ISO_14496_10";
  if (number === 107 || number === 108) return "ISO_23008_2";
  if (number >= 110 && number <= 112) return "ISO_18181_1";
  if (number >= 201 && number <= 203) return "ISO_15444_15";
  return undefined;
}

/** The data set of an image that has lost something, now or, where it does not say so yet, before. */
export function markLossy(dataSet: DataSet, compressions: readonly LossyCompression[]): DataSet {
  if (compressions.length === 0) return dataSet;
  const methods = strings(dataSet, LOSSY_IMAGE_COMPRESSION_METHOD).filter((value) => value !== "");
  const ratios = strings(dataSet, LOSSY_IMAGE_COMPRESSION_RATIO).filter((value) => value !== "");
  const set = (tag: Tag, vr: VR, values: readonly PlainValue[]) =>
    [tag, encodeValues(tag, vr, values)] as const;
  return edited(
    dataSet,
    new Map([
      set(LOSSY_IMAGE_COMPRESSION, "CS", ["01"]),
      set(LOSSY_IMAGE_COMPRESSION_RATIO, "DS", [
        ...ratios,
        ...compressions.map(({ ratio }) => ratio.toFixed(2)),
      ]),
      set(LOSSY_IMAGE_COMPRESSION_METHOD, "CS", [
        ...methods,
        ...compressions.map(({ method }) => method),
      ]),
    ]),
  );
}

/** True where a data set says that its image has lost something to compression. */
export function isLossy(dataSet: DataSet): boolean {
  return text(dataSet, LOSSY_IMAGE_COMPRESSION) === "01";
}

/**
 * The data set as a derived image under another UID, which names the one it was made from (PS3.3
 * C.7.6.1.1.2, C.12.4): pixels that may look different must not pass for the originals.
 */
export function asDerivedImage(
  dataSet: DataSet,
  SOPInstanceUID: string,
  description: string,
): DataSet {
  const [, ...imageType] = strings(dataSet, IMAGE_TYPE);
  const source = new Map(reference(dataSet)).set(
    0x0040a170,
    sequence(0x0040a170, [code("121320", "DCM", "Uncompressed predecessor")]),
  );
  return edited(
    dataSet,
    new Map<Tag, Element>([
      [
        IMAGE_TYPE,
        encodeValues(IMAGE_TYPE, "CS", [
          "DERIVED",
          ...(imageType.length > 0 ? imageType : ["PRIMARY"]),
        ]),
      ],
      [SOP_INSTANCE_UID, encodeValues(SOP_INSTANCE_UID, "UI", [SOPInstanceUID])],
      [0x00082111, encodeValues(0x00082111, "ST", [description])],
      [0x00089215, sequence(0x00089215, [code("113040", "DCM", "Lossy Compression")])],
      [
        SOURCE_IMAGE_SEQUENCE,
        sequence(SOURCE_IMAGE_SEQUENCE, [...itemsOf(dataSet, SOURCE_IMAGE_SEQUENCE), source]),
      ],
      [REFERENCED_SERIES_SEQUENCE, withReference(dataSet)],
    ]),
  );
}

/** An item that names the image. */
function reference(dataSet: DataSet): DataSet {
  return new Map([[0x00081150, SOP_CLASS_UID], [0x00081155, SOP_INSTANCE_UID]].map((
    [tag, from],
  ) => [tag!, encodeValues(tag!, "UI", [text(dataSet, from!) ?? null])]));
}

/** The series of all images that are named (PS3.3 C.12.2), that of this image with it. */
function withReference(dataSet: DataSet): SequenceElement {
  const uid = text(dataSet, SERIES_INSTANCE_UID);
  const items = itemsOf(dataSet, REFERENCED_SERIES_SEQUENCE);
  const own = items.find((item) => text(item, SERIES_INSTANCE_UID) === uid) ??
    new Map([[SERIES_INSTANCE_UID, encodeValues(SERIES_INSTANCE_UID, "UI", [uid ?? null])]]);
  const instances = [...itemsOf(own, REFERENCED_INSTANCE_SEQUENCE), reference(dataSet)];
  const changed = new Map(own).set(
    REFERENCED_INSTANCE_SEQUENCE,
    sequence(REFERENCED_INSTANCE_SEQUENCE, instances),
  );
  return sequence(
    REFERENCED_SERIES_SEQUENCE,
    items.includes(own) ? items.map((item) => item === own ? changed : item) : [...items, changed],
  );
}

function itemsOf(dataSet: DataSet, tag: Tag): readonly DataSet[] {
  const element = dataSet.get(tag);
  return element?.kind === "sequence" ? element.items : [];
}

function sequence(tag: Tag, items: readonly DataSet[]): SequenceElement {
  return { kind: "sequence", tag, vr: "SQ", items };
}

/** An item of a code sequence (PS3.3 8). */
function code(value: string, scheme: string, meaning: string): DataSet {
  return new Map([
    [0x00080100, encodeValues(0x00080100, "SH", [value])],
    [0x00080102, encodeValues(0x00080102, "SH", [scheme])],
    [0x00080104, encodeValues(0x00080104, "LO", [meaning])],
  ]);
}

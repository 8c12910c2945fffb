/**
 * The studies that a run stores: small, of a patient whose name says what they are for, and under
 * UIDs that nobody has had before.
 * @module
 */
import { formatTag, lookup, tagOf } from "../../../lib/dicom/dictionary.ts";
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { RLE_LOSSLESS, writeFile } from "./part10_file.ts";
import type { Attribute, Row } from "./rows.ts";
import { type Sample, type SampleInstance, sampleInstance, sampleStudy } from "./sample.ts";

/** The patient of every study that is stored. */
export const PATIENT_NAME = "GANTRY^CONFORM";

const CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
const MULTI_FRAME_BYTES = "1.2.840.10008.5.1.4.1.1.7.2";

/** Rows and columns of every image. */
const SIDE = 16;
const FRAMES = 3;

/** A UID that nobody has had before (PS3.5 B.2). */
export function newUID(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}

/** An attribute's value: texts and numbers as JSON has them, or items. */
type Given = string | number | readonly (string | number)[] | Items;
interface Items {
  readonly items: readonly Values[];
}

/** Values by keyword. */
type Values = Readonly<Record<string, Given>>;

/** A data set by keywords. */
export function row(values: Values): Row {
  const attributes = Object.entries(values).map(([keyword, value]) => {
    const tag = tagOf(keyword) ?? 0;
    return [formatTag(tag), attributeOf(lookup(tag)?.vr ?? "UN", value)] as const;
  });
  return Object.fromEntries(attributes.sort(([left], [right]) => left < right ? -1 : 1));
}

function attributeOf(dictionaryVR: string, value: Given): Attribute {
  // Choices of sign are unsigned here.
  const vr = dictionaryVR.startsWith("US") ? "US" : dictionaryVR;
  if (value === "") return { vr };
  if (typeof value === "object" && "items" in value) return { vr, Value: value.items.map(row) };
  const values = typeof value === "object" ? value : [value];
  return { vr, Value: vr === "PN" ? values.map((Alphabetic) => ({ Alphabetic })) : values };
}

/** Makes both studies. */
export function makeSample(): Sample {
  const tail = newUID().slice(-8);
  const first = {
    ...patient(`GANTRY-${tail}A`),
    StudyInstanceUID: newUID(),
    StudyDate: "20260102",
    StudyTime: "101112",
    AccessionNumber: `GC${tail}A`,
    ReferringPhysicianName: "GANTRY-REFERRING",
    StudyID: `S${tail}`,
    StudyDescription: "Conformance check, may be deleted",
  };
  const second = {
    ...patient(`GANTRY-${tail}B`),
    StudyInstanceUID: newUID(),
    StudyDate: "20260305",
    StudyTime: "150000",
    // Empty, so that matching of empty values can be seen.
    AccessionNumber: "",
    ReferringPhysicianName: "GANTRY-OTHER",
    StudyID: `T${tail}`,
    StudyDescription: "Conformance check, may be deleted",
  };
  const ct = { ...first, ...ctSeries(), ...performed(tail) };
  const compressed = { ...second, ...ctSeries() };
  const capture = { ...first, ...captureSeries(2) };
  const colour = { ...second, ...captureSeries(2) };
  return {
    studies: [
      sampleStudy([
        ...[1, 2, 3].map((number) => ctInstance(ct, number, EXPLICIT_VR_LITTLE_ENDIAN)),
        multiFrameInstance(capture),
      ]),
      sampleStudy([ctInstance(compressed, 1, RLE_LOSSLESS), colourInstance(colour)]),
    ],
  };
}

/** An instance of the first study's CT series that is not among those that are stored at first. */
export function anotherInstance(member: SampleInstance, number: number): SampleInstance {
  const attributes = {
    ...member.attributes,
    ...row({ SOPInstanceUID: newUID(), InstanceNumber: number }),
  };
  return instanceOf(attributes, member.pixels, EXPLICIT_VR_LITTLE_ENDIAN);
}

/** The same content under other values. */
export function changed(
  member: SampleInstance,
  values: Values,
): SampleInstance {
  return instanceOf(
    { ...member.attributes, ...row(values) },
    member.pixels,
    EXPLICIT_VR_LITTLE_ENDIAN,
  );
}

function patient(PatientID: string): Values {
  return {
    PatientName: PATIENT_NAME,
    PatientID,
    PatientBirthDate: "19700101",
    PatientSex: "O",
    PatientAge: "056Y",
  };
}

function performed(tail: string): Values {
  return {
    PerformedProcedureStepStartDate: "20260102",
    PerformedProcedureStepStartTime: "101000",
    RequestAttributesSequence: {
      items: [{ ScheduledProcedureStepID: `SPS${tail}`, RequestedProcedureID: `RP${tail}` }],
    },
  };
}

function ctSeries(): Values {
  return {
    SeriesInstanceUID: newUID(),
    FrameOfReferenceUID: newUID(),
    Modality: "CT",
    SeriesNumber: 1,
    SeriesDescription: "Conformance check CT",
    Manufacturer: "Gantry",
    Laterality: "",
    PositionReferenceIndicator: "",
    PatientPosition: "HFS",
  };
}

function captureSeries(SeriesNumber: number): Values {
  return {
    SeriesInstanceUID: newUID(),
    Modality: "OT",
    SeriesNumber,
    SeriesDescription: "Conformance check captures",
    Manufacturer: "Gantry",
    Laterality: "",
    ConversionType: "SYN",
  };
}

function ctInstance(
  series: Values,
  number: number,
  transferSyntaxUID: string,
): SampleInstance {
  const pixels = new Uint8Array(2 * SIDE * SIDE);
  const view = new DataView(pixels.buffer);
  for (let i = 0; i < SIDE * SIDE; i++) view.setUint16(2 * i, 1000 * number + i, true);
  const attributes = row({
    ...series,
    ...image(number, 16, ["MONOCHROME2"]),
    SOPClassUID: CT_IMAGE,
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    SliceThickness: 1,
    KVP: "120",
    AcquisitionNumber: 1,
    ImagePositionPatient: [0, 0, number],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [1, 1],
    RescaleIntercept: -1024,
    RescaleSlope: 1,
    RescaleType: "HU",
    WindowCenter: 1000,
    WindowWidth: 2000,
  });
  return instanceOf(attributes, pixels, transferSyntaxUID);
}

function multiFrameInstance(series: Values): SampleInstance {
  const pixels = Uint8Array.from(
    { length: FRAMES * SIDE * SIDE },
    (_, i) => 60 * Math.floor(i / (SIDE * SIDE)) + i % SIDE,
  );
  const attributes = row({
    ...series,
    ...image(1, 8, ["MONOCHROME2"]),
    SOPClassUID: MULTI_FRAME_BYTES,
    ImageType: ["DERIVED", "SECONDARY"],
    BurnedInAnnotation: "NO",
    NumberOfFrames: FRAMES,
    FrameIncrementPointer: ["00181063"],
    FrameTime: 100,
    PresentationLUTShape: "IDENTITY",
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: "US",
  });
  return instanceOf(attributes, pixels, EXPLICIT_VR_LITTLE_ENDIAN);
}

function colourInstance(series: Values): SampleInstance {
  const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => [200, 40, i % 256][i % 3]!);
  const attributes = row({
    ...series,
    ...image(1, 8, ["RGB"]),
    SOPClassUID: SECONDARY_CAPTURE,
    ImageType: ["DERIVED", "SECONDARY"],
    SamplesPerPixel: 3,
    PlanarConfiguration: 0,
  });
  return instanceOf(attributes, pixels, EXPLICIT_VR_LITTLE_ENDIAN);
}

function image(
  InstanceNumber: number,
  bits: number,
  PhotometricInterpretation: string[],
): Values {
  return {
    SpecificCharacterSet: "ISO_IR 192",
    SOPInstanceUID: newUID(),
    InstanceNumber,
    PatientOrientation: "",
    SamplesPerPixel: 1,
    PhotometricInterpretation,
    Rows: SIDE,
    Columns: SIDE,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
  };
}

function instanceOf(
  attributes: Row,
  pixels: Uint8Array<ArrayBuffer> | undefined,
  transferSyntaxUID: string,
): SampleInstance {
  const isBytes = attributes["00280100"]?.Value?.[0] === 8;
  const withPixels = {
    ...attributes,
    "7FE00010": {
      vr: isBytes ? "OB" : "OW",
      InlineBinary: (pixels ?? new Uint8Array()).toBase64(),
    },
  };
  const file = writeFile(decodeJson(withPixels), transferSyntaxUID);
  return sampleInstance(attributes, { file, ...(pixels === undefined ? {} : { pixels }) });
}

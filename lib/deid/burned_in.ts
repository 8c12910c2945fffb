/**
 * Whether the pixels of an image may go out (PS3.15 E.3.1, E.3.2): what is written into them, or a
 * face that they show, no data element tells of. What cannot be known to be safe is refused, unless
 * the site has a rule for such images.
 * @module
 */
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { integer, strings, text } from "../dicom/values.ts";
import type { DeidProfile } from "./profile.ts";

/** Pixels to blacken in every frame, from the top left corner of the image; it may reach beyond. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What an image has to be for a rule to hold; texts match in any case, and `*` stands for any characters. */
export interface ImageMatch {
  readonly SOPClassUID?: string | undefined;
  readonly Modality?: string | undefined;
  readonly Manufacturer?: string | undefined;
  readonly ManufacturerModelName?: string | undefined;
  readonly StationName?: string | undefined;
  /** Any one of the values. */
  readonly ImageType?: string | undefined;
  readonly Rows?: number | undefined;
  readonly Columns?: number | undefined;
}

/** What the site knows of some images. */
export interface BurnedInRule {
  readonly match: ImageMatch;
  /** Nothing is there, something is to be blackened, or it never goes out. */
  readonly then: "clear" | "refuse" | readonly Rectangle[];
}

/** What may become of an object's pixels. */
export type PixelVerdict =
  | { readonly kind: "clear" }
  | { readonly kind: "mask"; readonly rectangles: readonly Rectangle[] }
  /** `reason` is a sentence without values of the data set. */
  | { readonly kind: "refuse"; readonly reason: string };

const CLEAR: PixelVerdict = { kind: "clear" };

const PIXELS: readonly Tag[] = [0x7fe00008, 0x7fe00009, 0x7fe00010];
const PIXEL_DATA_PROVIDER_URL = 0x00287fe0;
const ENCAPSULATED_DOCUMENT = 0x00420011;
const BURNED_IN_ANNOTATION = 0x00280301;
const RECOGNIZABLE_VISUAL_FEATURES = 0x00280302;
const CONVERSION_TYPE = 0x00080064;
const IMAGE_TYPE = 0x00080008;
const BODY_PART_EXAMINED = 0x00180015;

/** The attributes that a rule may name. */
const MATCHED = {
  SOPClassUID: 0x00080016,
  Modality: 0x00080060,
  Manufacturer: 0x00080070,
  ManufacturerModelName: 0x00081090,
  StationName: 0x00081010,
  ImageType: IMAGE_TYPE,
} as const satisfies Partial<Record<keyof ImageMatch, Tag>>;

/** What an object's pixels, or the document that it holds, may become under a profile. */
export function judgePixels(dataSet: DataSet, profile: DeidProfile): PixelVerdict {
  const isDocument = dataSet.has(ENCAPSULATED_DOCUMENT);
  const isElsewhere = dataSet.has(PIXEL_DATA_PROVIDER_URL);
  if (isElsewhere) return refused("Its pixels are on another server");
  if (!isDocument && !PIXELS.some((tag) => dataSet.has(tag))) return CLEAR;
  const rule = profile.burnedIn.find(({ match }) => matches(dataSet, match));
  if (rule !== undefined) {
    if (rule.then === "clear") return CLEAR;
    if (rule.then === "refuse") return refused("The configuration refuses such images");
    if (isDocument) return refused("A document cannot be masked");
    return { kind: "mask", rectangles: rule.then };
  }
  const reason = isDocument ? "A document may name the patient" : doubt(dataSet, profile);
  return reason === undefined ? CLEAR : refused(reason);
}

function refused(reason: string): PixelVerdict {
  return { kind: "refuse", reason };
}

/** Why pixels may identify someone; undefined where nothing speaks for it. */
function doubt(dataSet: DataSet, profile: DeidProfile): string | undefined {
  const burnedIn = text(dataSet, BURNED_IN_ANNOTATION);
  const recognizable = text(dataSet, RECOGNIZABLE_VISUAL_FEATURES);
  if (burnedIn === "YES") return "Burned In Annotation is YES";
  if (recognizable === "YES") return "Recognizable Visual Features is YES";
  if (hasGraphicsInPixels(dataSet)) return "Its pixels hold overlays in bits that they do not use";
  if (profile.options.has("clean-recognizable-visual-features") && recognizable !== "NO") {
    if (mayShowFace(dataSet)) return "It may show a face";
  }
  if (burnedIn === "NO") return undefined;
  if (profile.options.has("clean-pixel-data")) return "Burned In Annotation is not NO";
  return doubtfulKind(dataSet);
}

/** SOP classes of screens, ultrasound, angiography, cameras: often with the patient's name in the image. */
const DOUBTFUL_CLASSES = new RegExp(
  "^1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\." +
    "(7(\\.\\d+)*|3|3\\.1|6|6\\.1|6\\.2|6\\.3|12\\.[123](\\.1)?|77\\.1\\.[124](\\.1)?|77\\.1\\.5\\.[1-4])$",
);
const DOUBTFUL_MODALITIES = new Set("US IVUS ES XC GM OP OT SC XA RF DOC SMR ECG HC".split(" "));
/** Values of Image Type that screens are saved with. */
const DOUBTFUL_TYPES = new Set(["SCREEN SAVE", "SCREENSHOT", "DOSE_INFO"]);
/** Whole slides, which come with images of their labels. */
const LABELLED_CLASS = "1.2.840.10008.5.1.4.1.1.77.1.6";

function doubtfulKind(dataSet: DataSet): string | undefined {
  const type = strings(dataSet, IMAGE_TYPE);
  const SOPClassUID = text(dataSet, MATCHED.SOPClassUID) ?? "";
  if (DOUBTFUL_CLASSES.test(SOPClassUID)) return "Images of its SOP class often name the patient";
  if (DOUBTFUL_MODALITIES.has(text(dataSet, MATCHED.Modality) ?? "")) {
    return "Images of its modality often name the patient";
  }
  if (text(dataSet, CONVERSION_TYPE) !== undefined) return "It is a secondary capture";
  const isLabelled = SOPClassUID === LABELLED_CLASS &&
    type.some((value) => value === "LABEL" || value === "OVERVIEW");
  if (isLabelled || type.some((value) => DOUBTFUL_TYPES.has(value))) {
    return "Images of its type often name the patient";
  }
  return undefined;
}

/** Modalities whose volumes a face can be made from. */
const VOLUMES = new Set(["CT", "MR", "PT", "NM"]);
const PHOTOGRAPHS = new Set(["XC", "ES", "GM", "OP"]);
/** Parts of the body without a face; every other one, and none at all, may have one. */
const FACELESS = new Set(
  ("ABDOMEN ABDOMENPELVIS ANKLE ARM BLADDER BREAST CALF CHEST CHESTABDOMEN CHESTABDPELVIS " +
    "COLON CSPINE ELBOW EXTREMITY FINGER FOOT FOREARM HAND HEART HIP HUMERUS KIDNEY KNEE LEG LIVER " +
    "LSPINE LUNG PELVIS PROSTATE SHOULDER SPINE SSPINE STOMACH THIGH TSPINE UTERUS WRIST").split(
      " ",
    ),
);

function mayShowFace(dataSet: DataSet): boolean {
  const modality = text(dataSet, MATCHED.Modality) ?? "";
  const part = text(dataSet, BODY_PART_EXAMINED) ?? "";
  return PHOTOGRAPHS.has(modality) || VOLUMES.has(modality) && !FACELESS.has(part);
}

/** Overlay Bit Position (60xx,0102) of an overlay without data of its own (PS3.5 8.1.2, retired). */
function hasGraphicsInPixels(dataSet: DataSet): boolean {
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const start = group * 0x10000;
    if (dataSet.has(start + 0x3000)) continue;
    if ((integer(dataSet, start + 0x0102) ?? 0) > 0) return true;
  }
  return false;
}

function matches(dataSet: DataSet, match: ImageMatch): boolean {
  const { Rows, Columns } = match;
  if (Rows !== undefined && integer(dataSet, 0x00280010) !== Rows) return false;
  if (Columns !== undefined && integer(dataSet, 0x00280011) !== Columns) return false;
  return (Object.keys(MATCHED) as (keyof typeof MATCHED)[]).every((name) => {
    const wanted = match[name];
    return wanted === undefined ||
      strings(dataSet, MATCHED[name]).some((value) => isLike(value, wanted));
  });
}

/** Compares from both ends and then part by part, so that no pattern takes long. */
function isLike(value: string, pattern: string): boolean {
  const text = value.trim().toLowerCase();
  const [first = "", ...others] = pattern.trim().toLowerCase().split("*");
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

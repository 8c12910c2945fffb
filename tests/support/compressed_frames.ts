/**
 * Frames of 4 × 4 pixels as encoders of others compressed them, so small that they stand here.
 * @module
 */
import { rleFrame } from "./rle.ts";

/** Samples of 12 bits, 0 to 15, compressed without loss. */
export const COUNTING = {
  rle: rleFrame(Array.from({ length: 16 }, (_, i) => i)),
  /** By CharLS, in DCMTK's dcmcjpls. */
  jpegLs: Uint8Array.fromBase64(
    "/9j/9wALEAAEAAQBAREA//gADQH//wASAEMBFABA/9oACAEBAAAAAKAMAYAwIgFACAUDQDAYAQSAwGAA/9k=",
  ),
  /** By OpenJPEG, in opj_compress. */
  jpeg2000: Uint8Array.fromBase64(
    "/0//UQApAAAAAAAEAAAABAAAAAAAAAAAAAAABAAAAAQAAAAAAAAAAAABCwEB/1IADAAAAAEAAQQEAAH/XAAHQGBoaHD/" +
      "ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAAAjAAH/k9/gIAeBV1k4GgDnwAEM" +
      "AHwhAAwLPf/Z",
  ),
} as const;

const HEAD =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" +
  "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAEAAQBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAA";

/** Grays of 8 bits, one a frame, in JPEG Baseline by libjpeg, in ImageMagick's convert. */
export const GRAYS = [
  { gray: 100, bytes: jpeg("CP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AD7//2Q==") },
  { gray: 150, bytes: jpeg("CP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AWD//2Q==") },
  { gray: 200, bytes: jpeg("Cv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8ASA//2Q==") },
] as const;

function jpeg(rest: string): Uint8Array {
  return Uint8Array.fromBase64(HEAD + rest);
}

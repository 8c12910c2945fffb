/**
 * What other programs find in transcoded files of the corpus that is not in the stored ones, and why
 * it is right so. The test fails on every finding that is not here, and on every entry that nothing
 * in the corpus needs.
 * @module
 */
import type { Finding } from "../support/transcoded_files.ts";

/** One reason for findings. */
export interface ListedTranscoding {
  readonly check: Finding["check"];
  /** Names of files in the corpus. */
  readonly file?: RegExp;
  /** Transfer Syntax UIDs of the files that were made. */
  readonly target?: RegExp;
  readonly what: RegExp;
  readonly why: string;
}

const EMPTY = /empty_pixel_data/;

/** All known differences; the first that fits a finding explains it. */
export const DIFFERENCES: readonly ListedTranscoding[] = [
  {
    check: "status",
    target: /\.4\.(50|70|80|81|90|91|20[123])$/,
    what: /^406 .* \(This transfer syntax holds 8 or 16 bits a sample\);/,
    why: "PS3.5 8.2: the codecs of JPEG and its kin have no samples of 1, 24 or 32 bits",
  },
  {
    check: "status",
    target: /\.4\.50$/,
    what: /^406 .* \(JPEG Baseline holds 8 bits a sample\);/,
    why: "PS3.5 8.2.1: Process 1 is of 8 bits",
  },
  {
    check: "status",
    target: /\.4\.(9[01]|20[123])$/,
    what: /^406 .* \(Colour of more than 8 bits a sample is not encoded in JPEG 2000\);/,
    why: "the encoders here do it wrong",
  },
  {
    check: "status",
    target: /\.4\.(50|81)$/,
    what: /^406 .* \(Signed samples are not compressed with loss in this transfer syntax\);/,
    why: "PS3.5 8.2.3: an error could turn the greatest sample into the least",
  },
  {
    check: "status",
    target: /\.4\.(50|81|91|203)$/,
    what: /^406 .* \(Palette indices are not compressed with loss\);/,
    why: "PS3.3 C.7.6.3.1.2: an index that is off by one is another colour",
  },
  {
    check: "status",
    what: /^406 .* \(Floating point samples are not compressed\);/,
    why: "PS3.5 8.2: no such syntax is for them",
  },
  {
    check: "status",
    file: /hevc_main51|mpeg2_mpml|mpeg4_avc_hp41/,
    what: /^406 .* \(its frames cannot be told apart\);/,
    why: "PS3.5 8.2.5: a video is one stream, which nothing here decodes",
  },
  {
    check: "status",
    file: /unknown_transfer_syntax/,
    what: /^406 .* \(Nothing here decodes this transfer syntax\);/,
    why: "a private transfer syntax",
  },
  {
    check: "status",
    file: /mlut_18/,
    target: /\.4\.91$/,
    what: /^406 .* Bits beside the stored ones are in use, which loss would mix;/,
    why: "samples of 13 bits where the data set says 12",
  },
  {
    check: "status",
    file: /JPEG2000-embedded-sequence-delimiter/,
    what: /^406 .* The JPEG 2000 codestream has impossible tiles/,
    why: "the stream is nonsense: GDCM and OpenJPEG refuse it too",
  },
  {
    check: "status",
    what: /^406 The stored object is damaged/,
    why: "made anew, a damaged object would look sound",
  },
  {
    check: "pixels",
    file: EMPTY,
    what: /./,
    why: "there is no frame to decode",
  },
  {
    check: "gdcm",
    file: EMPTY,
    what: /^unreadable$/,
    why: "GDCM wants a fragment in encapsulated pixel data, which has none",
  },
  {
    check: "fragments",
    file: EMPTY,
    what: /^0 fragments, 1 frames$/,
    why: "the stored data set says the one and the other",
  },
  {
    check: "gdcm",
    target: /\.1\.2\.5$/,
    what: /^unreadable$/,
    why: "PS3.5 G: GDCM does not know that RLE may hold packed single bits",
  },
  {
    check: "pixels",
    file: /\/example(-mg)?\.dcm$/,
    what: /RGB$/,
    why: "ITU-T T.871: a JFIF stream is YCbCr; others believe a data set that says RGB, and show " +
      "a white page in green",
  },
  {
    check: "pixels",
    file: /htj2k_lossy_mono8/,
    what: /^up to 1, mean 0\.00/,
    why: "ISO/IEC 15444-1 E: how the irreversible transform rounds is free; stored with loss",
  },
  {
    check: "pixels",
    file: /SC_rgb_jpeg\.dcm$/,
    what: /^nobody reads the stored file$/,
    why: "PS3.5 A.4: the file says JPEG and is implicit; DCMTK refuses it",
  },
  {
    check: "pixels",
    file: /dicomdirtests|odd_pixel_length|same_uid_other_content/,
    target: /\.4\.(50|91)$/,
    what: /^up to \d+, mean/,
    why: "noise, or a few pixels: at a sixth of their bytes, headers leave little of them",
  },
  {
    check: "pixels",
    file: /labelmap/,
    target: /\.4\.(50|91)$/,
    what: /^up to 1\d, mean/,
    why: "labels from 0 to 20 in frames of 10 × 10, where a step of one is much",
  },
  {
    check: "elements",
    file: /GH133\.dcm$/,
    what: /^(00880200|07A310CE)\/\d+\/7FE00010: OB 1086 /,
    why: "PS3.5 A.4: the compressed pixel data of an icon is given decoded",
  },
  {
    check: "elements",
    file: /rtdose_rle|bad_sequence/,
    what: /^(300C0002|00189346)/,
    why: "PS3.5 6.2.2: a sequence as UN is known by the dictionary, its content implicit",
  },
  {
    check: "elements",
    target: /\.4\.203$/,
    what: /^0028010[12]: US 2 \w+ \| US 2 (b62f98976c11d796|1170c7bc5a746d6a)$/,
    why:
      "what is lost may carry a sample over its 12 bits or so: it is of 16 then, with 15 as high bit",
  },
  {
    check: "dciodvfy",
    file: /rtdose|badVR|rle_32bit/,
    what: /^unreadable$/,
    why: "PS3.5 A.2: OW of 32 bits a sample, at which dciodvfy ends with an assertion",
  },
  {
    check: "dciodvfy",
    file: /sample-op/,
    what: /A value for Value 3 is required for DERIVED images/,
    why:
      "PS3.3 C.8.17.2.1.4: the stored Image Type has no third value, and what it is nobody knows",
  },
  {
    check: "dciodvfy",
    file: /emri_small/,
    target: /\.4\.(50|81|91|203)$/,
    what: /Attribute present when condition unsatisfied/,
    why:
      "PS3.3 C.8.13.4.1: how it was acquired belongs to originals, and stays in an image that was " +
      "only compressed",
  },
  {
    check: "dciodvfy",
    file: /bad_sequence/,
    what: /Media Storage SOP Instance UID/,
    why: "PS3.10 7.1: it is that of the data set, which is none; the stored file has another",
  },
  {
    check: "dciodvfy",
    file: /[Dd]eflated|image_dfl/,
    what: /Source Application Entity Title|contains invalid data values/,
    why: "dciodvfy sees a copy of the stored file which DCMTK inflated, and gave a name of its own",
  },
  {
    check: "dciodvfy",
    what: /Referenced SOP Instance UID/,
    why: "the source image is named by its UID, which the stored file has wrong already",
  },
];

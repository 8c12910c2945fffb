/**
 * Where the metadata of pydicom or DCMTK is not ours, and the clause of the standard that decides.
 * The metadata test fails on every difference that is not here, and on every entry whose number
 * of occurrences in the corpus is not the one given.
 * @module
 */

import type { Oracle } from "../support/metadata_oracles.ts";

/** One reason for differences. */
export interface ListedDifference {
  readonly oracles: readonly Oracle[];
  /** Names in the corpus; `*` stands for any characters. */
  readonly files: readonly string[];
  /** Paths of attributes (`00081115/1/00080018`), or `file` where the whole file is refused; `*` as above. */
  readonly attributes: readonly string[];
  /** True for the difference meant, as `VR value` or `-` where one of the two lacks the attribute. */
  readonly isMeant?: (ours: string, theirs: string) => boolean;
  readonly clause: string;
  readonly occurrences: number;
}

/** Without the delimiters at the end of component groups that nothing follows, and groups left empty by that. */
function withoutEmptyComponents(name: string): string {
  return name.replace(/\^+"/g, '"').replace(/^PN \[\{"Alphabetic":""\}\]$/, "PN []");
}

/** The one number in a list. */
function onlyNumber(value: string): number {
  return Number(/^FD \[([^,]+)\]$/.exec(value)?.[1]);
}

/** All known differences; the first that fits a difference explains it. */
export const DIFFERENCES: readonly ListedDifference[] = [
  {
    oracles: ["pydicom"],
    files: ["*"],
    attributes: ["*00080005"],
    isMeant: (ours) => ours === 'CS ["ISO_IR 192"]',
    clause: "PS3.18 F.2: the repertoire is UTF-8; pydicom repeats what the file had",
    occurrences: 300,
  },
  {
    oracles: ["pydicom"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) => theirs.replaceAll('""', "null") === ours,
    clause: "PS3.18 F.2.5: an empty one among several values is null",
    occurrences: 245,
  },
  {
    oracles: ["pydicom"],
    files: [
      "*/CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm",
      "*/693_J2KI.dcm",
      "*/SC_rgb_gdcm_KY.dcm",
      "*/SC_rgb_jpeg_lossy_gdcm.dcm",
    ],
    attributes: ["00080008"],
    isMeant: (ours, theirs) => theirs.replace('"DERIVED ",', '"DERIVED",') === ours,
    clause: "PS3.5 6.2: spaces at the end of a CS mean nothing, also before a delimiter",
    occurrences: 4,
  },
  {
    oracles: ["pydicom"],
    files: [
      "*/CT1_UNC.explicit_big_endian.dcm",
      "*/OBXXXX1A_expb*.dcm",
      "*/emri_small_big_endian.dcm",
      "*/gdcm-US-ALOKA-16_big.dcm",
      "*/MR_small_bigendian.dcm",
      "*/SC_rgb_small_odd_big_endian.dcm",
      "*/rtdose_expb*.dcm",
      "*/explicit_big.dcm",
      "*/bigendian.dcm",
    ],
    attributes: ["002812*", "7FE00010"],
    isMeant: (ours, theirs) => ours.split(" ", 2).join() === theirs.split(" ", 2).join(),
    clause: "PS3.18 F.2.7, PS3.5 7.3: words are swapped; pydicom leaves those of OW in big endian",
    occurrences: 20,
  },
  {
    oracles: ["pydicom", "dcm2json", "dcm2xml"],
    files: ["*/rtdose_rle*.dcm", "*/bad_sequence.dcm"],
    attributes: ["300C0002*", "00189346*"],
    clause: "PS3.5 6.2.2: a sequence as UN is known by the dictionary, its content implicit",
    occurrences: 54,
  },
  {
    oracles: ["pydicom", "dcm2json", "dcm2xml"],
    files: ["series/pt-wholebody/*"],
    attributes: ["00291031", "00291032", "00291033", "00291034"],
    isMeant: (ours) => ours.startsWith("UN "),
    clause: "PS3.5 6.2.2: private elements of implicit VR are UN to who has no dictionary of them",
    occurrences: 720,
  },
  {
    oracles: ["pydicom"],
    files: ["*/badVR.dcm"],
    attributes: ["00280008"],
    isMeant: (ours) => ours === 'IS ["1A"]',
    clause: "PS3.18 F.2.3: IS may be a string; pydicom has no value for one that is no integer",
    occurrences: 1,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*"],
    attributes: ["7FE00010"],
    isMeant: (ours, theirs) => /^O[BW] /.test(ours) && theirs === "-",
    clause: "PS3.18 F.2.6: encapsulated pixel data has a BulkDataURI; DCMTK's tools refuse it",
    occurrences: 205,
  },
  {
    oracles: ["dcm2json"],
    files: ["*/GH133.dcm"],
    attributes: ["file"],
    clause: "PS3.18 F.2.6, as above: the encapsulated pixel data is that of an icon",
    occurrences: 1,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: [
      "*/J2K_pixelrep_mismatch.dcm",
      "*/chrH31.dcm",
      "*/chrH32.dcm",
      "*/chrJapMulti*.dcm",
      "*/chrSQEncoding1.dcm",
    ],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "Cannot open character encoding",
    clause: "PS3.3 C.12.1.1.2: terms that Debian's DCMTK has no converter for",
    occurrences: 12,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*/IM00001.fragmented_no_bot_jpeg_baseline.50.dcm"],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "Cannot select source character set",
    clause: "PS3.3 C.12.1.1.2: ISO-IR 100, misspelt; DCMTK refuses the file, pydicom does not",
    occurrences: 2,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*/SC_rgb_jpeg.dcm"],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "unreadable",
    clause: "PS3.5 A.4: the file says JPEG and is implicit; pydicom reads it as it is",
    occurrences: 2,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*/empty_charset_LEI.dcm"],
    attributes: ["00080005"],
    isMeant: (ours) => ours === "CS []",
    clause: "PS3.18 F.2.5: what is there but empty stays empty; UTF-8 goes without saying",
    occurrences: 2,
  },
  {
    oracles: ["dcm2json"],
    files: ["*/chrSQEncoding.dcm", "*/DICOMDIR*"],
    attributes: ["*/00080005"],
    isMeant: (ours) => ours === 'CS ["ISO_IR 192"]',
    clause: "PS3.18 F.2: the repertoire is UTF-8; dcm2json says so outside of items only",
    occurrences: 33,
  },
  {
    oracles: ["dcm2json"],
    files: ["*/chrSQEncoding.dcm"],
    attributes: ["00321064/1/00100010"],
    clause:
      "PS3.18 F.2: UTF-8; dcm2json copies the bytes of an item with a character set of its own",
    occurrences: 1,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) =>
      ours.startsWith("PN ") && withoutEmptyComponents(ours) === withoutEmptyComponents(theirs),
    clause: "PS3.5 6.2.1.1: delimiters at the end may be left out; the file has them, so have we",
    occurrences: 38,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) => {
      const [exact, printed] = [onlyNumber(ours), onlyNumber(theirs)];
      return Math.abs(exact - printed) <= Math.abs(exact) * 2 ** -50;
    },
    clause: "PS3.5 6.2 FD: DCMTK's own printing of doubles is off in the last digit",
    occurrences: 34,
  },
  {
    oracles: ["dcm2json"],
    files: ["*/1.2.840.113543.6.6.1.1.2.2415947926921624359.201235357587280"],
    attributes: ["00204000", "00082111"],
    isMeant: (ours, theirs) => theirs === ours.replace("[]", "[null]"),
    clause: "PS3.18 F.2.5: null is for one value among several; these hold nothing but padding",
    occurrences: 2,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: ["*/dx_image.dcm", "*/meta_missing_tsyntax.dcm", "*/nested_priv_SQ.dcm"],
    attributes: ["7FE00010", "00010001/1/00010002"],
    isMeant: (ours, theirs) => Number(ours.split(" ")[1]) + 1 === Number(theirs.split(" ")[1]),
    clause: "PS3.18 F.2: padding is not asked for; the file has an odd length, DCMTK adds a byte",
    occurrences: 6,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*"],
    attributes: ["00080005"],
    isMeant: (ours, theirs) => ours === "-" && theirs === 'CS ["ISO_IR 192"]',
    clause: "PS3.18 F.2: UTF-8 goes without saying; dcm2xml says so when told to convert",
    occurrences: 200,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) =>
      /^O[DFW] /.test(ours) && ours.split(" ", 2).join() === theirs.split(" ", 2).join(),
    clause: "PS3.18 F.2.7, PS3.5 7.3: words are little endian, as dcm2json has them too",
    occurrences: 354,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*/GH133.dcm"],
    attributes: ["00880200/1/7FE00010", "07A310CE/1/7FE00010"],
    clause:
      "PS3.19 A.1.5: BulkData; dcm2xml has nothing for the encapsulated pixel data of an icon",
    occurrences: 2,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*/UN_sequence.dcm", "*/waveform_ecg.dcm"],
    attributes: ["4453100C*", "4453000C*", "70011131", "70011132", "70011153", "700100*"],
    clause: "PS3.18 F.3.1: the block may be left out for an element whose creator is there",
    occurrences: 20,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*/DICOMDIR*", "*/chrSQEncoding.dcm"],
    attributes: ["file"],
    clause: "PS3.19 A.1: any data set; dcm2xml gives up on directories and on these characters",
    occurrences: 5,
  },
  {
    oracles: ["dcm2xml"],
    files: ["*/chrX1.dcm", "*/chrX2.dcm"],
    attributes: ["00100010"],
    isMeant: (_, theirs) => /"Ideographic":("[^"]+"),"Phonetic":\1/.test(theirs),
    clause: "PS3.5 6.2.1: the phonetic group is empty; dcm2xml repeats the ideographic one",
    occurrences: 2,
  },
  {
    oracles: ["dcm2json", "dcm2xml"],
    files: [
      "*/MR_truncated.dcm",
      "*/rtplan_truncated.dcm",
      "*_too_short.dcm",
      "*/odd/truncated_in_*.dcm",
      "*/odd/length_too_big.dcm",
      "*/odd/trailing_garbage.dcm",
    ],
    attributes: ["file"],
    clause:
      "PS3.18 10.5.3.2: a damaged object may be stored with a warning; DCMTK reads none of it",
    occurrences: 14,
  },
  {
    oracles: ["pydicom"],
    files: ["*/rtplan_truncated.dcm", "*/odd/length_too_big.dcm", "*/odd/trailing_garbage.dcm"],
    attributes: ["*300A012C", "00100010", "01006702"],
    isMeant: (ours) => ours === "-",
    clause: "PS3.5 7.1: a value has the length that its element says; pydicom keeps one cut off",
    occurrences: 3,
  },
  {
    oracles: ["pydicom", "dcm2json"],
    files: ["*/DICOMDIR-nooffset"],
    attributes: ["00041220*"],
    clause: "PS3.5 7.5: items lie within their sequence; the others read one beyond its end",
    occurrences: 18,
  },
];

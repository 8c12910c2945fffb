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
    occurrences: 291,
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
    oracles: ["pydicom", "dcmtk"],
    files: ["*/rtdose_rle*.dcm", "*/bad_sequence.dcm"],
    attributes: ["300C0002*", "00189346*"],
    clause: "PS3.5 6.2.2: a sequence as UN is known by the dictionary, its content implicit",
    occurrences: 36,
  },
  {
    oracles: ["pydicom", "dcmtk"],
    files: ["series/pt-wholebody/*"],
    attributes: ["00291031", "00291032", "00291033", "00291034"],
    isMeant: (ours) => ours.startsWith("UN "),
    clause: "PS3.5 6.2.2: private elements of implicit VR are UN to who has no dictionary of them",
    occurrences: 480,
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
    oracles: ["dcmtk"],
    files: ["*"],
    attributes: ["7FE00010"],
    isMeant: (ours, theirs) => /^O[BW] /.test(ours) && theirs === "-",
    clause: "PS3.18 F.2.6: encapsulated pixel data has a BulkDataURI; dcm2json cannot give it one",
    occurrences: 102,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/GH133.dcm"],
    attributes: ["file"],
    clause: "PS3.18 F.2.6, as above: the encapsulated pixel data is that of an icon",
    occurrences: 1,
  },
  {
    oracles: ["dcmtk"],
    files: [
      "*/J2K_pixelrep_mismatch.dcm",
      "*/chrH31.dcm",
      "*/chrH32.dcm",
      "*/chrJapMulti*.dcm",
      "*/chrSQEncoding1.dcm",
    ],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "Cannot open character encoding",
    clause: "PS3.3 C.12.1.1.2: terms that Debian's dcm2json has no converter for",
    occurrences: 6,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/IM00001.fragmented_no_bot_jpeg_baseline.50.dcm"],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "Cannot select source character set",
    clause: "PS3.3 C.12.1.1.2: ISO-IR 100, misspelt; dcm2json refuses the file, pydicom does not",
    occurrences: 1,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/SC_rgb_jpeg.dcm"],
    attributes: ["file"],
    isMeant: (_, theirs) => theirs === "unreadable",
    clause: "PS3.5 A.4: the file says JPEG and is implicit; pydicom reads it as it is",
    occurrences: 1,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/empty_charset_LEI.dcm"],
    attributes: ["00080005"],
    isMeant: (ours) => ours === "CS []",
    clause: "PS3.18 F.2.5: what is there but empty stays empty; UTF-8 goes without saying",
    occurrences: 1,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/chrSQEncoding.dcm", "*/DICOMDIR*"],
    attributes: ["*/00080005"],
    isMeant: (ours) => ours === 'CS ["ISO_IR 192"]',
    clause: "PS3.18 F.2: the repertoire is UTF-8; dcm2json says so outside of items only",
    occurrences: 25,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/chrSQEncoding.dcm"],
    attributes: ["00321064/1/00100010"],
    clause:
      "PS3.18 F.2: UTF-8; dcm2json copies the bytes of an item with a character set of its own",
    occurrences: 1,
  },
  {
    oracles: ["dcmtk"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) =>
      ours.startsWith("PN ") && withoutEmptyComponents(ours) === withoutEmptyComponents(theirs),
    clause: "PS3.5 6.2.1.1: delimiters at the end may be left out; the file has them, so have we",
    occurrences: 19,
  },
  {
    oracles: ["dcmtk"],
    files: ["*"],
    attributes: ["*"],
    isMeant: (ours, theirs) => {
      const [exact, printed] = [onlyNumber(ours), onlyNumber(theirs)];
      return Math.abs(exact - printed) <= Math.abs(exact) * 2 ** -50;
    },
    clause: "PS3.5 6.2 FD: dcm2json's own printing of doubles is off in the last digit",
    occurrences: 17,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/1.2.840.113543.6.6.1.1.2.2415947926921624359.201235357587280"],
    attributes: ["00204000", "00082111"],
    isMeant: (ours, theirs) => theirs === ours.replace("[]", "[null]"),
    clause: "PS3.18 F.2.5: null is for one value among several; these hold nothing but padding",
    occurrences: 2,
  },
  {
    oracles: ["dcmtk"],
    files: ["*/dx_image.dcm", "*/meta_missing_tsyntax.dcm", "*/nested_priv_SQ.dcm"],
    attributes: ["7FE00010", "00010001/1/00010002"],
    isMeant: (ours, theirs) => Number(ours.split(" ")[1]) + 1 === Number(theirs.split(" ")[1]),
    clause:
      "PS3.18 F.2: padding is not asked for; the file has an odd length, dcm2json adds a byte",
    occurrences: 3,
  },
];

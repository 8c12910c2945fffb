import { assert, assertEquals } from "@std/assert";
import {
  encodedFormat,
  formatAfter,
  undecodable,
  unencodable,
} from "../../../../server/pixels/codecs/abilities.ts";
import { decodeFrame } from "../../../../server/pixels/codecs/decode.ts";
import { encodeFrame } from "../../../../server/pixels/codecs/encode.ts";
import { loadCodecs } from "../../../../server/pixels/codecs/load.ts";
import { UID } from "../../../../server/pixels/codecs/syntaxes.ts";
import { CONTENTS, FORMATS, frameFormat, madeFrame } from "../../../support/made_frames.ts";

const EXPLICIT = "1.2.840.10008.1.2.1";
const TARGETS = [EXPLICIT, ...Object.values(UID)];

Deno.test("formatAfter: is what decoding and encoding give, from every syntax to every other", async () => {
  const codecs = await loadCodecs();
  let compared = 0;
  for (const original of Object.values(FORMATS)) {
    for (const from of TARGETS) {
      if (unencodable(from, original) !== undefined) continue;
      const source = encodeFrame(codecs, madeFrame(original, "ramp"), { transferSyntaxUID: from });
      assertEquals(undecodable(from, source.format), undefined);
      const decoded = decodeFrame(codecs, source);
      for (const to of TARGETS) {
        if (unencodable(to, decoded.format) !== undefined) continue;
        const { format } = encodeFrame(codecs, decoded, { transferSyntaxUID: to });
        assertEquals(formatAfter(source.format, from, to), format, `${from} to ${to}`);
        assertEquals(encodedFormat(decoded.format, to), format);
        compared++;
      }
    }
  }
  assert(compared > 500, `only ${compared} compared`);
});

Deno.test("unencodable: refuses nothing that would come back, and lets nothing through that would not", async () => {
  const codecs = await loadCodecs();
  for (const format of Object.values(FORMATS)) {
    for (const transferSyntaxUID of TARGETS) {
      if (unencodable(transferSyntaxUID, format) !== undefined) continue;
      const isLossy = encodedFormat(format, transferSyntaxUID).BitsStored !== format.BitsStored ||
        ([UID.jpegBaseline, UID.jpeg2000, UID.htJpeg2000, UID.jpegLsNearLossless] as string[])
          .includes(transferSyntaxUID);
      if (isLossy || format.PlanarConfiguration === 1) continue;
      for (const content of CONTENTS) {
        const frame = madeFrame(format, content);
        const encoded = encodeFrame(codecs, frame, { transferSyntaxUID });
        assertEquals(decodeFrame(codecs, encoded), frame, transferSyntaxUID);
      }
    }
  }
});

Deno.test("unencodable: says why", () => {
  const cases: [string, Parameters<typeof frameFormat>[0], string][] = [
    [UID.jpegBaseline, {}, "JPEG Baseline holds 8 bits a sample"],
    [
      UID.jpegBaseline,
      { BitsAllocated: 8, PhotometricInterpretation: "PALETTE COLOR" },
      "Palette indices are not compressed with loss",
    ],
    [UID.jpegLsNearLossless, { PixelRepresentation: 1 }, "Signed samples"],
    [UID.jpeg2000Lossless, { Rows: 1 }, "less than 2 rows"],
    [UID.jpeg2000Lossless, { ...FORMATS.RGB16 }, "Colour of more than 8 bits"],
    [UID.htJpeg2000Lossless, { ...FORMATS.RGB16 }, "Colour of more than 8 bits"],
    [UID.jpegLossless, { BitsAllocated: 32 }, "8 or 16 bits"],
    [UID.jpegLsLossless, { BitsAllocated: 1 }, "8 or 16 bits"],
    [UID.rleLossless, { sample: "float", BitsAllocated: 32 }, "Floating point"],
    [UID.rleLossless, { ...FORMATS.RGB, PhotometricInterpretation: "CMYK" }, "Photometric"],
    [UID.rleLossless, { SamplesPerPixel: 4 }, "more than 3 samples"],
    ["1.2.840.10008.1.2.4.51", {}, "Nothing here encodes"],
    ["1.2.840.10008.1.2.4.110", {}, "Nothing here encodes"],
  ];
  for (const [uid, differences, reason] of cases) {
    const said = unencodable(uid, frameFormat(differences));
    assert(said?.includes(reason), `${uid}: ${said}`);
  }
});

Deno.test("undecodable: says why", () => {
  const cases: [string, Parameters<typeof frameFormat>[0], string][] = [
    ["1.2.840.10008.1.2.4.102", {}, "Nothing here decodes"],
    [UID.jpeg2000, { ...FORMATS.RGB16 }, "Colour of more than 8 bits"],
    [UID.jpegLossless, { SamplesPerPixel: 4 }, "from RLE only"],
    [UID.jpegLossless, { BitsAllocated: 32 }, "from RLE only"],
    [UID.jpegLossless, { BitsAllocated: 1 }, "1 bit"],
  ];
  for (const [uid, differences, reason] of cases) {
    const said = undecodable(uid, frameFormat(differences));
    assert(said?.includes(reason), `${uid}: ${said}`);
  }
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeFrame } from "../../../../server/pixels/codecs/decode.ts";
import { encodeFrame } from "../../../../server/pixels/codecs/encode.ts";
import { readJpegHeader } from "../../../../server/pixels/codecs/jpeg_header.ts";
import { readJpeg2000Header } from "../../../../server/pixels/codecs/jpeg2000_header.ts";
import { loadCodecs } from "../../../../server/pixels/codecs/load.ts";
import { UID } from "../../../../server/pixels/codecs/syntaxes.ts";
import { type Frame, PixelError } from "../../../../server/pixels/frame.ts";
import { FORMATS, frameFormat, madeFrame } from "../../../support/made_frames.ts";
import { distance, samplesOf } from "../../../support/pixel_oracles.ts";

const LOSSY = [UID.jpegBaseline, UID.jpegLsNearLossless, UID.jpeg2000, UID.htJpeg2000];
const LARGE = { Rows: 128, Columns: 96 };

/** Something like an image: smooth, with noise in it. */
function image(format: Frame["format"]): Frame {
  const ramp = madeFrame(format, "ramp");
  const noise = madeFrame(format, "noise");
  return { format, bytes: ramp.bytes.map((byte, index) => byte ^ (noise.bytes[index]! & 7)) };
}

Deno.test("encodeFrame: loses less the higher the quality, and needs more bytes for it", async () => {
  const codecs = await loadCodecs();
  for (const transferSyntaxUID of LOSSY) {
    const frame = image({ ...FORMATS.u8!, ...LARGE });
    const results = [10, 50, 80, 100].map((quality) => {
      const encoded = encodeFrame(codecs, frame, { transferSyntaxUID, quality });
      const decoded = decodeFrame(codecs, encoded);
      return {
        length: encoded.bytes.length,
        error: distance(samplesOf(frame), samplesOf(decoded)),
      };
    });
    for (const [index, { length, error }] of results.entries()) {
      if (index === 0) continue;
      assert(error <= results[index - 1]!.error, `${transferSyntaxUID} ${JSON.stringify(results)}`);
      assert(length >= results[index - 1]!.length, transferSyntaxUID);
    }
    assert(results.at(-1)!.error <= 3, `${transferSyntaxUID} ${JSON.stringify(results)}`);
  }
});

Deno.test("encodeFrame: takes any number for quality as one from 1 to 100", async () => {
  const codecs = await loadCodecs();
  const frame = image({ ...FORMATS.u8!, ...LARGE });
  for (const transferSyntaxUID of LOSSY) {
    const bytes = (quality: number) =>
      encodeFrame(codecs, frame, { transferSyntaxUID, quality }).bytes;
    assertEquals(bytes(-5), bytes(1));
    assertEquals(bytes(1000), bytes(100));
    assertEquals(bytes(79.6), bytes(80));
  }
});

Deno.test("encodeFrame: is Baseline at every quality, YCbCr with shared chroma in colour", async () => {
  const codecs = await loadCodecs();
  for (const quality of [1, 20, 100]) {
    for (const format of [FORMATS.u8!, FORMATS.RGB!, FORMATS["RGB by plane"]!, FORMATS.YBR!]) {
      const frame = madeFrame(format, "ramp");
      const target = { transferSyntaxUID: UID.jpegBaseline, quality };
      const header = readJpegHeader(encodeFrame(codecs, frame, target).bytes);
      assertEquals(header.process, 0xc0);
      assertEquals(header.precision, 8);
      if (format.SamplesPerPixel === 1) continue;
      assertEquals(header.colour, "YCbCr");
      assertEquals(header.components.map(({ horizontal }) => horizontal), [2, 1, 1]);
    }
  }
});

Deno.test("encodeFrame: makes the same of colour by plane as of colour by pixel", async () => {
  const codecs = await loadCodecs();
  const planes = madeFrame(FORMATS["RGB by plane"]!, "noise");
  const count = planes.bytes.length / 3;
  const pixels: Frame = {
    format: FORMATS.RGB!,
    bytes: planes.bytes.map((_, i) => planes.bytes[i % 3 * count + Math.floor(i / 3)]!),
  };
  for (const transferSyntaxUID of Object.values(UID)) {
    if (transferSyntaxUID === UID.encapsulatedUncompressed) continue;
    assertEquals(
      encodeFrame(codecs, planes, { transferSyntaxUID }),
      encodeFrame(codecs, pixels, { transferSyntaxUID }),
    );
  }
});

Deno.test("encodeFrame: gives each pixel its own chroma where pixels shared it", async () => {
  const codecs = await loadCodecs();
  const format = frameFormat({
    ...FORMATS.YBR!,
    Rows: 1,
    Columns: 4,
    PhotometricInterpretation: "YBR_FULL_422",
  });
  const frame = { format, bytes: Uint8Array.of(1, 2, 100, 200, 3, 4, 101, 201) };
  const transferSyntaxUID = UID.rleLossless;
  const decoded = decodeFrame(codecs, encodeFrame(codecs, frame, { transferSyntaxUID }));
  assertEquals(decoded.format.PhotometricInterpretation, "YBR_FULL");
  assertEquals([...decoded.bytes], [1, 100, 200, 2, 100, 200, 3, 101, 201, 4, 101, 201]);
});

Deno.test("encodeFrame: keeps bits beside the stored ones, and refuses to mix them by loss", async () => {
  const codecs = await loadCodecs();
  const frame = { ...madeFrame(FORMATS.u16!, "noise"), format: FORMATS.u12! };
  for (const transferSyntaxUID of Object.values(UID)) {
    if (transferSyntaxUID === UID.jpegBaseline) continue;
    const isKept = !(LOSSY as string[]).includes(transferSyntaxUID);
    if (isKept) {
      const encoded = encodeFrame(codecs, frame, { transferSyntaxUID });
      assertEquals(decodeFrame(codecs, encoded).bytes, frame.bytes, transferSyntaxUID);
    } else if (transferSyntaxUID !== UID.htJpeg2000) {
      assertThrows(() => encodeFrame(codecs, frame, { transferSyntaxUID }), PixelError, "beside");
    }
  }
});

Deno.test("encodeFrame: carries the sign up where readers may go by the stream's depth", async () => {
  const codecs = await loadCodecs();
  const format = { ...FORMATS.s12!, Rows: 2, Columns: 2 };
  const frame = { format, bytes: new Uint8Array(Uint16Array.of(0xfff, 1, 0x800, 0x7ff).buffer) };
  const encoded = encodeFrame(codecs, frame, { transferSyntaxUID: UID.jpeg2000Lossless });
  const [component] = readJpeg2000Header(encoded.bytes).components;
  assertEquals(component, { precision: 12, signed: true, dx: 1, dy: 1 });
  for (
    const transferSyntaxUID of [UID.jpeg2000Lossless, UID.jpegLossless, UID.htJpeg2000Lossless]
  ) {
    const { bytes } = decodeFrame(codecs, encodeFrame(codecs, frame, { transferSyntaxUID }));
    assertEquals([...new Int16Array(bytes.buffer)], [-1, 1, -2048, 2047]);
  }
  const encodedBits = encodeFrame(codecs, frame, { transferSyntaxUID: UID.rleLossless });
  assertEquals(decodeFrame(codecs, encodedBits).bytes, frame.bytes);
});

Deno.test("encodeFrame: refuses a frame that has too few bytes", async () => {
  const codecs = await loadCodecs();
  for (const transferSyntaxUID of Object.values(UID)) {
    if (transferSyntaxUID === UID.encapsulatedUncompressed) continue;
    const frame = { format: FORMATS.u8!, bytes: new Uint8Array(24 * 31 - 1) };
    const error = assertThrows(
      () => encodeFrame(codecs, frame, { transferSyntaxUID }),
      PixelError,
    );
    assertEquals(error.kind, "damaged");
  }
});

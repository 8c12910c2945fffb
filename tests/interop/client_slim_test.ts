/**
 * The requests of the Slim viewer and its dicom-microscopy-viewer against the server.
 *
 * Written from github.com/ImagingDataCommons/slim at 736739e2293b850db2dd8b1402c5f96851771846:
 * src/components/Worklist.tsx, src/components/SlideViewer.tsx, src/services/fetchImageMetadata.ts;
 * from github.com/ImagingDataCommons/dicom-microscopy-viewer, src/pyramid.js (tiles, ICC profiles),
 * src/annotation.js and src/utils.js at bba5106bfd5ad00bfec76d35ff8d6a72bed3296e, and src/pyramid.js
 * of 0.48.17 at 89fd3a6f3b1e8ce98ccb50ce3a68622a070455cc. Both send through the npm
 * dicomweb-client, which builds the Accept values.
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  CT_STUDY,
  ICC_PROFILE,
  INSTANCES,
  JPEG_LS_LOSSLESS,
  pathOf,
  PATHS,
  SLIDE_STUDY,
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

const { ct1, multiframe, slide, rle, jpegLs, jpeg2000 } = INSTANCES;

const JSON_ONLY = "application/dicom+json";

/** Of a tile: any form, which is then told from the bytes themselves. */
const TILE = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';

/** Of a tile in older versions: every form that they could decode, then any. */
const OLD_TILE = [
  ["image/jls", JPEG_LS_LOSSLESS],
  ["image/jls", "1.2.840.10008.1.2.4.81"],
  ["image/jp2", SYNTAX.jpeg2000Lossless],
  ["image/jp2", "1.2.840.10008.1.2.4.91"],
  ["image/jpx", "1.2.840.10008.1.2.4.92"],
  ["image/jpx", "1.2.840.10008.1.2.4.93"],
  ["application/octet-stream", "*"],
  ["image/jpeg", SYNTAX.jpegBaseline],
].map(([type, syntax]) => `multipart/related; type="${type}"; transfer-syntax=${syntax}`)
  .join(", ");

function get(call: string, path: string, accept: string, expected: Expected): ClientRequest {
  const headers = { "Accept-Encoding": "gzip, deflate, br, zstd", "Accept": accept };
  return { call, path, headers, expected };
}

const SLIDE_SERIES = `/studies/${SLIDE_STUDY}/series/${slide.SeriesInstanceUID}`;

const SEARCHES: readonly ClientRequest[] = [
  get("worklist", "/studies?ModalitiesInStudy=SM", JSON_ONLY, studies(SLIDE_STUDY)),
  get(
    "worklist, filtered",
    "/studies?ModalitiesInStudy=SM&PatientName=roe&PatientSex=F&fuzzymatching=true",
    JSON_ONLY,
    studies(SLIDE_STUDY),
  ),
  get(
    "worklist, nothing found",
    "/studies?ModalitiesInStudy=SM&PatientID=PID1&fuzzymatching=true",
    JSON_ONLY,
    studies(),
  ),
  get(
    "modalities of a study",
    `/studies/${SLIDE_STUDY}/series`,
    JSON_ONLY,
    series(slide.SeriesInstanceUID),
  ),
  get(
    "series of slides",
    `/series?Modality=SM&StudyInstanceUID=${SLIDE_STUDY}`,
    JSON_ONLY,
    series(slide.SeriesInstanceUID),
  ),
  get("metadata of slides", `${SLIDE_SERIES}/metadata`, JSON_ONLY, instances(slide)),
  get("annotations", `/studies/${SLIDE_STUDY}/series?Modality=ANN`, JSON_ONLY, series()),
  get(
    "structured reports",
    `/studies/${SLIDE_STUDY}/instances?Modality=SR`,
    JSON_ONLY,
    instances(),
  ),
  get(
    "instances by the modality of their series",
    `/studies/${SLIDE_STUDY}/instances?Modality=SM`,
    JSON_ONLY,
    instances(slide),
  ),
];

/** Each form of pixel data, and what it is called. */
const FORMS = [
  [slide, "image/jpeg"],
  [jpegLs, "image/jls"],
  [jpeg2000, "image/jp2"],
  [rle, "image/dicom-rle"],
  [ct1, "application/octet-stream"],
  [multiframe, "application/octet-stream"],
] as const;

const TILES: readonly ClientRequest[] = [TILE, OLD_TILE].flatMap((accept) =>
  FORMS.flatMap(([instance, mediaType]) =>
    instance.frames.map((bytes, index) =>
      get("tile", `${pathOf(instance)}/frames/${index + 1}`, accept, parts(mediaType, bytes))
    )
  )
);

const RETRIEVALS: readonly ClientRequest[] = [
  get(
    "ICC profile",
    `${pathOf(slide)}/bulkdata/${PATHS.iccProfile}`,
    'multipart/related; type="application/octet-stream"',
    parts("application/octet-stream", ICC_PROFILE),
  ),
  get(
    "presentation state",
    pathOf(ct1),
    'multipart/related; type="application/dicom"',
    parts("application/dicom", ct1.file),
  ),
];

Deno.test("Slim: searches and retrieves as it asks", async (t) => {
  await withClientArchive(async (server) => {
    await t.step("searches and metadata", () => replay(server, SEARCHES));
    await t.step("tiles", () => replay(server, TILES));
    await t.step("ICC profile and instance", () => replay(server, RETRIEVALS));
    await t.step("the columns of its worklist", async () => {
      const response = await fetch(`${server.dicomweb}/studies?StudyInstanceUID=${CT_STUDY}`);
      const [study] = await response.json();
      const columns = ["00080050", "00200010", "00080020", "00100020", "00100040", "00080061"];
      assertEquals(
        columns.map((tag) => study[tag]?.Value?.[0]),
        ["ACC1", "S1", "20260102", "PID1", "F", "CT"],
      );
    });
  });
});

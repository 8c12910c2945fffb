/**
 * Requests as people type them, with curl or in a browser's address bar: Accept in every spelling,
 * and what curl does of its own accord.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  CT_STUDY,
  INSTANCES,
  LOSSLESS_STUDY,
  pathOf,
  PATHS,
  SLIDE_STUDY,
  VIDEO_STUDY,
  withClientArchive,
} from "../support/client_archive.ts";
import {
  type ClientRequest,
  type Expected,
  instances,
  parts,
  replay,
  studies,
} from "../support/client_replay.ts";
import { exchange } from "../support/exchange.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";

const { ct1, ct2, multiframe, implicit, slide, jpegLs } = INSTANCES;

const CHROMIUM =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
/** Java's HttpURLConnection. */
const JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";

/** The same request with each of these as Accept; undefined: without one. */
function each(
  path: string,
  expected: Expected,
  ...accepts: readonly (string | undefined)[]
): ClientRequest[] {
  return accepts.map((accept) => ({
    call: `Accept: ${accept ?? "absent"}`,
    path,
    headers: accept === undefined ? {} : { Accept: accept },
    expected,
  }));
}

const CT_SERIES = `/studies/${CT_STUDY}/series/${ct1.SeriesInstanceUID}`;

const REQUESTS: readonly ClientRequest[] = [
  ...each(
    "/studies",
    studies(CT_STUDY, SLIDE_STUDY, LOSSLESS_STUDY, VIDEO_STUDY),
    undefined,
    "*/*",
    "application/json",
    "application/dicom+json; charset=utf-8",
    "application/*",
    "APPLICATION/DICOM+JSON",
    CHROMIUM,
    JAVA,
    'multipart/related; type="application/dicom+xml"; q=0.5, application/dicom+json',
  ),
  ...each("/studies", { kind: "problem", status: 406 }, "application/dicom"),
  ...each("/studies", { kind: "refusing page", status: 406 }, "text/html"),
  ...each(
    `${CT_SERIES}/metadata`,
    instances(ct1, ct2),
    undefined,
    "*/*",
    "Application/Json;Charset=UTF-8",
    "application/dicom+json;q=0.9, */*;q=0.1",
  ),
  ...each(
    CT_SERIES,
    parts("application/dicom", ct1.file, ct2.file),
    undefined,
    "*/*",
    "*",
    "multipart/related",
    "multipart/*",
    "multipart/related;type=application/dicom",
    'multipart/related; type="application/dicom"; boundary="anything"',
    'MULTIPART/RELATED; TYPE="APPLICATION/DICOM"; TRANSFER-SYNTAX=*',
    'multipart/related; type="application/dicom;transfer-syntax=*"',
    "multipart/related ; type = application/dicom",
    'text/html, multipart/related; type="application/dicom"; q=0.1',
    CHROMIUM,
    JAVA,
  ),
  ...each(
    pathOf(implicit),
    { kind: "single", mediaType: "application/dicom", bytes: implicit.file },
    "application/dicom; transfer-syntax=*",
    'application/dicom;transfer-syntax="*"',
    "application/dicom; transfer-syntax=1.2.840.10008.1.2",
    "Application/Dicom;Transfer-Syntax=*;q=1.0",
  ),
  ...each(
    `${pathOf(implicit)}?accept=application/dicom;transfer-syntax=*`,
    { kind: "single", mediaType: "application/dicom", bytes: implicit.file },
    undefined,
    CHROMIUM,
  ),
  ...each(
    `${pathOf(multiframe)}/frames/2`,
    parts("application/octet-stream", multiframe.frames[1]!),
    undefined,
    "*/*",
    "multipart/related",
    "multipart/related; type=application/octet-stream",
    'multipart/related; type="application/*"',
  ),
  ...each(
    `${pathOf(slide)}/frames/1`,
    { kind: "single", mediaType: "image/jpeg", bytes: slide.frames[0]! },
    "image/jpeg",
    "image/*",
    "application/octet-stream; transfer-syntax=*",
  ),
  ...each(
    `${pathOf(jpegLs)}/frames/1`,
    { kind: "single", mediaType: "application/octet-stream", bytes: jpegLs.decoded[0]! },
    "application/octet-stream",
    "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1",
  ),
  ...each(
    `${pathOf(jpegLs)}/frames/1`,
    parts("application/octet-stream", jpegLs.decoded[0]!),
    "multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1",
    'multipart/related; type="application/octet-stream", multipart/related; q=0.5',
  ),
  // JPEG Lossless, which is what the media type means where no transfer syntax is named.
  ...each(
    `${pathOf(jpegLs)}/frames/1`,
    {
      kind: "image",
      mediaType: "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.70",
      size: [4, 4],
    },
    "image/jpeg",
    JAVA,
  ),
  ...each(
    pathOf(jpegLs),
    { kind: "decoded", frames: [jpegLs.decoded] },
    undefined,
    "*/*",
    "application/dicom",
    "application/dicom; transfer-syntax=1.2.840.10008.1.2.1",
    CHROMIUM,
  ),
  ...each(
    `${pathOf(ct1)}/bulkdata/${PATHS.pixels.toLowerCase()}`,
    { kind: "single", mediaType: "application/octet-stream", bytes: ct1.frames[0]! },
    undefined,
    "*/*",
    "application/octet-stream",
  ),
  ...each(
    `${pathOf(ct1)}/rendered`,
    { kind: "image", mediaType: "image/jpeg", size: [4, 4] },
    undefined,
    "*/*",
    "*",
    "image/*",
    "IMAGE/JPEG;Q=0.5",
    CHROMIUM,
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  ),
  ...each(
    `${pathOf(ct1)}/rendered?accept=image/png&viewport=8,8`,
    { kind: "image", mediaType: "image/png", size: [8, 8] },
    undefined,
    CHROMIUM,
  ),
  ...each(
    `${pathOf(ct1)}/rendered`,
    { kind: "image", mediaType: "image/gif", size: [4, 4] },
    JAVA,
  ),
  ...each(
    `${pathOf(multiframe)}/frames/1,3/rendered`,
    { kind: "image", mediaType: "image/jpeg", size: [4, 4], parts: 2 },
    undefined,
    "multipart/related; type=image/jpeg",
    CHROMIUM,
  ),
  ...each(
    `/studies/${CT_STUDY}/thumbnail`,
    { kind: "image", mediaType: "image/jpeg", size: [160, 160] },
    undefined,
    CHROMIUM,
    JAVA.replace("image/gif, ", ""),
  ),
  ...each(
    `/wado?requestType=WADO&studyUID=${CT_STUDY}&seriesUID=${ct1.SeriesInstanceUID}` +
      `&objectUID=${ct1.SOPInstanceUID}`,
    { kind: "image", mediaType: "image/jpeg", size: [4, 4] },
    undefined,
    "*/*",
    CHROMIUM,
  ),
  ...each(
    `/wado/?requestType=WADO&studyUID=${CT_STUDY}&seriesUID=${ct1.SeriesInstanceUID}` +
      `&objectUID=${ct1.SOPInstanceUID}&contentType=application%2Fdicom`,
    { kind: "single", mediaType: "application/dicom", bytes: ct1.file },
    undefined,
    "*/*",
    CHROMIUM,
  ),
];

Deno.test("Accept: is understood in every spelling, and need not be there", async () => {
  await withClientArchive((server) => replay(server, REQUESTS));
});

Deno.test("Content-Type: a store is understood in every spelling", async () => {
  const server = await startServer();
  try {
    const line = (text: string) => new TextEncoder().encode(text);
    for (
      const type of [
        "multipart/related; type=application/dicom; boundary=edge",
        'multipart/related;boundary="edge";type="application/dicom"',
        "Multipart/Related; Type=Application/DICOM; Boundary=edge",
        "multipart/related; boundary=edge",
        'multipart/related; start="<1>"; type="application/dicom"; boundary=edge; charset=utf-8',
      ]
    ) {
      const body = new Uint8Array([
        ...line("a preamble\r\n--edge\r\ncontent-type:application/dicom\r\n\r\n"),
        ...ct1.file,
        ...line("\r\n--edge--\r\nan epilogue"),
      ]);
      const { status } = await exchange({
        method: "POST",
        url: `${server.dicomweb}/studies`,
        headers: { "Content-Type": type, "Content-Length": String(body.length) },
        body,
      });
      assertEquals(status, 200, type);
    }
  } finally {
    await server.stop();
  }
});

peerTest("curl: stores and retrieves in each of its ways", ["curl"], async () => {
  const server = await startServer();
  const folder = await Deno.makeTempDir();
  try {
    // More than curl sends before it is told to go on, and more than it takes at a time.
    const file = ctInstance({ rows: 1024, columns: 1024 });
    await Deno.writeFile(`${folder}/in.dcm`, file);
    const curl = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("curl", {
        args: ["-sSf", "-o", `${folder}/out`, "-w", "%{http_code}", ...args],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return Number(new TextDecoder().decode(stdout));
    };
    // Not a proxy, which speaks less HTTP.
    const url = `${server.instances[0].url}/dicomweb/studies`;
    const type = "Content-Type: application/dicom";
    const data = ["--data-binary", `@${folder}/in.dcm`];
    assertEquals(await curl(url, "-H", type, ...data), 200);
    assertEquals(await curl(url, "-H", type, "-H", "Expect: 100-continue", ...data), 200);
    assertEquals(await curl(url, "-H", type, "-H", "Transfer-Encoding: chunked", ...data), 200);
    assertEquals(await curl(url, "-H", type, "--http1.0", ...data), 200);
    assertEquals(await curl(url, "-H", type, "-X", "POST", "-T", `${folder}/in.dcm`), 200);

    const instance = `${url}/1.2.826.0.1.3680043.10.1.1/series/1.2.826.0.1.3680043.10.1.2/` +
      "instances/1.2.826.0.1.3680043.10.1.3";
    const accept = "Accept: application/dicom";
    for (const protocol of ["--http1.0", "--http1.1", "--http2-prior-knowledge"]) {
      assertEquals(await curl(instance, "-H", accept, protocol), 200);
      assertEquals(await Deno.readFile(`${folder}/out`), file);
      assertEquals(await curl(instance, protocol), 200);
      assert((await Deno.readFile(`${folder}/out`)).length > file.length);
    }
    assertEquals(await curl(instance, "-H", accept, "-r", "128-131"), 206);
    assertEquals(await Deno.readTextFile(`${folder}/out`), "DICM");
    await Deno.writeFile(`${folder}/out`, file.subarray(0, 1000));
    assertEquals(await curl(instance, "-H", accept, "-C", "-"), 206);
    assertEquals(await Deno.readFile(`${folder}/out`), file);
    assertEquals(await curl(instance, "-H", accept, "-I"), 200);
    assertEquals(await curl(`${instance}/metadata`, "--compressed"), 200);
    const [metadata] = JSON.parse(await Deno.readTextFile(`${folder}/out`));
    assertEquals(metadata["00100020"].Value, ["PID1"]);
    assertEquals(await curl(`${url}/?PatientID=PID1`), 200);
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { jpegHead } from "../support/jpeg.ts";
import { buildPart10, ctElements, ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { decodePng, grayRows } from "../support/png.ts";
import { grayscaleState } from "../support/presentation_state.ts";
import { BASE, bytesOf, withRetrieval } from "../support/retrieval.ts";
import { rleFrame } from "../support/rle.ts";
import { storedFrames } from "../support/stored_frames.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";
const of = (uid: string, more = "") =>
  `requestType=WADO&studyUID=${STUDY}&seriesUID=${SERIES}&objectUID=${uid}${more && "&"}${more}`;
const PNG = "image/png";
const JPEG = "image/jpeg";
const DICOM = "application/dicom";

/** 128 × 64 pixels whose values are those of their columns, in tens: 0, 10, … 1270. */
const COLUMNS = Array.from({ length: 128 * 64 }, (_, i) => 10 * (i % 128));
const RAMP = ctInstance({
  sopInstanceUID: "1.2.1",
  rows: 64,
  columns: 128,
  pixels: [new Uint8Array(Uint16Array.from(COLUMNS).buffer)],
  elements: [value(0x00281050, "DS", "640"), value(0x00281051, "DS", "1281")],
});
/** What its own window shows of a value. */
const shown = (x: number) => Math.round(255 * Math.min(1, Math.max(0, (x - 639.5) / 1280 + 0.5)));

async function rows(response: Response): Promise<number[][]> {
  return grayRows(decodePng(await bytesOf(response)));
}

async function refused(response: Response, status: number, text: string): Promise<void> {
  const { detail } = await response.json();
  assertEquals([response.status, detail.endsWith(".")], [status, true], detail);
  assertStringIncludes(detail, text);
}

Deno.test("GET /wado: gives a JPEG to who leaves it open, and what contentType names", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    for (
      const [query, accept, type] of [
        ["", undefined, JPEG],
        ["", "*/*", JPEG],
        ["", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JPEG],
        ["", PNG, PNG],
        ["contentType=", PNG, PNG],
        ["contentType=image/jpeg", PNG, JPEG],
        ["contentType=image/png", undefined, PNG],
        ["contentType=image%2Fpng", JPEG, PNG],
        ["contentType=image/gif", "*/*", "image/gif"],
        ["contentType=image/jp2,image/png,image/jpeg", undefined, PNG],
        ["contentType=image/jp2;q=1,image/png;q=0.1,image/jpeg;q=0.5", undefined, JPEG],
        ["contentType=text/html", "*/*", JPEG],
        ["charset=utf-8", undefined, JPEG],
      ] as const
    ) {
      const response = await wado(of("1.2.1", query), accept);
      assertEquals([query, response.headers.get("content-type")], [query, type]);
      assertEquals(response.headers.get("warning"), null);
      await response.body?.cancel();
    }
    const image = jpegHead(await bytesOf(await wado(of("1.2.1"))));
    assertEquals([image.width, image.height], [128, 64]);
    await refused(await wado(of("1.2.1", "contentType=text/html"), "text/html"), 406, JPEG);
    await refused(await wado(of("1.2.1", "contentType=image/jp2"), JPEG + ";q=0"), 406, PNG);
  });
});

Deno.test("GET /wado: gives a DICOM file, Explicit VR Little Endian unless another is named", async () => {
  await withRetrieval(async ({ store, wado }) => {
    const options = { sopInstanceUID: "1.2.3", rows: 8, columns: 8 };
    const explicit = ctInstance(options);
    await store(ctInstance({ ...options, transferSyntaxUID: SYNTAX.bigEndian }));
    const given = async (query: string) => {
      const response = await wado(of("1.2.3", `contentType=application/dicom${query}`));
      assertEquals(response.headers.get("content-type"), DICOM, query);
      return new Uint8Array(await bytesOf(response));
    };
    const stored = await storedFrames(new Uint8Array(explicit));
    for (
      const [query, uid] of [
        ["", SYNTAX.explicit],
        ["&transferSyntax=1.2.840.10008.1.2.1", SYNTAX.explicit],
        ["&transferSyntax=1.2.840.10008.1.2", SYNTAX.implicit],
        ["&transferSyntax=1.2.840.10008.1.2.1.99", SYNTAX.deflated],
      ] as const
    ) {
      const frames = await storedFrames(await given(query));
      assertEquals(frames?.transferSyntaxUID, uid);
      if (uid !== SYNTAX.deflated) assertEquals(frames?.frame(1).bytes, stored?.frame(1).bytes);
    }
    for (
      const uid of [
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.5",
      ]
    ) {
      // JPEG baseline has 8 bits only, and these are of 12.
      const query = `contentType=application/dicom&transferSyntax=${uid}`;
      if (uid.endsWith("4.50")) {
        await refused(await wado(of("1.2.3", query)), 406, "transfer-syntax=*");
      } else {
        const frames = await storedFrames(await given(`&transferSyntax=${uid}`));
        assertEquals(frames?.transferSyntaxUID, uid);
      }
    }
    for (const original of ["original", "*"]) {
      const file = await given(`&transferSyntax=${original}`);
      assertEquals(file, ctInstance({ ...options, transferSyntaxUID: SYNTAX.bigEndian }));
    }
    for (const accept of [DICOM, `${DICOM}, */*;q=0.1`]) {
      const response = await wado(of("1.2.3"), accept);
      assertEquals(response.headers.get("content-type"), DICOM);
      await response.body?.cancel();
    }
  });
});

Deno.test("GET /wado: gives what is compressed decompressed, implicit too", async () => {
  await withRetrieval(async ({ store, wado }) => {
    const samples = Array.from({ length: 16 }, (_, i) => 250 * i);
    const transferSyntaxUID = SYNTAX.rle;
    await store(
      ctInstance({ sopInstanceUID: "1.2.4", transferSyntaxUID, pixels: [rleFrame(samples)] }),
    );
    for (const syntax of ["", "&transferSyntax=1.2.840.10008.1.2"]) {
      const response = await wado(of("1.2.4", `contentType=application/dicom${syntax}`));
      const frames = await storedFrames(new Uint8Array(await bytesOf(response)));
      assertEquals(frames?.frame(1).bytes, new Uint8Array(Uint16Array.from(samples).buffer));
    }
  });
});

Deno.test("GET /wado: fits an image into rows and columns", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    const size = async (query: string) => {
      const seen = await rows(await wado(of("1.2.1", `${query}&contentType=image/png`)));
      return [seen[0]!.length, seen.length];
    };
    assertEquals(await size("rows=64"), [128, 64]);
    assertEquals(await size("rows=100"), [200, 100]);
    assertEquals(await size("columns=64"), [64, 32]);
    assertEquals(await size("rows=300&columns=256"), [256, 128]);
    assertEquals(await size("rows=64&columns=300"), [128, 64]);
    for (const query of ["rows=63", "columns=32768", "rows=-1", "rows=64.0", "rows=64&rows=64"]) {
      await refused(await wado(of("1.2.1", query)), 400, query.split("=")[0]!);
    }
    await refused(await wado(of("1.2.1", "rows=32767")), 406, "");
  });
});

Deno.test("GET /wado: shows a region, in its own size or scaled", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    const seen = async (query: string) =>
      await rows(await wado(of("1.2.1", `contentType=image/png&region=${query}`)));
    const half = await seen("0.25,0.5,0.75,1");
    assertEquals([half[0]!.length, half.length], [64, 32]);
    assertEquals(half[0], COLUMNS.slice(32, 96).map(shown));
    const scaled = await seen("0.25,0.5,0.75,1&columns=128");
    assertEquals([scaled[0]!.length, scaled.length], [128, 64]);
    const high = await seen("0,0,0.5,1&rows=128");
    assertEquals([high[0]!.length, high.length], [128, 128]);
    const one = await seen("0.5,0.5,0.5078125,0.515625");
    assertEquals(one, [[shown(640)]]);
    for (const query of ["0,0,1", "0.5,0,0.5,1", "0,0,1,1.1", "0,0,1,x", "-0.1,0,1,1"]) {
      await refused(await wado(of("1.2.1", `region=${query}`)), 400, "fractions");
    }
  });
});

Deno.test("GET /wado: applies a window, and refuses one outside the values of the image", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    const window = (center: number, width: number) =>
      wado(of("1.2.1", `contentType=image/png&windowCenter=${center}&windowWidth=${width}`));
    const linear = (c: number, w: number) => (x: number) =>
      Math.round(255 * Math.min(1, Math.max(0, (x - (c - 0.5)) / (w - 1) + 0.5)));
    const row = COLUMNS.slice(0, 128);
    for (const [center, width] of [[500, 201], [1270, 100], [-40.5, 100.25]] as const) {
      assertEquals((await rows(await window(center, width)))[0], row.map(linear(center, width)));
    }
    for (const [center, width] of [[5000, 100], [-100, 50], [1400, 100]] as const) {
      await refused(await window(center, width), 400, "outside the values");
    }
    await refused(await window(500, 0), 400, "greater than 0");
    await refused(await window(500, -1), 400, "greater than 0");
    await refused(await wado(of("1.2.1", "windowCenter=5")), 400, "both");
    await refused(
      await wado(of("1.2.1", "windowCenter=5&windowWidth=5&contentType=application/dicom")),
      400,
      "not for application/dicom",
    );
  });
});

Deno.test("GET /wado: has the quality, frame and annotation that are asked for", async () => {
  await withRetrieval(async ({ store, wado }) => {
    const pixels = [1000, 3000].map((gray) =>
      new Uint8Array(new Uint16Array(4096).fill(gray).buffer)
    );
    const elements = [value(0x00281050, "DS", "2048"), value(0x00281051, "DS", "4096")];
    const size = { rows: 64, columns: 64, frames: 2 };
    await store(RAMP, ctInstance({ sopInstanceUID: "1.2.2", pixels, elements, ...size }));
    const lengths = [];
    for (const quality of [1, 50, 100]) {
      lengths.push((await bytesOf(await wado(of("1.2.1", `imageQuality=${quality}`)))).length);
    }
    assertLess(lengths[0]!, lengths[1]!);
    assertLess(lengths[1]!, lengths[2]!);
    const gray = async (query: string) =>
      (await rows(await wado(of("1.2.2", `contentType=image/png${query}`))))[40]![40]!;
    assertEquals(await gray(""), Math.round(255 * 1000 / 4095));
    assertEquals(await gray("&frameNumber=2"), Math.round(255 * 3000 / 4095));
    const plain = await rows(await wado(of("1.2.2"), PNG));
    for (const name of ["patient", "technique", "patient,technique"]) {
      assertNotEquals(await rows(await wado(of("1.2.2", `annotation=${name}`), PNG)), plain);
    }
    const unknown = await wado(of("1.2.2", "annotation=ruler&viewport=9,9"), PNG);
    assertStringIncludes(unknown.headers.get("warning") ?? "", "not supported: ruler");
    assertStringIncludes(unknown.headers.get("warning") ?? "", "The parameter viewport");
    assertEquals(await rows(unknown), plain);
    await refused(await wado(of("1.2.2", "frameNumber=3")), 400, "of this instance, 2");
    await refused(await wado(of("1.2.2", "frameNumber=0")), 400, "from 1 on");
    await refused(await wado(of("1.2.2", "imageQuality=101")), 400, "1 to 100");
  });
});

Deno.test("GET /wado: shows an image through a presentation state", async () => {
  await withRetrieval(async ({ store, wado }) => {
    const window = { center: 300, width: 401 };
    const images = [{ uid: "1.2.1" }];
    await store(RAMP, grayscaleState({ images, window, isFlipped: true, size: [128, 64] }));
    const uids = "presentationUID=1.2.826.0.1.3680043.10.1.9&" +
      "presentationSeriesUID=1.2.826.0.1.3680043.10.1.8";
    const through = await wado(of("1.2.1", uids), PNG);
    const linear = (x: number) =>
      Math.round(255 * Math.min(1, Math.max(0, (x - 299.5) / 400 + 0.5)));
    assertEquals((await rows(through))[0], COLUMNS.slice(0, 128).map(linear).toReversed());
    const scaled = await rows(await wado(of("1.2.1", `${uids}&rows=128`), PNG));
    assertEquals([scaled[0]!.length, scaled.length], [256, 128]);
    const tag = async (query: string) =>
      (await wado(of("1.2.1", query), PNG, { method: "HEAD" })).headers.get("etag");
    assertNotEquals(await tag(uids), await tag(""));
    const either = "presentationSeriesUID and presentationUID";
    for (const wrong of [uids.replace("10.1.9", "10.1.7"), uids.replace("10.1.8", "10.1.7")]) {
      await refused(await wado(of("1.2.1", wrong)), 400, either);
    }
    const noState = `presentationUID=1.2.1&presentationSeriesUID=${SERIES}`;
    await refused(await wado(of("1.2.1", noState)), 400, either);
    await refused(await wado(of("1.2.1", uids.split("&")[0]!)), 400, "presentationSeriesUID");
    for (const more of ["frameNumber=1", "windowCenter=1&windowWidth=2"]) {
      await refused(await wado(of("1.2.1", `${uids}&${more}`)), 400, "excludes");
    }
  });
});

Deno.test("GET /wado: refuses requests without a type, a UID, or with DICOM beside images", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    await refused(await wado(of("1.2.1").replace("WADO", "XDS")), 400, "requestType");
    for (const name of ["studyUID", "seriesUID", "objectUID"]) {
      const query = of("1.2.1").split("&").filter((each) => !each.startsWith(name)).join("&");
      await refused(await wado(query), 400, name);
    }
    for (const uid of ["..%2f..%2fetc", "%00", "", "1".repeat(129)]) {
      await refused(await wado(of(uid)), 400, "objectUID");
    }
    const type = "contentType=application/dicom";
    await refused(await wado(of("1.2.1", `${type},image/jpeg`)), 400, "beside other");
    await refused(await wado(of("1.2.1", `${type};transfer-syntax=1.2`)), 400, "transferSyntax");
    await refused(await wado(of("1.2.1", `${type}&transferSyntax=x`)), 400, "transferSyntax");
    await refused(await wado(of("1.2.1", `${type}&transferSyntax=1.2.3`)), 406, "");
    await refused(await wado(of("1.2.1", `${type}&anonymize=no`)), 400, "anonymize");
    await refused(await wado(of("1.2.1", "anonymize=yes")), 400, DICOM);
  });
});

Deno.test("GET /wado: tells of what is unknown, elsewhere, deleted or no image", async () => {
  await withRetrieval(async ({ archive, store, wado }) => {
    const noPixels = ctElements({ sopInstanceUID: "1.2.9" }).filter(({ tag }) => tag < 0x7fe00000);
    await store(RAMP, buildPart10(noPixels));
    const dicom = "contentType=application/dicom";
    for (const query of ["", dicom]) {
      await refused(await wado(of("1.9", query)), 404, "no such instance");
      await refused(await wado(of("1.2.1", query).replace(SERIES, "1.5")), 404, "no such");
    }
    await refused(await wado(of("1.2.9")), 406, "no pixel data");
    assertEquals((await bytesOf(await wado(of("1.2.9", dicom)))).length > 500, true);
    await archive.index.remove("default", { StudyInstanceUID: STUDY }, 1);
    for (const query of ["", dicom, "frameNumber=1", "region=0,0,1,1"]) {
      await refused(await wado(of("1.2.1", query)), 410, "was deleted");
    }
  });
});

Deno.test("GET /wado: answers HEAD and If-None-Match, and may be kept by clients", async () => {
  await withRetrieval(async ({ store, wado }) => {
    await store(RAMP);
    const kept = [["", "no-cache"], ["contentType=application/dicom", "immutable"]] as const;
    for (const [query, control] of kept) {
      const head = await wado(of("1.2.1", query), undefined, { method: "HEAD" });
      assertEquals([head.status, await head.text()], [200, ""]);
      assertStringIncludes(head.headers.get("cache-control") ?? "", control);
      assert(head.headers.get("content-location")?.startsWith(`${BASE}/studies/${STUDY}/`));
      const headers = { "If-None-Match": head.headers.get("etag")! };
      assertEquals((await wado(of("1.2.1", query), undefined, { headers })).status, 304);
    }
  });
});

/**
 * The npm dicomweb-client 0.11.3 against the server: what it stores is what it gets back.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ClientInstance,
  CT_STUDY,
  ICC_PROFILE,
  INSTANCES,
  LOSSLESS_STUDY,
  PATHS,
  PRIVATE_BULK,
  SLIDE_STUDY,
  VIDEO,
  VIDEO_STUDY,
  withClientArchive,
} from "../support/client_archive.ts";
import { type ClientMediaType, npmClient } from "../support/npm_client.ts";
import { jpegHead } from "../support/jpeg.ts";
import { concat, SYNTAX } from "../support/part10_builder.ts";
import { decodePng } from "../support/png.ts";
import { storedFrames } from "../support/stored_frames.ts";
import { startServer } from "../support/server_process.ts";

const { ct1, ct2, multiframe, slide, rle, jpegLs, jpeg2000 } = INSTANCES;

/** An instance in the client's own names. */
function named(instance: ClientInstance) {
  return {
    studyInstanceUID: instance.StudyInstanceUID,
    seriesInstanceUID: instance.SeriesInstanceUID,
    sopInstanceUID: instance.SOPInstanceUID,
  };
}

function bytes(buffers: readonly ArrayBuffer[]): Uint8Array[] {
  return buffers.map((buffer) => new Uint8Array(buffer));
}

function first(
  results: readonly Record<string, { readonly Value?: readonly unknown[] }>[],
  tag: string,
) {
  return results.map((result) => result[tag]?.Value?.[0]);
}

Deno.test("npm dicomweb-client: stores instances, to any study and to one", async () => {
  const server = await startServer();
  try {
    const client = npmClient(server.dicomweb);
    const answer = JSON.parse(
      await client.storeInstances({ datasets: [ct1.file.buffer, slide.file.buffer] }),
    );
    assertEquals(
      first(answer["00081199"].Value, "00081155"),
      [ct1.SOPInstanceUID, slide.SOPInstanceUID],
    );
    await client.storeInstances({ studyInstanceUID: CT_STUDY, datasets: [ct2.file.buffer] });
    assertEquals(
      bytes(await client.retrieveSeries(named(ct1))),
      [ct1.file, ct2.file],
    );
    const error = await assertRejects(
      () => client.storeInstances({ studyInstanceUID: CT_STUDY, datasets: [rle.file.buffer] }),
    ) as Error & { readonly status: number };
    assertEquals(error.status, 409);
  } finally {
    await server.stop();
  }
});

Deno.test("npm dicomweb-client: finds and retrieves", async (t) => {
  await withClientArchive(async ({ dicomweb }) => {
    const client = npmClient(dicomweb);

    await t.step("searchForStudies", async () => {
      assertEquals(
        first(await client.searchForStudies(), "0020000D").sort(),
        [CT_STUDY, SLIDE_STUDY, LOSSLESS_STUDY, VIDEO_STUDY],
      );
      for (
        const queryParams of [
          { PatientName: "doe*" },
          { PatientName: "jane", fuzzymatching: true },
          { "00100020": "PID1", limit: 5, offset: 0 },
          { StudyDate: "20260101-", includefield: "00081030,00100010" },
          { StudyInstanceUID: CT_STUDY, includefield: "all" },
        ]
      ) {
        const found = await client.searchForStudies({ queryParams });
        assertEquals(first(found, "0020000D"), [CT_STUDY], JSON.stringify(queryParams));
      }
      assertEquals(await client.searchForStudies({ queryParams: { PatientName: "nobody" } }), []);
    });

    await t.step("searchForSeries", async () => {
      const all = await client.searchForSeries();
      assertEquals(all.length, 6);
      const found = await client.searchForSeries({
        studyInstanceUID: CT_STUDY,
        queryParams: { SeriesInstanceUID: ct1.SeriesInstanceUID },
      });
      assertEquals(first(found, "00201209"), [2]);
      const slides = await client.searchForSeries({ queryParams: { Modality: "SM" } });
      assertEquals(first(slides, "0020000E"), [slide.SeriesInstanceUID]);
    });

    await t.step("searchForInstances", async () => {
      assertEquals((await client.searchForInstances()).length, Object.keys(INSTANCES).length);
      const { studyInstanceUID } = named(ct1);
      assertEquals((await client.searchForInstances({ studyInstanceUID })).length, 6);
      const found = await client.searchForInstances({
        ...named(ct1),
        queryParams: { InstanceNumber: 2 },
      });
      assertEquals(first(found, "00080018"), [ct2.SOPInstanceUID]);
    });

    await t.step("metadata of study, series and instance", async () => {
      assertEquals((await client.retrieveStudyMetadata({ studyInstanceUID: CT_STUDY })).length, 6);
      assertEquals(
        first(await client.retrieveSeriesMetadata(named(ct1)), "00080018").sort(),
        [ct1.SOPInstanceUID, ct2.SOPInstanceUID],
      );
      const [metadata] = await client.retrieveInstanceMetadata(named(multiframe));
      assertEquals(metadata?.["00100010"], { vr: "PN", Value: [{ Alphabetic: "Doe^Jane" }] });
      assertEquals(metadata?.["00280008"], { vr: "IS", Value: [3] });
    });

    await t.step("retrieveStudy, with progress", async () => {
      let loaded = 0;
      const request = {
        progressCallback: (event: { loaded: number }) => void (loaded = event.loaded),
      };
      const files = bytes(await client.retrieveStudy({ studyInstanceUID: SLIDE_STUDY, request }));
      assertEquals(files, [slide.file]);
      assert(loaded > slide.file.length);
      assertEquals((await client.retrieveStudy({ studyInstanceUID: CT_STUDY })).length, 6);
    });

    await t.step("retrieveSeries and retrieveInstance", async () => {
      assertEquals(bytes(await client.retrieveSeries(named(ct1))), [ct1.file, ct2.file]);
      assertEquals(bytes([await client.retrieveInstance(named(multiframe))]), [multiframe.file]);
      // Lossy pixel data has no other form.
      assertEquals(bytes([await client.retrieveInstance(named(slide))]), [slide.file]);
    });

    await t.step("frames, without media types", async () => {
      const { bigEndian, deflated } = INSTANCES;
      for (
        const instance of [ct1, multiframe, bigEndian, deflated, slide, rle, jpegLs, jpeg2000]
      ) {
        const frameNumbers = instance.frames.map((_, index) => index + 1);
        const frames = await client.retrieveInstanceFrames({ ...named(instance), frameNumbers });
        assertEquals(bytes(frames), instance.decoded);
      }
      const frames = await client.retrieveInstanceFrames({
        ...named(multiframe),
        frameNumbers: [3, 1],
      });
      assertEquals(bytes(frames), [multiframe.frames[2], multiframe.frames[0]]);
    });

    await t.step("frames, in the media types named", async () => {
      const octets = { mediaType: "application/octet-stream" };
      const each: [ClientInstance, ...ClientMediaType[]][] = [
        [ct1, octets],
        [ct1, { ...octets, transferSyntaxUID: "*" }],
        [ct1, { ...octets, transferSyntaxUID: SYNTAX.explicit }, { mediaType: "image/jpeg" }],
        [slide, { mediaType: "image/jpeg" }],
        [slide, { mediaType: "image/jpeg", transferSyntaxUID: SYNTAX.jpegBaseline }],
        [slide, { mediaType: "image/*" }],
        [slide, { ...octets, transferSyntaxUID: "*" }],
        [rle, { mediaType: "image/x-dicom-rle", transferSyntaxUID: SYNTAX.rle }],
        [jpegLs, { mediaType: "image/x-jls" }, octets],
        [jpegLs, { mediaType: "image/jls" }],
        [jpeg2000, { mediaType: "image/jls" }, { mediaType: "image/jp2" }],
      ];
      for (const [instance, ...mediaTypes] of each) {
        const frameNumbers = [1];
        const frames = await client.retrieveInstanceFrames({
          ...named(instance),
          frameNumbers,
          mediaTypes,
        });
        assertEquals(bytes(frames), [instance.frames[0]], JSON.stringify(mediaTypes));
      }
      for (const instance of [slide, rle, jpegLs, jpeg2000]) {
        for (const mediaType of [octets, { ...octets, transferSyntaxUID: SYNTAX.explicit }]) {
          const mediaTypes = [mediaType];
          const frameNumbers = [1];
          const frames = await client.retrieveInstanceFrames({
            ...named(instance),
            frameNumbers,
            mediaTypes,
          });
          assertEquals(bytes(frames), [instance.decoded[0]]);
        }
      }
    });

    await t.step("retrieveInstance of what is compressed", async () => {
      // It names no transfer syntax: with media types it refuses its own request.
      for (const instance of [rle, jpegLs, jpeg2000]) {
        const file = new Uint8Array(await client.retrieveInstance(named(instance)));
        const frames = await storedFrames(file);
        assertEquals(frames?.transferSyntaxUID, SYNTAX.explicit);
        assertEquals(frames?.frame(1).bytes, instance.decoded[0]);
      }
    });

    await t.step("rendered instances and frames", async () => {
      const image = named(ct1);
      const [jpeg] = bytes(await client.retrieveInstanceRendered(image));
      assertEquals(jpegHead(jpeg!).width, 4);
      for (const mediaType of ["image/jpeg", "image/png", "image/gif", "image/*"]) {
        const mediaTypes = [{ mediaType }];
        const [found] = bytes(await client.retrieveInstanceRendered({ ...image, mediaTypes }));
        assert(found!.length > 60, mediaType);
      }
      const mediaTypes = [{ mediaType: "image/jp2" }, { mediaType: "image/png" }];
      const queryParams = { viewport: "8,8", window: "8,16,linear", quality: 90 };
      const [png] = bytes(
        await client.retrieveInstanceRendered({ ...image, mediaTypes, queryParams }),
      );
      const { width, data } = decodePng(png!);
      assertEquals([width, data[0], data.at(-1)], [8, 0, 255]);
      const whole = { ...named(slide), mediaTypes };
      for (const number of [1, 2, 3]) {
        const [frame] = bytes(
          await client.retrieveInstanceFramesRendered({ ...whole, frameNumbers: [number] }),
        );
        assertEquals(new Set(decodePng(frame!).data), new Set(slide.decoded[number - 1]));
      }
      // It takes parts where it named none, as long as there are parameters.
      const frames = await client.retrieveInstanceFramesRendered({
        ...named(slide),
        frameNumbers: [3, 1],
        queryParams: { quality: 100 },
      });
      assertEquals(bytes(frames).map((frame) => jpegHead(frame).width), [4, 4]);
      const video = [{ mediaType: "video/mpeg" }, { mediaType: "video/mp4" }];
      const [stream] = bytes(
        await client.retrieveInstanceRendered({ ...named(INSTANCES.video), mediaTypes: video }),
      );
      assertEquals(stream, VIDEO);
    });

    await t.step("thumbnails", async () => {
      for (const instance of [ct1, multiframe, slide, rle, jpegLs, jpeg2000]) {
        const [thumbnail] = bytes(await client.retrieveInstanceThumbnail(named(instance)));
        assertEquals(jpegHead(thumbnail!).width, 160);
      }
      const [frame] = bytes(
        await client.retrieveInstanceFramesThumbnail({
          ...named(slide),
          frameNumbers: [3],
          mediaTypes: [{ mediaType: "image/png" }],
          queryParams: { viewport: "32,32" },
        }),
      );
      const { width, data } = decodePng(frame!);
      assertEquals([width, data[0]], [32, 200]);
    });

    await t.step("bulk data, where the metadata says", async () => {
      const [ct] = await client.retrieveInstanceMetadata(named(ct1));
      const [sm] = await client.retrieveInstanceMetadata(named(slide));
      const items = sm?.["00480105"]?.Value as typeof ct[];
      type Found = readonly Uint8Array[];
      const found: [uri: string | undefined, path: string, octets: Found, either: Found][] = [
        [ct?.["00431029"]?.BulkDataURI, PATHS.privateBulk, [PRIVATE_BULK], [PRIVATE_BULK]],
        [ct?.["7FE00010"]?.BulkDataURI, PATHS.pixels, ct1.frames, ct1.frames],
        [items[0]?.["00282000"]?.BulkDataURI, PATHS.iccProfile, [ICC_PROFILE], [ICC_PROFILE]],
        // Uncompressed it is one value.
        [sm?.["7FE00010"]?.BulkDataURI, PATHS.pixels, [concat(slide.decoded)], slide.frames],
      ];
      for (const [BulkDataURI = "", path, value, inEither] of found) {
        assert(BulkDataURI.startsWith(`${dicomweb}/studies/`), BulkDataURI);
        assert(BulkDataURI.endsWith(path), BulkDataURI);
        assertEquals(bytes(await client.retrieveBulkData({ BulkDataURI })), value);
        const either = [{ mediaType: "image/jpeg" }, { mediaType: "application/octet-stream" }];
        assertEquals(
          bytes(await client.retrieveBulkData({ BulkDataURI, mediaTypes: either })),
          inEither,
        );
      }
    });

    await t.step("bulk data as a single part, whole and in ranges", async () => {
      const single = npmClient(dicomweb, "bulkdata,video");
      const [ct] = await client.retrieveInstanceMetadata(named(ct1));
      const BulkDataURI = ct?.["00431029"]?.BulkDataURI ?? "";
      assertEquals(bytes(await single.retrieveBulkData({ BulkDataURI })), [PRIVATE_BULK]);
      // A range is of single parts only: the client then gets the whole.
      const byteRange = [0, 9];
      assertEquals(
        bytes(await client.retrieveBulkData({ BulkDataURI, byteRange })),
        [PRIVATE_BULK],
      );
    });

    await t.step("what is not there", async () => {
      const error = await assertRejects(
        () => client.retrieveInstanceMetadata({ ...named(ct1), sopInstanceUID: "1.2.3" }),
      ) as Error & { readonly status: number };
      assertEquals(error.status, 404);
    });
  });
});

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
  VIDEO_STUDY,
  withClientArchive,
} from "../support/client_archive.ts";
import { type ClientMediaType, npmClient } from "../support/npm_client.ts";
import { SYNTAX } from "../support/part10_builder.ts";
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
      for (const instance of [ct1, multiframe, INSTANCES.bigEndian, INSTANCES.deflated, slide]) {
        const frameNumbers = instance.frames.map((_, index) => index + 1);
        const frames = await client.retrieveInstanceFrames({ ...named(instance), frameNumbers });
        assertEquals(bytes(frames), instance.frames);
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
    });

    await t.step("bulk data, where the metadata says", async () => {
      const [ct] = await client.retrieveInstanceMetadata(named(ct1));
      const [sm] = await client.retrieveInstanceMetadata(named(slide));
      const items = sm?.["00480105"]?.Value as typeof ct[];
      const found: [uri: string | undefined, path: string, value: readonly Uint8Array[]][] = [
        [ct?.["00431029"]?.BulkDataURI, PATHS.privateBulk, [PRIVATE_BULK]],
        [ct?.["7FE00010"]?.BulkDataURI, PATHS.pixels, ct1.frames],
        [items[0]?.["00282000"]?.BulkDataURI, PATHS.iccProfile, [ICC_PROFILE]],
        [sm?.["7FE00010"]?.BulkDataURI, PATHS.pixels, slide.frames],
      ];
      for (const [BulkDataURI = "", path, value] of found) {
        assert(BulkDataURI.startsWith(`${dicomweb}/studies/`), BulkDataURI);
        assert(BulkDataURI.endsWith(path), BulkDataURI);
        assertEquals(bytes(await client.retrieveBulkData({ BulkDataURI })), value);
        const either = [{ mediaType: "image/jpeg" }, { mediaType: "application/octet-stream" }];
        assertEquals(
          bytes(await client.retrieveBulkData({ BulkDataURI, mediaTypes: either })),
          value,
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

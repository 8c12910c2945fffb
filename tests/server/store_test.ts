import { assert, assertEquals, assertMatch } from "@std/assert";
import { BASE, multipart, withArchive } from "../support/archive.ts";
import { buildDataSet, ctElements, ctInstance, SYNTAX } from "../support/part10_builder.ts";
import { answerOf, bytesOf, INSTANCE, numbered, post, STUDY } from "../support/store_answer.ts";

Deno.test("POST /studies: stores instances as they came and names them in order", () =>
  withArchive(async (archive) => {
    const files = numbered(40);
    const answer = await post(archive, files);
    assertEquals(answer.status, 200);
    assertEquals(answer.stored, files.map((_, n) => `1.2.3.${n}`));
    const rows = await archive.rows();
    for (const row of rows) {
      const n = Number(row.SOPInstanceUID.slice(6));
      assertEquals(await bytesOf(archive, row.blobKey), files[n]!);
      assertEquals(row.size, files[n]!.length);
    }
    assertEquals((await archive.blobKeys()).length, 40);
  }));

Deno.test("POST /studies: answers with the URLs of study and instance", () =>
  withArchive(async (archive) => {
    const request = { method: "POST", ...multipart([{ body: ctInstance() }]) };
    const response = await archive.fetch("/studies", request);
    const study = `${BASE}/studies/${STUDY}`;
    assertEquals(response.headers.get("location"), study);
    assertEquals(response.headers.get("content-location"), study);
    assertEquals(await response.json(), {
      "00081190": { vr: "UR", Value: [study] },
      "00081199": {
        vr: "SQ",
        Value: [{
          "00081150": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.2"] },
          "00081155": { vr: "UI", Value: [INSTANCE] },
          "00081190": {
            vr: "UR",
            Value: [`${study}/series/1.2.826.0.1.3680043.10.1.2/instances/${INSTANCE}`],
          },
        }],
      },
    });
  }));

Deno.test("POST /studies: answers in XML where that is wanted, in JSON where nothing fits", () =>
  withArchive(async (archive) => {
    for (
      const [accept, type] of [
        ["application/dicom+xml", "application/dicom+xml"],
        ['multipart/related; type="application/dicom+xml"', "application/dicom+xml"],
        ["image/png", "application/dicom+json"],
        ["*/*", "application/dicom+json"],
      ] as const
    ) {
      const { headers, body } = multipart([{ body: ctInstance() }]);
      const response = await archive.fetch("/studies", {
        method: "POST",
        headers: { ...headers, Accept: accept },
        body,
      });
      assertEquals(response.headers.get("content-type"), type);
      const text = await response.text();
      assert(text.includes(INSTANCE));
      if (type.endsWith("xml")) {
        assertMatch(
          text,
          /<DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence">/,
        );
      }
    }
  }));

Deno.test("POST /studies: takes a single instance as the whole body", () =>
  withArchive(async (archive) => {
    const answer = await answerOf(
      await archive.fetch("/studies", {
        method: "POST",
        headers: { "Content-Type": "application/dicom" },
        body: ctInstance() as Uint8Array<ArrayBuffer>,
      }),
    );
    assertEquals([answer.status, answer.stored], [200, [INSTANCE]]);
  }));

for (const [name, transferSyntaxUID] of Object.entries(SYNTAX)) {
  Deno.test(`POST /studies: stores ${name} byte for byte`, () =>
    withArchive(async (archive) => {
      const file = ctInstance({ transferSyntaxUID, frames: 2 });
      assertEquals((await post(archive, [file])).status, 200);
      const [row] = await archive.rows();
      assertEquals(row?.TransferSyntaxUID, transferSyntaxUID);
      assertEquals(await bytesOf(archive, row!.blobKey), file);
    }));
}

Deno.test("POST /studies: stores a data set without File Meta Information", () =>
  withArchive(async (archive) => {
    for (const [n, syntax] of [SYNTAX.implicit, SYNTAX.explicit].entries()) {
      const dataSet = buildDataSet(ctElements({ sopInstanceUID: `1.2.3.${n}` }), syntax);
      assertEquals((await post(archive, [dataSet])).status, 200);
    }
    assertEquals((await archive.rows()).map((row) => row.prefixDigest), ["", ""]);
  }));

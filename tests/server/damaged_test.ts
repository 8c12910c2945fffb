/**
 * Objects that can be read to some place and no further: stored as they are, with a warning, and
 * never given as if they were whole.
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type TestArchive, withArchive } from "../support/archive.ts";
import { concat, ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import { bytesOf as blobBytes, INSTANCE, post, STUDY } from "../support/store_answer.ts";

const PATH = `/studies/${STUDY}/series/1.2.826.0.1.3680043.10.1.2/instances/${INSTANCE}`;
const STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const OCTETS = "application/octet-stream";
const CUT = "The object ends 7 bytes before the end of (7FE0,0010)";

/** Three frames of 32 bytes, the last of which lacks 7. */
function cut(transferSyntaxUID: string = SYNTAX.explicit): Uint8Array {
  return ctInstance({ frames: 3, transferSyntaxUID }).slice(0, -7);
}

async function onlyBlob(archive: TestArchive): Promise<Uint8Array> {
  const [row, ...more] = await archive.rows();
  assertEquals(more, []);
  return await blobBytes(archive, row!.blobKey);
}

Deno.test("POST /studies: stores a damaged object as it is and warns of what is wrong", () =>
  withArchive(async (archive) => {
    const whole = ctInstance();
    const late = [value(0xfffcfffc, "OB", new Uint8Array(2000))];
    const damaged: (readonly [Uint8Array, string])[] = [
      [cut(), CUT],
      [cut(SYNTAX.implicit), CUT],
      [cut(SYNTAX.bigEndian), CUT],
      [whole.slice(0, -33), "The object ends inside the header of an element"],
      [concat([whole, Uint8Array.of(1)]), "The object ends inside the header of an element"],
      [concat([whole, new Uint8Array(9), Uint8Array.of(1)]), "Bytes after the data set"],
      [
        ctInstance({ elements: late }).slice(0, -1),
        "The object ends 1 byte before the end of (FFFC,FFFC)",
      ],
      [
        ctInstance({ transferSyntaxUID: SYNTAX.rle }).slice(0, -8),
        "The object ends before the end of (7FE0,0010)",
      ],
    ];
    for (const [bytes, damage] of damaged) {
      const answer = await post(archive, [bytes]);
      assertEquals(answer, {
        status: 202,
        stored: [INSTANCE],
        failed: [],
        warnings: 1,
        comments: [damage],
      });
      assertEquals((await archive.rows())[0]?.damage, damage);
      assertEquals(await onlyBlob(archive), bytes);
      assertEquals((await post(archive, [bytes])).comments, [damage], "sent again");
      await archive.index.remove("default", {}, 0);
    }
    assertEquals(archive.reported, []);
  }));

Deno.test("POST /studies: stores a deflated object that is cut off", () =>
  withArchive(async (archive) => {
    const whole = ctInstance({ rows: 64, columns: 64, transferSyntaxUID: SYNTAX.deflated });
    const answer = await post(archive, [whole.slice(0, -20)]);
    assertEquals([answer.status, answer.stored, answer.warnings], [202, [INSTANCE], 1]);
    assertStringIncludes(answer.comments[0]!, "The object ends");
  }));

Deno.test("POST /studies: refuses other content in the place of a damaged object, but for the whole", () =>
  withArchive(async (archive) => {
    await post(archive, [cut()]);
    for (
      const other of [
        cut().slice(0, -1),
        ctInstance({ frames: 3, patientName: "Doe^John" }),
        ctInstance({ frames: 3, transferSyntaxUID: SYNTAX.implicit }),
      ]
    ) {
      assertEquals((await post(archive, [other])).failed, [[INSTANCE, "0111"]]);
      assertEquals(await onlyBlob(archive), cut());
    }
    const whole = ctInstance({ frames: 3 });
    const answer = await post(archive, [whole]);
    assertEquals([answer.status, answer.stored], [200, [INSTANCE]]);
    assertEquals(await onlyBlob(archive), whole);
    assertEquals((await archive.rows())[0]?.damage, undefined);
    assertEquals((await archive.blobKeys()).length, 2, "the damaged one is kept for the grace");
    assertEquals((await post(archive, [cut()])).failed, [[INSTANCE, "0111"]]);
  }));

Deno.test("POST /studies: never puts a damaged object in the place of another", () =>
  withArchive(async (archive) => {
    await post(archive, [ctInstance({ frames: 3 })]);
    assertEquals((await post(archive, [cut()])).failed, [[INSTANCE, "0111"]]);
    assertEquals(await onlyBlob(archive), ctInstance({ frames: 3 }));
  }, { conflict: "replace" }));

Deno.test("GET instance: gives a damaged object as it is stored, or not at all", async () => {
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian]) {
    await withRetrieval(async ({ archive, get }) => {
      await post(archive, [cut(syntax)]);
      const response = await get(PATH, STORED);
      assert(!response.headers.get("cache-control")?.includes("immutable"));
      assertEquals((await readParts(response)).map(({ bytes }) => bytes), [cut(syntax)]);
      const anew = await get(PATH);
      if (syntax === SYNTAX.explicit) {
        assertEquals((await readParts(anew))[0]?.bytes, cut());
        return;
      }
      assertEquals(anew.status, 406);
      const { detail } = await anew.json();
      assertStringIncludes(detail, `The stored object is damaged (${CUT})`);
      assertStringIncludes(detail, "transfer-syntax=*");
    });
  }
});

Deno.test("GET study: leaves out what is damaged and cannot be given anew", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ctInstance({ sopInstanceUID: "1.2.3" }));
    await post(archive, [cut(SYNTAX.implicit)]);
    const response = await get(`/studies/${STUDY}`);
    assertEquals(response.status, 206);
    assertStringIncludes(response.headers.get("warning") ?? "", "1 of 2 are left out");
    assertEquals((await readParts(response)).length, 1);
  });
});

Deno.test("GET frames: gives of a damaged object the frames that are whole", async () => {
  const pixels = ctInstance({ frames: 3 }).slice(-96);
  await withRetrieval(async ({ archive, get }) => {
    await post(archive, [cut()]);
    assertEquals(await bytesOf(await get(`${PATH}/frames/2`, OCTETS)), pixels.slice(32, 64));
    for (const path of ["/frames/3", "/frames/1,3", "/bulkdata/7FE00010", "/pixeldata"]) {
      const response = await get(`${PATH}${path}`);
      assertEquals(response.status, 404, path);
      assertStringIncludes((await response.json()).detail, CUT);
    }
    const [metadata] = await (await get(`${PATH}/metadata`)).json();
    assertEquals(metadata["00080018"].Value, [INSTANCE]);
    assert(metadata["7FE00010"].BulkDataURI.endsWith("/bulkdata/7FE00010"));
  });
});

Deno.test("GET frames: gives none of compressed or deflated pixel data that is cut off", async () => {
  for (const transferSyntaxUID of [SYNTAX.rle, SYNTAX.deflated]) {
    await withRetrieval(async ({ archive, get }) => {
      const whole = ctInstance({ frames: 3, rows: 64, columns: 64, transferSyntaxUID });
      assertEquals((await post(archive, [whole.slice(0, -9)])).stored, [INSTANCE]);
      const anything = "multipart/related; type=application/octet-stream; transfer-syntax=*";
      for (const path of ["/frames/1", "/bulkdata/7FE00010"]) {
        const response = await get(`${PATH}${path}`, anything);
        assertEquals(response.status, 404);
        assertStringIncludes((await response.json()).detail, "damaged");
      }
    });
  }
});

Deno.test("GET bulkdata: leaves out damaged instances and counts them", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(ctInstance({ sopInstanceUID: "1.2.3" }));
    await post(archive, [cut()]);
    const response = await get(`/studies/${STUDY}/bulkdata`);
    assertStringIncludes(response.headers.get("warning") ?? "", "1 of 2 are left out");
    assertEquals((await readParts(response)).length, 1);
    const alone = await get(`${PATH}/bulkdata`);
    assertEquals(alone.status, 404);
    assertStringIncludes((await alone.json()).detail, CUT);
  });
});

Deno.test("GET frames and bulkdata: no client keeps those of a damaged object", () =>
  withRetrieval(async ({ archive, get }) => {
    await post(archive, [cut()]);
    const frame = `${PATH}/frames/1`;
    const large = value(0x00091001, "OB", new Uint8Array(2000));
    const damaged = ctInstance({ sopInstanceUID: "1.2.4", elements: [large] }).slice(0, -7);
    await post(archive, [ctInstance({ sopInstanceUID: "1.2.3", elements: [large] }), damaged]);
    const other = (path: string, uid: string) => path.replace(INSTANCE, uid);
    const bulk = `${PATH}/bulkdata/00091001`;
    for (
      const [path, isKept] of [
        [frame, false],
        [other(frame, "1.2.3"), true],
        [other(bulk, "1.2.3"), true],
        [other(bulk, "1.2.4"), false],
      ] as const
    ) {
      const response = await get(path, OCTETS);
      const kept = response.headers.get("cache-control")?.includes("immutable");
      assertEquals([response.status, kept], [200, isKept], path);
      await response.body?.cancel();
    }
  }));

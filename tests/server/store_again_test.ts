import { assertEquals } from "@std/assert";
import { withArchive } from "../support/archive.ts";
import {
  buildPart10,
  ctElements,
  ctInstance,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { bytesOf, INSTANCE, post } from "../support/store_answer.ts";

Deno.test("POST /studies: stores an instance again without a second copy", () =>
  withArchive(async (archive) => {
    const first = await post(archive, [ctInstance()]);
    const again = await post(archive, [ctInstance(), ctInstance()]);
    assertEquals([again.status, again.stored], [200, [INSTANCE, INSTANCE]]);
    assertEquals(first.stored, [INSTANCE]);
    assertEquals((await archive.rows()).length, 1);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

Deno.test("POST /studies: knows the same instance in other native encodings", () =>
  withArchive(async (archive) => {
    const elements = [
      value(0x00080000, "UL", [4]),
      sequence(0x00081110, [[value(0x00081150, "UI", "1.2.3"), value(0x00081155, "UI", "1.2.4")]]),
      value(0x00091001, "UN", Uint8Array.of(1, 2, 3, 4)),
      value(0xfffcfffc, "OB", new Uint8Array(10)),
    ];
    assertEquals((await post(archive, [ctInstance({ elements: elements.slice(1) })])).status, 200);
    for (const transferSyntaxUID of [SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.deflated]) {
      const again = await post(archive, [ctInstance({ elements, transferSyntaxUID })]);
      assertEquals([again.status, again.stored], [200, [INSTANCE]]);
    }
    const [row] = await archive.rows();
    assertEquals(row?.TransferSyntaxUID, SYNTAX.explicit);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

Deno.test("POST /studies: refuses other content under a SOP Instance UID that is there", () =>
  withArchive(async (archive) => {
    await post(archive, [ctInstance()]);
    for (
      const other of [
        ctInstance({ patientName: "Doe^John" }),
        ctInstance({ pixels: [new Uint8Array(32)] }),
        ctInstance({ pixels: [new Uint8Array(32)], transferSyntaxUID: SYNTAX.implicit }),
        ctInstance({ studyInstanceUID: "1.2.9" }),
        ctInstance({ transferSyntaxUID: SYNTAX.jpegBaseline }),
      ]
    ) {
      const answer = await post(archive, [other]);
      assertEquals([answer.status, answer.failed], [409, [[INSTANCE, "0111"]]]);
    }
    assertEquals((await archive.blobKeys()).length, 1);
    const [row] = await archive.rows();
    assertEquals(await bytesOf(archive, row!.blobKey), ctInstance());
  }));

Deno.test("POST /studies: takes a lossless compression for the same instance, a lossy one only for itself", () =>
  withArchive(async (archive) => {
    const rle = ctInstance({ transferSyntaxUID: SYNTAX.rle });
    const otherMeta = buildPart10(ctElements({ transferSyntaxUID: SYNTAX.rle }), SYNTAX.rle, {
      meta: [value(0x00020003, "UI", INSTANCE), value(0x00020010, "UI", SYNTAX.rle)],
    });
    for (const file of [rle, otherMeta, ctInstance()]) {
      assertEquals((await post(archive, [file])).status, 200);
    }
    const otherFrame = ctInstance({
      transferSyntaxUID: SYNTAX.rle,
      pixels: [new Uint8Array(16).fill(9)],
    });
    assertEquals((await post(archive, [otherFrame])).failed, [[INSTANCE, "0111"]]);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

Deno.test("POST /studies: replaces other content where the archive says so", () =>
  withArchive(async (archive) => {
    await post(archive, [ctInstance()]);
    const other = ctInstance({ patientName: "Doe^John" });
    const answer = await post(archive, [other]);
    assertEquals([answer.status, answer.stored], [200, [INSTANCE]]);
    const [row, ...more] = await archive.rows();
    assertEquals(more, []);
    assertEquals(await bytesOf(archive, row!.blobKey), other);
    // What was acknowledged first is kept for the grace period.
    assertEquals((await archive.blobKeys()).length, 2);
  }, { conflict: "replace" }));

Deno.test("POST /studies: takes the place of an equal instance whose bytes are lost, and of no other", () =>
  withArchive(async (archive) => {
    await post(archive, [ctInstance()]);
    const [row] = await archive.rows();
    for (const lose of [Deno.remove, (path: string) => Deno.truncate(path, 10)]) {
      const [{ blobKey }] = await archive.rows() as [typeof row & object];
      await lose(`${archive.folder}/${blobKey}`);
      const other = await post(archive, [ctInstance({ patientName: "Doe^John" })]);
      assertEquals(other.status, 409);
      const again = await post(archive, [ctInstance()]);
      assertEquals([again.status, again.stored], [200, [INSTANCE]]);
      const [healed] = await archive.rows();
      assertEquals(await bytesOf(archive, healed!.blobKey), ctInstance());
    }
  }));

Deno.test("POST /studies: stores the same new instance once when it comes on many connections", () =>
  withArchive(async (archive) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(archive, [ctInstance()])),
    );
    assertEquals(answers.map(({ status }) => status), answers.map(() => 200));
    assertEquals((await archive.rows()).length, 1);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

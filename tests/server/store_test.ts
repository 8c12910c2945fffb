import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import type { BlobStore } from "../../server/blobs/blob_store.ts";
import { OutOfSpaceError } from "../../server/blobs/blob_store.ts";
import { BASE, multipart, type TestArchive, withArchive } from "../support/archive.ts";
import {
  buildDataSet,
  buildPart10,
  concat,
  ctElements,
  ctInstance,
  type CtOptions,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const INSTANCE = "1.2.826.0.1.3680043.10.1.3";

/** What a Store Instances Response Module says, in short. */
interface Answer {
  readonly status: number;
  readonly stored: readonly string[];
  /** SOP Instance UID, or "" for a failure without one, and the reason in hexadecimal. */
  readonly failed: readonly (readonly [string, string])[];
  readonly warnings: number;
  readonly comments: readonly string[];
}

type Item = Record<string, { Value?: (string | number)[] }>;

async function answerOf(response: Response): Promise<Answer> {
  assertEquals(response.headers.get("content-type"), "application/dicom+json");
  const module = await response.json();
  const items = (tag: string): Item[] => module[tag]?.Value ?? [];
  const first = (item: Item, tag: string) => String(item[tag]?.Value?.[0] ?? "");
  const reason = (item: Item) => Number(first(item, "00081197")).toString(16).padStart(4, "0");
  const failures = [...items("00081198"), ...items("0008119A")];
  return {
    status: response.status,
    stored: items("00081199").map((item) => first(item, "00081155")),
    failed: failures.map((item) => [first(item, "00081155"), reason(item)]),
    warnings: items("00081199").filter((item) => item["00081196"] !== undefined).length,
    comments: [...items("00081199"), ...failures].map((item) => first(item, "00000902"))
      .filter((comment) => comment !== ""),
  };
}

async function post(
  archive: TestArchive,
  bodies: readonly Uint8Array[],
  path = "/studies",
): Promise<Answer> {
  const request = multipart(bodies.map((body) => ({ body })));
  return await answerOf(await archive.fetch(path, { method: "POST", ...request }));
}

async function bytesOf(archive: TestArchive, key: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await archive.blobs.open(key)).arrayBuffer());
}

function numbered(count: number, options: CtOptions = {}): Uint8Array[] {
  return Array.from(
    { length: count },
    (_, n) => ctInstance({ ...options, sopInstanceUID: `1.2.3.${n}`, instanceNumber: n }),
  );
}

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
    assertEquals((await post(archive, [rle, otherMeta, ctInstance()])).status, 200);
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

Deno.test("POST /studies: stores the same new instance once when it comes on many connections", () =>
  withArchive(async (archive) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(archive, [ctInstance()])),
    );
    assertEquals(answers.map(({ status }) => status), answers.map(() => 200));
    assertEquals((await archive.rows()).length, 1);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

Deno.test("POST /studies/{study}: takes instances of that study only", () =>
  withArchive(async (archive) => {
    const other = ctInstance({ studyInstanceUID: "1.2.9", sopInstanceUID: "1.2.9.1" });
    const answer = await post(archive, [other, ctInstance()], `/studies/${STUDY}`);
    assertEquals(answer.status, 202);
    assertEquals([answer.stored, answer.failed], [[INSTANCE], [["1.2.9.1", "c409"]]]);
    assertEquals((await post(archive, [other], `/studies/${STUDY}`)).status, 409);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

Deno.test("POST /studies: one bad part fails alone, with a reason", () =>
  withArchive(async (archive) => {
    const without = (tag: number) => buildPart10(ctElements().filter((e) => e.tag !== tag));
    const bad: (readonly [Uint8Array, string, string])[] = [
      [without(0x0020000d), INSTANCE, "a900"],
      [without(0x0020000e), INSTANCE, "a900"],
      [without(0x00080018), "", "a900"],
      [without(0x00080016), "", "a900"],
      [ctInstance({ studyInstanceUID: "../../etc" }), INSTANCE, "a900"],
      [ctInstance({ sopInstanceUID: "1.2\\1.3" }), "", "a900"],
      [ctInstance({ sopInstanceUID: "1".repeat(200) }), "", "a900"],
      [new Uint8Array(0), "", "c000"],
      [new TextEncoder().encode("<html>not DICOM</html>".repeat(20)), "", "c000"],
      [ctInstance().slice(0, -1), "", "c000"],
      [ctInstance().slice(0, 200), "", "c000"],
      [dicomdir(), "", "0122"],
    ];
    for (const [body, uid, reason] of bad) {
      const answer = await post(archive, [body, ctInstance()]);
      assertEquals([answer.status, answer.failed], [202, [[uid, reason]]]);
      assertEquals(answer.stored, [INSTANCE]);
      assert(answer.comments.every((comment) => comment.length <= 64));
    }
    assertEquals(archive.reported, []);
    assertEquals((await archive.blobKeys()).length, 1);
  }));

function dicomdir(): Uint8Array {
  const elements = [
    value(0x00041130, "CS", "DISK"),
    sequence(0x00041220, [[value(0x00041430, "CS", "PATIENT")]]),
  ];
  return buildPart10(elements, SYNTAX.explicit, {
    meta: [
      value(0x00020002, "UI", "1.2.840.10008.1.3.10"),
      value(0x00020003, "UI", "1.2.3"),
      value(0x00020010, "UI", SYNTAX.explicit),
    ],
  });
}

Deno.test("POST /studies: warns of what is stored though it is not right", () =>
  withArchive(async (archive) => {
    const odd = buildPart10(ctElements({ sopInstanceUID: "1.2.003 " }), SYNTAX.explicit, {
      meta: [value(0x00020003, "UI", "9.9.9"), value(0x00020010, "UI", SYNTAX.explicit)],
    });
    const first = await post(archive, [odd]);
    assertEquals([first.status, first.stored, first.warnings], [202, ["1.2.003"], 1]);
    const disagreeing = ctInstance({ patientID: "PID2", sopInstanceUID: "1.2.4" });
    const second = await post(archive, [disagreeing]);
    assertEquals([second.status, second.warnings], [202, 1]);
    assertEquals(second.comments, ["Differs from its study in PatientID"]);
    assertEquals((await archive.rows()).length, 2);
  }));

Deno.test("POST /studies: keeps what was complete when the body breaks off", () =>
  withArchive(async (archive) => {
    const { headers, body } = multipart(numbered(3).map((body) => ({ body })));
    const answer = await answerOf(
      await archive.fetch("/studies", { method: "POST", headers, body: body.slice(0, -500) }),
    );
    assertEquals(answer.status, 202);
    assertEquals(answer.stored, ["1.2.3.0", "1.2.3.1"]);
    assertEquals(answer.failed, [["", "c000"]]);
    assertEquals((await archive.blobKeys()).length, 2);
  }));

Deno.test("POST /studies: answers 400 to what is broken from the start", () =>
  withArchive(async (archive) => {
    const { headers, body } = multipart([{ body: ctInstance() }]);
    const bad: RequestInit[] = [
      { headers },
      { headers, body: "" },
      { headers, body: body.slice(0, 300) },
      { headers, body: "--edge--\r\n" },
      { headers: { "Content-Type": "multipart/related; type=application/dicom" }, body },
      { headers: { "Content-Type": "multipart/related; boundary=other" }, body },
      { headers: { "Content-Type": "application/dicom" } },
    ];
    for (const init of bad) {
      const response = await archive.fetch("/studies", { method: "POST", ...init });
      assertEquals(response.status, 400);
      assertEquals(response.headers.get("content-type"), "application/problem+json");
      await response.body?.cancel();
    }
    assertEquals(await archive.blobKeys(), []);
  }));

Deno.test("POST /studies: answers 415 to media types that it does not store", () =>
  withArchive(async (archive) => {
    const types = [
      "",
      "text/plain",
      "application/json",
      "multipart/form-data; boundary=edge",
      'multipart/related; type="image/png"; boundary=edge',
    ];
    for (const type of types) {
      const response = await archive.fetch("/studies", {
        method: "POST",
        headers: type === "" ? {} : { "Content-Type": type },
        body: multipart([{ body: ctInstance() }]).body,
      });
      assertEquals(response.status, 415);
      await response.body?.cancel();
    }
    const gzip = { "Content-Type": "application/dicom", "Content-Encoding": "gzip" };
    const response = await archive.fetch("/studies", { method: "POST", headers: gzip, body: "x" });
    assertEquals(response.status, 415);
    await response.body?.cancel();
  }));

Deno.test("POST /studies: takes parts without types, and a whole without one", () =>
  withArchive(async (archive) => {
    const { body } = multipart([{ headers: {}, body: ctInstance() }]);
    for (const type of ["multipart/related; boundary=edge", 'Multipart/Related;BOUNDARY="edge"']) {
      const response = await archive.fetch("/studies", {
        method: "POST",
        headers: { "Content-Type": type },
        body,
      });
      assertEquals((await answerOf(response)).stored, [INSTANCE]);
    }
  }));

Deno.test("POST /studies: leaves nothing behind when the client goes away", () =>
  withArchive(async (archive) => {
    const { headers, body } = multipart([{ body: ctInstance({ rows: 1000, columns: 1000 }) }]);
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= 1_500_000) return controller.error(new Deno.errors.BadResource("gone"));
        controller.enqueue(body.slice(sent, sent + 65_536));
        sent += 65_536;
      },
    });
    const response = await archive.fetch("/studies", { method: "POST", headers, body: stream });
    assertEquals(response.status, 400);
    await response.body?.cancel();
    assertGreater(sent, 1_000_000);
    assertEquals(await archive.blobKeys(), []);
    assertEquals(archive.reported, []);
  }));

Deno.test("POST /studies: answers A700 where the disk is full, and goes on with the next", () => {
  let full = true;
  return withArchive(async (archive) => {
    const answer = await post(archive, numbered(2));
    assertEquals(answer.status, 202);
    assertEquals(answer.failed, [["1.2.3.0", "a700"]]);
    assertEquals(archive.reported.length, 1);
    assertEquals((await archive.blobKeys()).length, 1);
  }, {
    wrapBlobs: (blobs): BlobStore => ({
      ...blobs,
      async create(key, sizeHint) {
        const writer = await blobs.create(key, sizeHint);
        if (!full) return writer;
        full = false;
        return {
          write: (chunk) => writer.write(chunk),
          abort: () => writer.abort(),
          async commit() {
            await writer.abort();
            throw new OutOfSpaceError();
          },
        };
      },
    }),
  });
});

Deno.test("POST /studies: keeps a large header beside the blob, and what it says", () =>
  withArchive(async (archive) => {
    // Private text that does not compress makes a header of more than a megabyte.
    const noise = Array.from({ length: 30 }, (_, n) => {
      const random = crypto.getRandomValues(new Uint8Array(45_000));
      return value(0x00091010 + n, "UT", random.toBase64());
    });
    const elements = [value(0x00090010, "LO", "GANTRY TEST"), ...noise];
    assertEquals((await post(archive, [ctInstance({ elements })])).status, 200);
    const [row] = await archive.rows();
    const keys = await archive.blobKeys();
    assertEquals(keys.length, 2);
    assert(keys.every((key) => key.startsWith(row!.blobKey)));
  }));

Deno.test("POST /studies: answers for each of 5,000 parts", () =>
  withArchive(async (archive) => {
    const { headers } = multipart([]);
    let n = 0;
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (n === 5000) {
          controller.enqueue(encoder.encode("--edge--\r\n"));
          return controller.close();
        }
        const head = encoder.encode("--edge\r\n\r\n");
        controller.enqueue(concat([head, new Uint8Array(100), encoder.encode("\r\n")]));
        n++;
      },
    });
    const answer = await answerOf(
      await archive.fetch("/studies", { method: "POST", headers, body: stream }),
    );
    assertEquals([answer.status, answer.failed.length], [409, 5000]);
    assertEquals(await archive.blobKeys(), []);
  }));

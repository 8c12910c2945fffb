import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type BlobStore, OutOfSpaceError } from "../../server/blobs/blob_store.ts";
import { UnavailableError } from "../../server/unavailable.ts";
import { multipart, withArchive } from "../support/archive.ts";
import {
  buildPart10,
  concat,
  ctElements,
  ctInstance,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { answerOf, INSTANCE, numbered, post, STUDY } from "../support/store_answer.ts";

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
      [cutBeforeUIDs(), INSTANCE, "c000"],
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

/** Ends in the Study Instance UID. */
function cutBeforeUIDs(): Uint8Array {
  const whole = ctInstance();
  const text = new TextDecoder("latin1").decode(whole);
  return whole.slice(0, text.indexOf(STUDY) + 5);
}

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

Deno.test("POST /studies/{study}: answers 400 where the URL names no UID", () =>
  withArchive(async (archive) => {
    const response = await archive.fetch("/studies/1.2*", {
      method: "POST",
      ...multipart([{ body: ctInstance() }]),
    });
    assertEquals(response.status, 400);
    await response.body?.cancel();
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

/** Instances whose blobs an object store takes, until as many are committed; then it is out of reach. */
function reachableFor(commits: number) {
  let begun = 0;
  return {
    begun: () => begun,
    wrapBlobs: (blobs: BlobStore): BlobStore => ({
      ...blobs,
      async create(key, sizeHint) {
        const writer = await blobs.create(key, sizeHint);
        if (begun++ < commits) return writer;
        return {
          write: (chunk) => writer.write(chunk),
          abort: () => writer.abort(),
          async commit() {
            await writer.abort();
            throw new UnavailableError("object store");
          },
        };
      },
    }),
  };
}

Deno.test("POST /studies: answers 503 where a service is out of reach, before it read the rest", () => {
  const store = reachableFor(0);
  return withArchive(async (archive) => {
    const request = multipart(numbered(200).map((body) => ({ body })));
    const response = await archive.fetch("/studies", { method: "POST", ...request });
    assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
    const { detail } = await response.json();
    assertEquals(detail, "The object store is out of reach; try again in a moment.");
    assertLess(store.begun(), 100);
    assertEquals(await archive.blobKeys(), []);
  }, store);
});

Deno.test("POST /studies: what was stored before a service was out of reach is named", () =>
  withArchive(async (archive) => {
    const answer = await post(archive, numbered(60));
    assertEquals([answer.status, answer.stored], [202, ["1.2.3.0", "1.2.3.1"]]);
    assertEquals(new Set(answer.failed.map(([, reason]) => reason)), new Set(["a700"]));
    // The rest of the request is one failure without a name.
    assertEquals(answer.failed.at(-1), ["", "a700"]);
    assertEquals(answer.comments.at(-1), "The object store is out of reach; send it again");
    assertEquals((await archive.blobKeys()).length, 2);
  }, reachableFor(2)));

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

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { deidWithDefaults, type WrittenProfile } from "../../lib/config/deidentification.ts";
import { DEFAULT_PROFILE } from "../../lib/config/deidentification.ts";
import { text } from "../../lib/dicom/values.ts";
import { createAnonymizers } from "../../server/services/anonymizer.ts";
import { scan } from "../support/element_list.ts";
import {
  type BuiltElement,
  ctInstance,
  type CtOptions,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { bytesOf, readParts, withRetrieval } from "../support/retrieval.ts";
import { rleFrame } from "../support/rle.ts";
import { storedFrames } from "../support/stored_frames.ts";

const STUDY_UID = "1.2.826.0.1.3680043.10.1.1";
const SERIES_UID = "1.2.826.0.1.3680043.10.1.2";
const STUDY = `/studies/${STUDY_UID}`;
const SERIES = `${STUDY}/series/${SERIES_UID}`;
const instance = (uid: string) => `${SERIES}/instances/${uid}`;
const DICOM = "application/dicom";
const STORED = `${DICOM}; transfer-syntax=*`;

/** What identifies: in names, texts, private elements and in file meta information. */
const SECRETS = [
  "Originalname",
  "PATIENTNUMBER7",
  "ACC7766",
  "Secretcomment",
  "19610203",
  "Doctorname",
  STUDY_UID,
  SERIES_UID,
  "1.2.3.77",
];

function named(uid: string, options: CtOptions = {}): Uint8Array {
  return ctInstance({
    patientName: "Originalname^Jane",
    patientID: "PATIENTNUMBER7",
    sopInstanceUID: uid,
    ...options,
    elements: [
      value(0x00080050, "SH", "ACC7766"),
      value(0x00080090, "PN", "Doctorname^D"),
      value(0x00100030, "DA", "19610203"),
      value(0x00104000, "LT", "Secretcomment"),
      value(0x00090010, "LO", "ACME"),
      value(0x00091001, "LO", "Originalname again"),
      ...options.elements ?? [],
    ],
  });
}

/** Nothing of the secrets, nor of other texts, is in bytes or headers. */
function assertSilent(bytes: Uint8Array, headers: Iterable<[string, string]>, ...more: string[]) {
  const said = new TextDecoder("latin1").decode(bytes) + JSON.stringify([...headers]);
  for (const secret of [...SECRETS, ...more]) {
    assertEquals(said.includes(secret), false, secret);
  }
}

async function refused(response: Response, status: number, ...texts: string[]): Promise<void> {
  const { detail } = await response.json();
  assertEquals([response.status, detail.endsWith(".")], [status, true], detail);
  for (const each of texts) assertStringIncludes(detail, each);
  for (const secret of SECRETS) assertEquals(detail.includes(secret), false);
}

async function dataSetOf(bytes: Uint8Array) {
  return (await scan(new Uint8Array(bytes))).dataSet;
}

function profiles(written: Readonly<Record<string, WrittenProfile>>) {
  return { deidentification: deidWithDefaults({ profiles: written }) };
}

Deno.test("anonymize: leaves nothing that identifies in the bytes and the headers", async () => {
  await withRetrieval(async ({ archive, store, get, wado }) => {
    await store(named("1.2.3.77"), named("1.2.3.78", { instanceNumber: 2 }));
    const digests = (await archive.rows()).map(({ dataSetDigest }) => dataSetDigest.slice(0, 32));
    for (const path of [STUDY, SERIES, instance("1.2.3.77")]) {
      for (const value of ["true", "yes", "basic"]) {
        const response = await get(`${path}?anonymize=${value}`);
        assertEquals(response.status, 200);
        assertEquals(response.headers.get("cache-control"), "private, no-cache");
        assertEquals(response.headers.has("content-location"), false);
        const type = response.headers.get("content-type") ?? "";
        assertMatch(type, /boundary="?2\.25\.[0-9]+"?/);
        assertSilent(await response.bytes(), response.headers, "1.2.3.78", ...digests);
      }
    }
    const uri = `requestType=WADO&studyUID=${STUDY_UID}&seriesUID=${SERIES_UID}` +
      "&objectUID=1.2.3.77&contentType=application/dicom&anonymize=yes";
    for (
      const answer of [
        await get(`${instance("1.2.3.77")}?anonymize=true`, DICOM),
        await get(`${instance("1.2.3.77")}?anonymize=true`, STORED),
        await get(`${instance("1.2.3.77")}?%61nonymize=true`, DICOM),
        await wado(uri),
        await wado(`${uri}&transferSyntax=1.2.840.10008.1.2`),
      ]
    ) {
      assertEquals(answer.headers.has("content-location"), false);
      assertEquals(answer.headers.has("content-disposition"), false);
      assertSilent(await bytesOf(answer), answer.headers, ...digests);
    }
  });
});

Deno.test("anonymize: replaces UIDs alike in all instances of a study, and says what was done", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(
      named("1.2.3.77"),
      named("1.2.3.78", { instanceNumber: 2, transferSyntaxUID: SYNTAX.implicit }),
      named("1.2.3.79", { seriesInstanceUID: "1.2.3.7" }),
    );
    const parts = await readParts(await get(`${STUDY}?anonymize=true`));
    const sets = await Promise.all(parts.map(({ bytes }) => dataSetOf(bytes)));
    const all = (tag: number) => new Set(sets.map((dataSet) => text(dataSet, tag)));
    assertEquals([all(0x0020000d).size, all(0x0020000e).size, all(0x00080018).size], [1, 2, 3]);
    assertEquals([all(0x00100010).size, all(0x00100020).size], [1, 1]);
    assertEquals(all(0x00120062), new Set(["YES"]));
    for (const { headers } of parts) assertEquals(headers.has("content-location"), false);
    const anonymizer = createAnonymizers(new Uint8Array(32), deidWithDefaults())(DEFAULT_PROFILE);
    assertEquals(text(sets[0]!, 0x0020000d), anonymizer?.standIn(STUDY_UID));
    // One alone is the same as in the study.
    const uid = anonymizer?.standIn("1.2.3.77");
    const index = sets.findIndex((dataSet) => text(dataSet, 0x00080018) === uid);
    const alone = await get(`${instance("1.2.3.77")}?anonymize=true`, DICOM);
    assertEquals(await bytesOf(alone), parts[index]?.bytes);
  });
});

Deno.test("anonymize: false and no are the instance as it is, several values are refused", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77"));
    const path = instance("1.2.3.77");
    for (const query of ["", "?anonymize=false", "?anonymize=no"]) {
      assertEquals(await bytesOf(await get(path + query, DICOM)), named("1.2.3.77"));
    }
    await refused(await get(`${path}?anonymize=no&anonymize=yes`, DICOM), 400, "one value");
    await refused(await get(`${path}?anonymize=yes&anonymize=yes`, DICOM), 400, "one value");
    for (const unknown of ["", "other", "TRUE", "__proto__", "basic%20"]) {
      await refused(await get(`${path}?anonymize=${unknown}`, DICOM), 400, "anonymize=true");
    }
  });
});

Deno.test("anonymize: every other route refuses it, and so does an archive of files", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77"));
    const path = instance("1.2.3.77");
    for (
      const [resource, accept] of [
        [`${path}/metadata`, "application/dicom+json"],
        [`${SERIES}/metadata`, undefined],
        [`${STUDY}/metadata`, 'multipart/related; type="application/dicom+xml"'],
        [`${path}/frames/1`, undefined],
        [`${path}/bulkdata/7FE00010`, undefined],
        [`${path}/bulkdata`, undefined],
        [`${path}/pixeldata`, undefined],
        [`${STUDY}/pixeldata`, undefined],
        [`${path}/rendered`, undefined],
        [`${path}/frames/1/rendered`, undefined],
        [`${STUDY}/rendered`, undefined],
        [`${path}/thumbnail`, undefined],
        [`${STUDY}/thumbnail`, undefined],
        [STUDY, "application/zip"],
        [path, "application/zip"],
        [STUDY, 'multipart/related; type="application/octet-stream"'],
        [path, 'multipart/related; type="image/jpeg"'],
      ] as const
    ) {
      const response = await get(`${resource}?anonymize=true`, accept);
      await refused(response, 400, "leave out anonymize");
      const none = await get(`${resource}?anonymize=no`, accept, { method: "HEAD" });
      assertNotEquals(none.status, 400, resource);
    }
  });
});

const BURNED_IN = [value(0x00280301, "CS", "YES")];

Deno.test("anonymize: leaves out what it cannot give, and refuses where that is all", async () => {
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77"), named("1.2.3.78", { elements: BURNED_IN, instanceNumber: 2 }));
    const some = await get(`${STUDY}?anonymize=true`);
    assertEquals(some.status, 206);
    assertEquals(
      some.headers.get("warning"),
      '299 gantry.test "1 of 2 are left out: they cannot be given de-identified"',
    );
    assertEquals((await readParts(some)).length, 1);
    const why = ["Burned In Annotation is YES", "burnedIn"];
    for (const accept of [undefined, DICOM, STORED]) {
      await refused(await get(`${instance("1.2.3.78")}?anonymize=true`, accept), 406, ...why);
    }
    assertEquals((await get(instance("1.2.3.78"), DICOM)).status, 200);
  });
});

Deno.test("anonymize: never gives a damaged object, which would look sound", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(named("1.2.3.77"));
    const cut = named("1.2.3.78", { rows: 64, columns: 64 }).slice(0, -100);
    const headers = { "Content-Type": DICOM };
    const stored = await archive.fetch("/studies", {
      method: "POST",
      headers,
      body: new Uint8Array(cut),
    });
    assertEquals(stored.status, 202);
    assertEquals((await get(`${STUDY}?anonymize=true`)).status, 206);
    await refused(
      await get(`${instance("1.2.3.78")}?anonymize=true`, STORED),
      406,
      "de-identified",
    );
  });
});

/** 8 × 8 pixels, none of which is 0. */
const SAMPLES = Array.from({ length: 64 }, (_, i) => 1000 + 10 * i);
const NATIVE = new Uint8Array(Uint16Array.from(SAMPLES).buffer);
const RECTANGLE = { x: 2, y: 1, width: 3, height: 2 };
const MASKED = SAMPLES.map((sample, i) => {
  const [x, y] = [i % 8, Math.floor(i / 8)];
  return x >= 2 && x < 5 && y >= 1 && y < 3 ? 0 : sample;
});

const MASKING = profiles({
  masked: {
    options: [],
    burnedIn: [{ match: { Modality: "CT" }, mask: [RECTANGLE] }],
  },
});

async function samplesOf(file: Uint8Array, frame = 1): Promise<number[]> {
  const frames = await storedFrames(new Uint8Array(file));
  const { bytes, transferSyntaxUID } = frames!.frame(frame);
  assert([SYNTAX.explicit, SYNTAX.implicit].includes(transferSyntaxUID as never));
  return [...new Uint16Array(bytes.slice().buffer)];
}

for (
  const [name, transferSyntaxUID, pixels] of [
    ["native", SYNTAX.explicit, NATIVE],
    ["implicit", SYNTAX.implicit, NATIVE],
    ["compressed", SYNTAX.rle, rleFrame(SAMPLES)],
  ] as const
) {
  Deno.test(`anonymize: blackens the rectangle of a rule and nothing else, in ${name} pixels`, async () => {
    await withRetrieval(async ({ store, get }) => {
      const size = { rows: 8, columns: 8, frames: 2, transferSyntaxUID };
      await store(
        named("1.2.3.77", { ...size, elements: BURNED_IN, pixels: [pixels, pixels] }),
      );
      const path = `${instance("1.2.3.77")}?anonymize=masked`;
      for (const accept of [DICOM, STORED, `${DICOM}; transfer-syntax=${SYNTAX.explicit}`]) {
        const response = await get(path, accept);
        const type = response.headers.get("content-type");
        assertEquals(type, `${DICOM}; transfer-syntax=${SYNTAX.explicit}`);
        const file = await bytesOf(response);
        assertSilent(file, response.headers);
        for (const frame of [1, 2]) assertEquals(await samplesOf(file, frame), MASKED);
      }
      // Compressed anew, and decoded by a retrieval of its own.
      for (const uid of [SYNTAX.rle, SYNTAX.jpeg2000Lossless, "1.2.840.10008.1.2.4.80"]) {
        const file = await bytesOf(await get(path, `${DICOM}; transfer-syntax=${uid}`));
        assertSilent(file, []);
        await withRetrieval(async ({ archive, store, get }) => {
          await store(file);
          const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, TransferSyntaxUID } =
            (await archive.rows())[0]!;
          assertEquals(TransferSyntaxUID, uid);
          const at = `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/` +
            SOPInstanceUID;
          const decoded = await bytesOf(
            await get(at, `${DICOM}; transfer-syntax=${SYNTAX.explicit}`),
          );
          for (const frame of [1, 2]) assertEquals(await samplesOf(decoded, frame), MASKED);
        });
      }
    }, MASKING);
  });
}

Deno.test("anonymize: keeps compressed pixels as they are where there is nothing to blacken", async () => {
  await withRetrieval(async ({ store, get }) => {
    const options = { rows: 8, columns: 8, transferSyntaxUID: SYNTAX.rle };
    await store(named("1.2.3.77", { ...options, pixels: [rleFrame(SAMPLES)] }));
    const response = await get(`${instance("1.2.3.77")}?anonymize=true`, STORED);
    assertEquals(
      response.headers.get("content-type"),
      `${DICOM}; transfer-syntax=${SYNTAX.rle}`,
    );
    const file = await bytesOf(response);
    assertSilent(file, response.headers);
    const frames = await storedFrames(new Uint8Array(file));
    assertEquals(frames?.frame(1).bytes, new Uint8Array(rleFrame(SAMPLES)));
    const decoded = await get(`${instance("1.2.3.77")}?anonymize=true`, DICOM);
    assertEquals(await samplesOf(await bytesOf(decoded)), SAMPLES);
  });
});

Deno.test("anonymize: names a lossy image by what only this installation can compute", async () => {
  const eight: BuiltElement[] = [
    value(0x00280100, "US", [8]),
    value(0x00280101, "US", [8]),
    value(0x00280102, "US", [7]),
  ];
  const pixels = [Uint8Array.from({ length: 64 }, (_, i) => 3 * i)];
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77", { rows: 8, columns: 8, pixels, elements: eight }));
    const path = instance("1.2.3.77");
    const accept = `${DICOM}; transfer-syntax=${SYNTAX.jpegBaseline}`;
    const uidOf = async (query: string) => {
      const response = await get(path + query, accept);
      assertEquals(response.headers.get("content-type"), accept);
      const file = await bytesOf(response);
      if (query !== "") assertSilent(file, response.headers);
      return text(await dataSetOf(file), 0x00080018);
    };
    const [plain, anonymous] = [await uidOf(""), await uidOf("?anonymize=true")];
    assertNotEquals(anonymous, plain);
    assertEquals(await uidOf("?anonymize=true"), anonymous);
  });
});

Deno.test("anonymize: keeps UIDs where a profile says so, and names nothing else", async () => {
  const options = profiles({ trial: { options: ["retain-uids"], patientNames: "empty" } });
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77"));
    const response = await get(`${instance("1.2.3.77")}?anonymize=trial`, DICOM);
    assertEquals(response.headers.has("content-location"), false);
    const file = await bytesOf(response);
    const dataSet = await dataSetOf(file);
    assertEquals(
      [0x0020000d, 0x0020000e, 0x00080018].map((tag) => text(dataSet, tag)),
      [STUDY_UID, SERIES_UID, "1.2.3.77"],
    );
    assertEquals(text(dataSet, 0x00100010) ?? "", "");
    const said = new TextDecoder("latin1").decode(file);
    for (const secret of SECRETS.slice(0, 6)) assertEquals(said.includes(secret), false, secret);
  }, options);
});

Deno.test("anonymize: has an ETag of its own, another for each profile", async () => {
  const options = profiles({
    first: { options: [], key: "shared" },
    second: { options: ["retain-full-dates"], key: "shared" },
    third: { options: [] },
  });
  await withRetrieval(async ({ store, get }) => {
    await store(named("1.2.3.77"));
    const path = instance("1.2.3.77");
    const tags = [];
    for (
      const query of [
        "",
        "?anonymize=true",
        ...["first", "second", "third"].map((name) => `?anonymize=${name}`),
      ]
    ) {
      const head = await get(path + query, DICOM, { method: "HEAD" });
      tags.push(head.headers.get("etag"));
      const headers = { "If-None-Match": head.headers.get("etag")! };
      assertEquals((await get(path + query, DICOM, { headers })).status, 304);
    }
    assertEquals(new Set(tags).size, tags.length);
  }, options);
});

Deno.test("anonymize: tells of what is unknown and deleted as ever", async () => {
  await withRetrieval(async ({ archive, store, get }) => {
    await store(named("1.2.3.77"));
    await refused(await get(`${instance("1.2.9")}?anonymize=true`), 404, "no such instance");
    await archive.index.remove("default", { StudyInstanceUID: STUDY_UID }, 1);
    await refused(await get(`${instance("1.2.3.77")}?anonymize=true`), 410, "was deleted");
    await refused(await get(`${STUDY}?anonymize=true`), 410, "was deleted");
  });
});

import { assert, assertEquals, assertLess } from "@std/assert";
import { multipart, type TestPart } from "../support/archive.ts";
import {
  buildDataSet,
  buildPart10,
  type BuiltElement,
  concat,
  ctElements,
  ctInstance,
  header,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";
import { largestMemoryOf } from "../support/process_memory.ts";
import { type Attacked, statusOf, UIDS, withAttacked, WITNESS } from "../support/unharmed.ts";

type Body = Uint8Array<ArrayBuffer> | string;

/** A request that must be refused: its name, headers, body, and the status of the answer. */
type Case = readonly [name: string, headers: Record<string, string>, body: Body, status: number];

const STUDIES = "/studies";
const TYPE = 'multipart/related; type="application/dicom"; boundary=edge';
const NEW = ctInstance({ sopInstanceUID: "1.2.9" });

/** Sends each, and looks after each whether the server is as it was. */
async function refuseAll(server: Attacked, cases: readonly Case[], path = STUDIES): Promise<void> {
  // Not a proxy before it, which refuses some paths itself.
  const root = `${server.instances[0].url}/dicomweb`;
  for (const [name, headers, body, status] of cases) {
    const response = await fetch(root + path, { method: "POST", headers, body });
    const answer = await response.text();
    assertEquals(response.status, status, `${name}: ${answer}`);
    assertIsClear(answer, name);
    await server.assertUnharmed(name);
  }
}

/** It says what is wrong, to people: a sentence of a problem, or the comment of each failure. */
function assertIsClear(answer: string, name: string): void {
  const said = JSON.parse(answer);
  const failures = [...said["00081198"]?.Value ?? [], ...said["0008119A"]?.Value ?? []];
  const sentences = "detail" in said
    ? [said.detail]
    : failures.map((failure) => failure["00000902"].Value[0]);
  assert(sentences.length > 0, name);
  for (const sentence of sentences) assert(sentence.length > 10, `${name}: ${answer}`);
}

function asParts(
  type: string | undefined,
  ...parts: TestPart[]
): readonly [Record<string, string>, Body] {
  const { headers, body } = multipart(parts, type);
  return [headers, body];
}

const asPart = (file: Uint8Array) => asParts("application/dicom", { body: file });
const asJson = (text: string) => asParts("application/dicom+json", { body: text });
const asXml = (text: string) => asParts("application/dicom+xml", { body: text });

Deno.test("POST /studies: refuses bodies that are no multipart of DICOM files", () =>
  withAttacked(async (server) => {
    const [headers, body] = asPart(NEW) as [Record<string, string>, Uint8Array<ArrayBuffer>];
    await refuseAll(server, [
      ["truncated in a part", headers, body.slice(0, 700), 400],
      ["truncated in a delimiter", headers, body.slice(0, -4), 400],
      ["truncated in the head of a part", headers, body.slice(0, 20), 400],
      ["another boundary", { "Content-Type": TYPE.replace("edge", "brink") }, body, 400],
      ["no boundary", { "Content-Type": 'multipart/related; type="application/dicom"' }, body, 400],
      ["an endless boundary", { "Content-Type": TYPE + "x".repeat(2000) }, body, 413],
      ["no Content-Type", { "Content-Type": "" }, body, 415],
      ["another Content-Type", { "Content-Type": "text/html" }, body, 415],
      ["another type of parts", ...asParts("image/png", { body: "x" }), 415],
      ["a Content-Encoding", { ...headers, "Content-Encoding": "gzip" }, body, 415],
      ["an empty body", headers, "", 400],
      ["no part", headers, "--edge--\r\n", 400],
      ["only a preamble", headers, "x".repeat(1e6), 400],
      ["an empty part", ...asPart(new Uint8Array(0)), 409],
      ["a part that is not DICOM", ...asPart(new Uint8Array(100_000).fill(60)), 409],
      ["no type and a part that is not DICOM", ...asParts(undefined, { body: "<html>" }), 409],
      ["a file cut short in its header", ...asPart(NEW.slice(0, 500)), 409],
      ["only a preamble of a file", ...asPart(NEW.slice(0, 132)), 409],
      ["head of a part without an end", headers, `--edge\r\nA: ${"x".repeat(1e6)}`, 413],
      ["head of a part without a name", headers, "--edge\r\nx\r\n\r\n\r\n--edge--\r\n", 400],
      ["a body of another type", { "Content-Type": "application/dicom" }, "no DICOM", 409],
    ]);
    const [typeless, same] = asParts(undefined, { body: WITNESS });
    const init = { method: "POST", headers: typeless, body: same };
    assertEquals(await statusOf(fetch(`${server.dicomweb}/studies`, init)), 200, "missing type");
  }));

Deno.test("POST /studies/{study}: refuses instances of other studies", () =>
  withAttacked(async (server) => {
    await refuseAll(server, [["another study", ...asPart(NEW), 409]], "/studies/1.2.3");
    for (const study of ["..%2f..%2fetc", "'%20OR%201=1", "1".repeat(129), "%00"]) {
      await refuseAll(server, [["no UID", ...asPart(NEW), 400]], `/studies/${study}`);
    }
  }));

const BEFORE_PIXELS = ctElements({ sopInstanceUID: "1.2.9" }).filter(isBeforePixels);
const ABSURD_LENGTHS = [0x7fffffff, 0xfffffffe];

function item(length: number): Uint8Array {
  return header(0xfffee000, "", length, { explicit: false, little: true });
}

Deno.test("server: believes no absurd length, whether it stores the rest or refuses it", () =>
  withAttacked(async (server) => {
    const bytes = new Uint8Array(1000);
    let number = 0;
    for (const length of ABSURD_LENGTHS) {
      const ends: readonly (readonly [string, ...Uint8Array[]])[] = [
        [SYNTAX.explicit, header(0x7fe00010, "OW", length), bytes],
        [SYNTAX.explicit, header(0x00400280, "UT", length), bytes],
        [SYNTAX.explicit, header(0x00991001, "UN", length), bytes],
        [SYNTAX.explicit, header(0x00400275, "SQ", length), item(length), bytes],
        [SYNTAX.explicit, header(0x00400275, "SQ", 0xffffffff), item(length), bytes],
        [SYNTAX.rle, header(0x7fe00010, "OB", 0xffffffff), item(length), bytes],
        [SYNTAX.rle, header(0x7fe00010, "OB", 0xffffffff), item(0), item(length), bytes],
      ];
      for (const [syntax, ...end] of ends) {
        const uid = `1.2.9.${number++}`;
        const start = ctElements({ sopInstanceUID: uid }).filter(isBeforePixels);
        const [headers, body] = asPart(concat([buildPart10(start, syntax), ...end]));
        const init = { method: "POST", headers, body };
        const response = await fetch(server.dicomweb + STUDIES, init);
        const answer = await response.text();
        if (response.status === 202) server.expectStored(1);
        else assertIsClear(answer, uid);
        const series = `${server.dicomweb}/studies/${UIDS.study}/series/${UIDS.series}`;
        for (const path of PATHS_OF_INSTANCE) {
          const status = await statusOf(fetch(`${series}/instances/${uid}${path}`));
          assert(status < 500, `${status} for ${path} of instance ${uid}`);
        }
        await server.assertUnharmed(uid);
      }
    }
    assertLess((await largestMemoryOf(server.instances)).peak, 300e6);
  }));

function isBeforePixels({ tag }: BuiltElement): boolean {
  return tag < 0x7fe00010;
}

const PATHS_OF_INSTANCE = [
  "",
  "/metadata",
  "/frames/1",
  "/frames/1,2",
  "/pixeldata",
  "/bulkdata",
  "/bulkdata/7FE00010",
  "/bulkdata/00400280",
  "/bulkdata/00991001",
];

Deno.test("POST /studies: refuses absurd lengths before the UIDs of an instance", () =>
  withAttacked(async (server) => {
    const before = (...parts: Uint8Array[]) =>
      asPart(concat([buildPart10([]), ...parts, new Uint8Array(1000)]));
    await refuseAll(server, [
      ...ABSURD_LENGTHS.flatMap((length): Case[] => [
        ["text", ...before(header(0x00080001, "UT", length)), 409],
        ["sequence", ...before(header(0x00080006, "SQ", length), item(length)), 409],
        ["item", ...before(header(0x00080006, "SQ", 0xffffffff), item(length)), 409],
        ["meta information", ...before(header(0x00020102, "OB", length)), 409],
      ]),
      ["text of undefined length", ...before(header(0x00080001, "UT", 0xffffffff)), 409],
    ]);
    assertLess((await largestMemoryOf(server.instances)).peak, 300e6);
  }));

Deno.test("POST /studies: refuses nesting bombs", () =>
  withAttacked(async (server) => {
    const nested = (depth: number, options: Parameters<typeof sequence>[2]) => {
      let items: BuiltElement[] = [];
      for (let i = 0; i < depth; i++) items = [sequence(0x00400275, [items], options)];
      return asPart(buildPart10([...ctElements({ sopInstanceUID: "1.2.9" }), ...items]
        .sort((a, b) => a.tag - b.tag)));
    };
    const open = concat([
      header(0x00400275, "SQ", 0xffffffff),
      header(0xfffee000, "", 0xffffffff, { explicit: false, little: true }),
    ]);
    const bottomless = new Uint8Array(open.length * 200_000);
    for (let at = 0; at < bottomless.length; at += open.length) bottomless.set(open, at);
    const start = buildPart10(BEFORE_PIXELS);
    const object = '{"00400275":{"vr":"SQ","Value":[';
    const attribute = '<DicomAttribute tag="00400275" vr="SQ"><Item number="1">';
    const laughs =
      '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><NativeDicomModel>&b;</NativeDicomModel>';
    await refuseAll(server, [
      ["sequences of defined length", ...nested(100, { length: "defined" }), 409],
      ["sequences of undefined length", ...nested(100, {}), 409],
      ["unknown sequences", ...nested(100, { vr: "UN" }), 409],
      ["sequences that do not end", ...asPart(concat([start, bottomless])), 409],
      ["JSON that does not end", ...asJson("[".repeat(1e6)), 400],
      ["JSON of arrays", ...asJson("[".repeat(1e5) + "]".repeat(1e5)), 409],
      ["JSON of sequences", ...asJson(object.repeat(1e4) + "{}" + "]}}".repeat(1e4)), 409],
      [
        "XML of sequences",
        ...asXml(
          `<NativeDicomModel>${attribute.repeat(1e4)}${
            "</Item></DicomAttribute>".repeat(1e4)
          }</NativeDicomModel>`,
        ),
        409,
      ],
      ["XML that does not end", ...asXml("<a>".repeat(1e6)), 409],
      ["XML with entities", ...asXml(laughs), 409],
    ]);
  }));

Deno.test("POST /studies: refuses deflated data sets whose header bursts, and answers meanwhile", () =>
  withAttacked(async (server) => {
    // A private block has room for 255 elements.
    const many = concat(
      Array.from({ length: 200_000 }, (_, n) =>
        buildDataSet([
          value(0x00990000 + 0x20000 * (n % 100) + 0x1000 + n % 240, "LO", "x".repeat(64)),
        ])),
    );
    const meta = buildPart10(BEFORE_PIXELS, SYNTAX.deflated);
    const dataSet = concat([buildDataSet(BEFORE_PIXELS), ...Array.from({ length: 8 }, () => many)]);
    const deflated = await new Response(
      new Blob([dataSet as BlobPart]).stream().pipeThrough(new CompressionStream("deflate-raw")),
    ).bytes();
    const head = meta.slice(0, meta.length - buildDataSet(BEFORE_PIXELS, SYNTAX.deflated).length);
    const [headers, body] = asPart(concat([head, deflated]));
    const refused = fetch(`${server.dicomweb}/studies`, { method: "POST", headers, body });
    assertEquals(await statusOf(fetch(`${server.url}/healthz`)), 200);
    assertEquals(await statusOf(refused), 409);
    await server.assertUnharmed("deflated header");
  }));

Deno.test("POST /studies: takes bulk data out of the request only", () =>
  withAttacked(async (server) => {
    const [canary, visited] = await listenForVisits();
    try {
      const uris = [
        "file:///etc/passwd",
        "../../../../etc/passwd",
        `http://${canary.hostname}:${canary.port}/`,
      ];
      await refuseAll(server, uris.map((uri): Case => [uri, ...asJson(metadataWith(uri)), 409]));
      assertEquals(visited(), false);
    } finally {
      canary.close();
    }
  }));

async function listenForVisits(): Promise<[Deno.NetAddr & { close(): void }, () => boolean]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let visited = false;
  listener.accept().then((connection) => {
    visited = true;
    connection.close();
  }, () => {});
  return await Promise.resolve([
    { ...listener.addr, close: () => listener.close() },
    () => visited,
  ]);
}

function metadataWith(uri: string): string {
  const text = (vr: string, ...values: (string | number)[]) => ({ vr, Value: values });
  return JSON.stringify([{
    "00080016": text("UI", "1.2.840.10008.5.1.4.1.1.2"),
    "00080018": text("UI", "1.2.9"),
    "0020000D": text("UI", "1.2.9.1"),
    "0020000E": text("UI", "1.2.9.2"),
    "00280002": text("US", 1),
    "00280004": text("CS", "MONOCHROME2"),
    "00280010": text("US", 4),
    "00280011": text("US", 4),
    "00280100": text("US", 16),
    "7FE00010": { vr: "OW", BulkDataURI: uri },
  }]);
}

Deno.test("POST /studies: answers for each of 100,000 parts, and refuses more", () =>
  withAttacked(async (server) => {
    const part = "--edge\r\n\r\n\r\n";
    const headers = { "Content-Type": TYPE };
    for (const [count, status] of [[100_000, 409], [100_001, 413]] as const) {
      const body = part.repeat(count) + "--edge--\r\n";
      const response = await fetch(`${server.dicomweb}/studies`, { method: "POST", headers, body });
      assertEquals(response.status, status);
      const answer = await response.json();
      if (status === 409) assertEquals(answer["0008119A"].Value.length, count);
      await server.assertUnharmed(`${count} parts`);
    }
  }));

Deno.test("POST /studies: refuses metadata beyond its limit", () =>
  withAttacked(async (server) => {
    const long = JSON.stringify([{ "00400280": { vr: "ST", Value: ["x".repeat(65 * 2 ** 20)] } }]);
    await refuseAll(server, [["metadata of 65 MiB", ...asJson(long), 413]]);
  }));

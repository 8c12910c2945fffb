/**
 * Damaged and hostile pixels against a server process: each is an error of its own request, within
 * the limit of a frame, and the next good one is right.
 * @module
 */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { newChance } from "../support/chance.ts";
import { ctInstance, fragments, SYNTAX, value } from "../support/part10_builder.ts";
import { largestMemoryOf } from "../support/process_memory.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";
const PATIENT = "Hostile^Pixels";
const SIDE = 64;

/** Milliseconds that a request may take: those of one frame, and some for those before it. */
const PATIENCE = 35_000;
/** Bytes of memory that the server and its workers may have had at most. */
const MEMORY = 1_500_000_000;

const DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1";
const ENCODED = {
  jpegBaseline: SYNTAX.jpegBaseline,
  jpegLossless: "1.2.840.10008.1.2.4.70",
  jpegLs: "1.2.840.10008.1.2.4.80",
  jpeg2000: SYNTAX.jpeg2000Lossless,
  htj2k: "1.2.840.10008.1.2.4.201",
  rle: SYNTAX.rle,
} as const;
type Encoding = keyof typeof ENCODED;
const ENCODINGS = Object.keys(ENCODED) as Encoding[];

/** A frame that must not be shown; `mayDecode`: a flip can leave one that looks sound. */
interface Case {
  readonly name: string;
  readonly syntax: string;
  readonly pixels: readonly Uint8Array[];
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number;
  readonly offsetTable?: readonly number[];
  readonly mayDecode?: boolean;
}

const eightBits = [
  value(0x00280100, "US", [8]),
  value(0x00280101, "US", [8]),
  value(0x00280102, "US", [7]),
];

/** 8-bit pixels, since every syntax can hold those. */
function instance(uid: string, each: Case): Uint8Array {
  const { syntax, pixels, rows = SIDE, columns = SIDE, frames, offsetTable = [] } = each;
  const isNative = syntax === SYNTAX.explicit;
  return ctInstance({
    sopInstanceUID: uid,
    patientName: PATIENT,
    transferSyntaxUID: syntax,
    rows,
    columns,
    ...(frames === undefined ? {} : { frames }),
    pixels,
    elements: [...eightBits, ...(isNative ? [] : [fragments(pixels.map(even), { offsetTable })])],
  });
}

function even(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0);
}

/** Noise with some order in it, so that no encoder makes it small. */
const GOOD = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i * i * 7 + (i >> 3)) & 0xff);

function pathOf(uid: string): string {
  return `/studies/${STUDY}/series/${SERIES}/instances/${uid}`;
}

Deno.test("server: damaged and hostile pixels fail alone, in time and without a word of the patient", async () => {
  const server = await startServer();
  try {
    const good = { name: "good", syntax: SYNTAX.explicit, pixels: [GOOD] };
    await store(server, instance("1.2.1", good));
    const streams = await encodedStreams(server);
    const cases = [...damaged(streams), ...misfit(streams), ...bombs(streams)];
    const wrong: string[] = [];
    for (const [index, each] of cases.entries()) {
      const uid = `1.2.9.${index}`;
      await store(server, instance(uid, each));
      const asked = REQUESTS.map((request) => ask(server, uid, each, request));
      for (const found of await Promise.allSettled(asked)) {
        if (found.status === "rejected") wrong.push(found.reason.message);
      }
      await assertGood(server);
    }
    assertEquals(wrong, []);
    assertLess((await largestMemoryOf(server.instances)).peak, MEMORY);
    assertEquals(/"level":"error"/.test(server.log()), false, server.log());
    assertEquals(server.log().includes("Hostile"), false);
  } finally {
    await server.stop();
  }
});

async function store(server: ServerProcess, file: Uint8Array): Promise<void> {
  const response = await stow(server.dicomweb, [new Uint8Array(file)]);
  await response.body?.cancel();
  assert(response.status === 200 || response.status === 202, `${response.status}`);
}

/** The good frame as the server encodes it. */
async function encodedStreams(server: ServerProcess): Promise<Record<Encoding, Uint8Array>> {
  const types: Record<Encoding, string> = {
    jpegBaseline: "image/jpeg",
    jpegLossless: "image/jpeg",
    jpegLs: "image/jls",
    jpeg2000: "image/jp2",
    htj2k: "image/jphc",
    rle: "image/dicom-rle",
  };
  const entries = ENCODINGS.map(async (encoding) => {
    const Accept = `${types[encoding]}; transfer-syntax=${ENCODED[encoding]}`;
    const response = await fetch(`${server.dicomweb}${pathOf("1.2.1")}/frames/1`, {
      headers: { Accept },
    });
    assertEquals(response.status, 200, encoding);
    return [encoding, await response.bytes()] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Encoding, Uint8Array>;
}

type Streams = Readonly<Record<Encoding, Uint8Array>>;

function damaged(streams: Streams): Case[] {
  const chance = newChance();
  return ENCODINGS.flatMap((encoding) => {
    const syntax = ENCODED[encoding];
    const stream = streams[encoding];
    const of = (name: string, bytes: Uint8Array): Case => (
      { name: `${encoding}, ${name}`, syntax, pixels: [bytes] }
    );
    const flipped = Array.from({ length: 6 }, (_, round): Case => {
      const bytes = stream.slice();
      for (let i = 0; i <= round; i++) {
        // Half of them in the headers.
        const at = chance.below(round % 2 === 0 ? Math.min(200, bytes.length) : bytes.length);
        bytes[at]! ^= 1 << chance.below(8);
      }
      return { ...of(`flipped ${round}`, bytes), mayDecode: true };
    });
    return [
      of("half of it", stream.slice(0, stream.length >> 1)),
      of("its first bytes", stream.slice(0, 20)),
      of("nothing", new Uint8Array(0)),
      of("only ones", new Uint8Array(stream.length).fill(0xff)),
      of("only zeros", new Uint8Array(stream.length)),
      ...flipped,
    ];
  });
}

/** Streams that are sound, under data sets that say otherwise. */
function misfit(streams: Streams): Case[] {
  return ENCODINGS.flatMap((encoding, index) => {
    const syntax = ENCODED[encoding];
    const stream = streams[encoding];
    const other = streams[ENCODINGS[(index + 2) % ENCODINGS.length]!];
    const named = (name: string, more: Partial<Case>): Case => (
      { name: `${encoding}, ${name}`, syntax, pixels: [stream], ...more }
    );
    return [
      // RLE does not say its size, and what is too long may be padding.
      named("fewer rows", { rows: 32, mayDecode: encoding === "rle" }),
      named("more columns", { columns: 200 }),
      named("65,535 rows and columns", { rows: 65_535, columns: 65_535 }),
      named("no rows", { rows: 0 }),
      named("the stream of another syntax", { pixels: [other] }),
      named("an offset table that points elsewhere", {
        frames: 2,
        pixels: [stream, stream.slice(0, 10)],
        offsetTable: [0xfffffff0, 0x7fffffff],
        mayDecode: true,
      }),
      named("frames that are not there", { frames: 1000, mayDecode: true }),
    ];
  });
}

/** Little that claims to be, or becomes, very much. */
function bombs({ jpeg2000, htj2k, jpegBaseline, jpegLs }: Streams): Case[] {
  const huge = { rows: 60_000, columns: 60_000 };
  const patched = (stream: Uint8Array, at: number, ...words: readonly number[]) => {
    const bytes = stream.slice();
    const view = new DataView(bytes.buffer);
    words.forEach((word, i) => view.setUint32(at + 4 * i, word));
    return bytes;
  };
  const frameHeader = (stream: Uint8Array, marker: number) => {
    const bytes = stream.slice();
    const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker);
    const view = new DataView(bytes.buffer);
    view.setUint16(at + 5, huge.rows);
    view.setUint16(at + 7, huge.columns);
    return bytes;
  };
  const zeros = new Uint8Array(deflateRawSync(new Uint8Array(256 * 1024 * 1024), { level: 1 }));
  const runs = new Uint8Array(64 + 400_000);
  runs.set([1, 0, 0, 0, 64]);
  for (let at = 64; at < runs.length; at += 2) runs[at] = 0x81;
  return [
    // Xsiz and Ysiz, and as large a tile.
    ...([["jpeg2000", jpeg2000], ["htj2k", htj2k]] as const).flatMap(([encoding, stream]) => [
      {
        name: `${encoding}, a canvas of 60,000 × 60,000 in one tile`,
        syntax: ENCODED[encoding],
        pixels: [patched(stream, 8, 60_000, 60_000, 0, 0, 60_000, 60_000)],
        ...huge,
      },
      {
        name: `${encoding}, a canvas in tiles of one pixel`,
        syntax: ENCODED[encoding],
        pixels: [patched(stream, 8, SIDE, SIDE, 0, 0, 1, 1)],
      },
      {
        name: `${encoding}, a small part of a giant canvas`,
        syntax: ENCODED[encoding],
        pixels: [patched(stream, 8, 0xffffffff, 0xffffffff, 0xffffffff - SIDE, 0xffffffff - SIDE)],
      },
    ]),
    {
      name: "jpegBaseline, a huge frame",
      syntax: ENCODED.jpegBaseline,
      pixels: [frameHeader(jpegBaseline, 0xc0)],
      ...huge,
    },
    {
      name: "jpegLs, a huge frame",
      syntax: ENCODED.jpegLs,
      pixels: [frameHeader(jpegLs, 0xf7)],
      ...huge,
    },
    { name: "a frame that inflates to 256 MiB", syntax: DEFLATED_FRAMES, pixels: [zeros] },
    { name: "a huge deflated frame", syntax: DEFLATED_FRAMES, pixels: [zeros], ...huge },
    {
      name: "runs of 25 MB for a small frame",
      syntax: SYNTAX.rle,
      pixels: [runs],
      mayDecode: true,
    },
    { name: "runs for a huge frame", syntax: SYNTAX.rle, pixels: [runs], ...huge },
    {
      name: "native pixels that are not there",
      syntax: SYNTAX.explicit,
      pixels: [GOOD],
      rows: 65_535,
      columns: 65_535,
    },
  ];
}

/** Every way in which pixels are worked on. */
const REQUESTS: readonly (readonly [path: string, accept: string])[] = [
  ["/frames/1", "application/octet-stream"],
  ["/frames/1", `image/jls; transfer-syntax=${ENCODED.jpegLs}`],
  [
    "/frames/1",
    'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1',
  ],
  ["", `application/dicom; transfer-syntax=${SYNTAX.explicit}`],
  ["", `application/dicom; transfer-syntax=${ENCODED.jpeg2000}`],
  ["?anonymize=true", `application/dicom; transfer-syntax=${ENCODED.rle}`],
  ["/rendered", "image/jpeg"],
  ["/rendered?window=100,100,linear&viewport=32,32", "image/png"],
  ["/rendered", "image/gif"],
  ["/thumbnail", "image/jpeg"],
];

/** Of answers: names of files and functions, values of the data set. */
const NEVER_SAID = /\.ts\b|\.wasm\b|\bat \w+|Hostile|1\.2\.826|memory access|unreachable/;

async function ask(
  { dicomweb }: ServerProcess,
  uid: string,
  { name, syntax, mayDecode = false }: Case,
  [path, Accept]: (typeof REQUESTS)[number],
): Promise<void> {
  const what = `${name}: ${path} as ${Accept}`;
  const started = performance.now();
  const response = await fetch(dicomweb + pathOf(uid) + path, { headers: { Accept } });
  // What has been begun and cannot be ended is broken off.
  const body = await response.bytes().catch(() => undefined);
  assertLess(performance.now() - started, PATIENCE, what);
  // Nobody asked for anything else than what is stored.
  if (Accept.endsWith(syntax)) return;
  if (response.status === 200) {
    assert(mayDecode || body === undefined, `${what}: was given`);
    return;
  }
  const text = new TextDecoder().decode(body);
  assert([400, 404, 406].includes(response.status), `${what}: ${response.status} ${text}`);
  const { detail } = JSON.parse(text);
  assertMatch(detail, /\.$/, what);
  assertEquals(NEVER_SAID.test(detail), false, `${what}: ${detail}`);
}

/** The next request is right, whichever worker it meets. */
async function assertGood({ dicomweb }: ServerProcess): Promise<void> {
  const url = `${dicomweb}${pathOf("1.2.1")}`;
  const answers = await Promise.all(
    ENCODINGS.slice(3).map((encoding) =>
      fetch(url, { headers: { Accept: `application/dicom; transfer-syntax=${ENCODED[encoding]}` } })
    ),
  );
  for (const answer of answers) {
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
  }
  const native = await fetch(`${url}/frames/1`, {
    headers: { Accept: "application/octet-stream" },
  });
  assertEquals(await native.bytes(), GOOD);
}

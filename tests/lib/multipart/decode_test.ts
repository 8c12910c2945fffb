/** Multipart bodies, well formed, cut anywhere, and hostile. @module */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import {
  boundaryOf,
  decodeMultipart,
  MAX_AROUND_BYTES,
  MAX_PARTS,
} from "../../../lib/multipart/decode.ts";
import { createDelimiter, MAX_BOUNDARY_LENGTH } from "../../../lib/multipart/delimiter.ts";
import { closeDelimiter, multipartLength, partHead } from "../../../lib/multipart/encode.ts";
import { MAX_PART_HEAD_BYTES, MAX_PART_HEADERS } from "../../../lib/multipart/part_head.ts";
import { parseMediaType } from "../../../lib/multipart/media_type.ts";

/** Latin-1, so that every byte is one character in the vectors. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function latin1(chunks: readonly Uint8Array[]): string {
  return chunks.flatMap((chunk) => Array.from(chunk, (byte) => String.fromCharCode(byte))).join("");
}

async function* chunksOf(data: Uint8Array, ...cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts, data.length]) {
    yield await Promise.resolve(data.subarray(start, cut));
    start = cut;
  }
}

type Decoded = [headers: Record<string, string>, body: string];

async function decode(body: AsyncIterable<Uint8Array>, boundary = "B"): Promise<Decoded[]> {
  const parts: Decoded[] = [];
  for await (const part of decodeMultipart(body, boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    parts.push([Object.fromEntries(part.headers), latin1(chunks)]);
  }
  return parts;
}

interface Vector {
  readonly what: string;
  readonly body: string;
  readonly parts: readonly Decoded[];
}

const VECTORS: readonly Vector[] = [
  {
    what: "two parts with headers",
    body: "--B\r\nContent-Type: application/dicom\r\nContent-Location: /a\r\n\r\none\r\n" +
      "--B\r\nCONTENT-TYPE:text/plain  \r\n\r\ntwo\r\n--B--\r\n",
    parts: [
      [{ "content-type": "application/dicom", "content-location": "/a" }, "one"],
      [{ "content-type": "text/plain" }, "two"],
    ],
  },
  {
    what: "preamble, epilogue, white space after the boundary, no line end after the last",
    body: "preamble\r\n--B \t\r\n\r\none\r\n--B  \r\n\r\ntwo\r\n--B-- \r\n--B\r\nepilogue",
    parts: [[{}, "one"], [{}, "two"]],
  },
  { what: "no part", body: "--B--", parts: [] },
  { what: "no part after an empty line", body: "\r\n--B--\r\n", parts: [] },
  {
    what: "empty bodies",
    body: "--B\r\n\r\n\r\n--B\r\nA: 1\r\n\r\n--B--",
    parts: [[{}, ""], [{ a: "1" }, ""]],
  },
  {
    what: "bare line feeds in the head",
    body: "--B\nA: 1\nB: 2\n\nx\r\n--B--",
    parts: [[{ a: "1", b: "2" }, "x"]],
  },
  {
    what: "folded and repeated headers",
    body: "--B\r\nA: 1\r\n\t2\r\na: 3\r\n 4\r\n\r\nx\r\n--B--",
    parts: [[{ a: "1 2" }, "x"]],
  },
  {
    what: "data that looks like a delimiter",
    body: "--B\r\n\r\n--b\r\n--Bx\r\n--\r\n-\r\r\n--B\r\r\n--B-x\n--B\r\n--B --\r\n--B--",
    parts: [[{}, "--b\r\n--Bx\r\n--\r\n-\r\r\n--B\r\r\n--B-x\n--B\r\n--B --"]],
  },
  {
    what: "a nested message whose boundary begins with ours",
    body: "--B\r\nA: 1\r\n\r\n--B2\r\n\r\ninner\r\n--B2--\r\n\r\n--B--",
    parts: [[{ a: "1" }, "--B2\r\n\r\ninner\r\n--B2--\r\n"]],
  },
  {
    what: "line ends at the ends of a body",
    body: "--B\r\n\r\n\r\n\r\nx\r\n\r\n\r\n--B--",
    parts: [[{}, "\r\n\r\nx\r\n\r\n"]],
  },
  {
    what: "no empty line in front of a body that begins with dashes",
    body: "--B\r\n\r\n--\r\n--B--",
    parts: [[{}, "--"]],
  },
];

Deno.test("decodeMultipart: decodes each vector, cut in two anywhere", async () => {
  for (const { what, body, parts } of VECTORS) {
    const data = bytes(body);
    for (let cut = 0; cut <= data.length; cut++) {
      assertEquals(await decode(chunksOf(data, cut)), [...parts], `${what}, cut at ${cut}`);
    }
  }
});

Deno.test("decodeMultipart: decodes each vector byte by byte", async () => {
  for (const { what, body, parts } of VECTORS) {
    const data = bytes(body);
    assertEquals(await decode(chunksOf(data, ...data.keys())), [...parts], what);
  }
});

Deno.test("decodeMultipart: gives back what was encoded, whatever the bytes and the cuts", async () => {
  // Few letters, so that the bodies are full of what delimiters are made of.
  const body = fc.array(fc.constantFrom("\r", "\n", "-", "a", "\r\n--", "\r\n--a")).map((x) =>
    x.join("")
  );
  const boundary = fc.constantFrom("aX", "a-X", "aaaaX", "X".repeat(70));
  await fc.assert(
    fc.asyncProperty(
      boundary,
      fc.array(body),
      fc.infiniteStream(fc.nat(9)),
      async (b, bodies, steps) => {
        const heads = bodies.map((_, index) => partHead(b, { "Content-Type": "a/b" }, index === 0));
        const message = bytes(
          bodies.map((text, index) => latin1([heads[index]!]) + text).join("") +
            latin1([closeDelimiter(b)]),
        );
        assertEquals(
          message.length,
          multipartLength(b, bodies.map((text, i) => ({ head: heads[i]!, length: text.length }))),
        );
        const cuts: number[] = [];
        for (const step of steps) {
          const cut = (cuts.at(-1) ?? 0) + step;
          if (cut >= message.length || cuts.length > 5_000) break;
          cuts.push(cut);
        }
        assertEquals(
          await decode(chunksOf(message, ...cuts), b),
          bodies.map((text): Decoded => [{ "content-type": "a/b" }, text]),
        );
      },
    ),
    { seed: 2046, numRuns: 300 },
  );
});

Deno.test("decodeMultipart: a body cut off anywhere is an error after the whole parts", async () => {
  const body = "--B\r\nA: 1\r\n\r\none\r\n--B\r\n\r\ntwo\r\n--B--";
  const data = bytes(body);
  for (let length = 0; length < data.length; length++) {
    const whole: string[] = [];
    await assertRejects(async () => {
      for await (const part of decodeMultipart(chunksOf(data.subarray(0, length)), "B")) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of part.body) chunks.push(chunk);
        whole.push(latin1(chunks));
      }
    }, DecodeError);
    const ends = [body.indexOf("\r\n--B\r\n\r\ntwo") + 7, body.length];
    assertEquals(whole, ["one", "two"].slice(0, ends.filter((end) => length >= end).length));
  }
});

Deno.test("decodeMultipart: says whether the body was empty, ended early or had another boundary", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "is empty"],
    ["--B\r\n\r\nx", "ends before its closing delimiter"],
    ["--C\r\n\r\nx\r\n--C--", "has no delimiter"],
    ["x".repeat(MAX_AROUND_BYTES + 1), "hold no delimiter"],
    ["--B\r\nno header\r\n\r\n", "no name and colon"],
  ];
  for (const [body, message] of cases) {
    await assertRejects(() => decode(chunksOf(bytes(body))), DecodeError, message);
  }
});

Deno.test("decodeMultipart: hands on views, not copies", async () => {
  const data = bytes("--B\r\n\r\n" + "x".repeat(1000) + "\r\n--B--");
  for await (const part of decodeMultipart(chunksOf(data, 500), "B")) {
    for await (const chunk of part.body) assertStrictEquals(chunk.buffer, data.buffer);
  }
});

Deno.test("decodeMultipart: skips what the reader of a part left", async () => {
  const data = bytes("--B\r\nN: 1\r\n\r\n" + "x".repeat(50) + "\r\n--B\r\nN: 2\r\n\r\nyz\r\n--B--");
  const seen: unknown[] = [];
  let stale: AsyncIterable<Uint8Array> | undefined;
  for await (const part of decodeMultipart(chunksOf(data, 20, 30, 40), "B")) {
    seen.push(part.headers.get("n"));
    for await (const _ of part.body) break;
    for await (const chunk of stale ?? []) seen.push(chunk);
    stale = part.body;
  }
  assertEquals(seen, ["1", "2"]);
});

Deno.test("decodeMultipart: ends its source when the reader stops, fails or hits a limit", async () => {
  async function closes(body: string, read: (source: AsyncIterable<Uint8Array>) => Promise<void>) {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunksOf(bytes(body));
        yield* chunksOf(bytes(body));
      } finally {
        closed = true;
      }
    }
    await read(source());
    assertEquals(closed, true, body);
  }
  const two = "--B\r\n\r\nx\r\n--B\r\n\r\ny\r\n";
  await closes(two, async (source) => {
    for await (const _ of decodeMultipart(source, "B")) break;
  });
  await closes("--B\r\nbad", async (source) => {
    await assertRejects(() => decode(source), DecodeError);
  });
  await closes(two, async (source) => {
    await assertRejects(async () => {
      for await (const _ of decodeMultipart(source, "B", { maxParts: 1 }));
    }, LimitError);
  });
  await closes("--B--" + "x".repeat(MAX_AROUND_BYTES), async (source) => {
    assertEquals(await decode(source), []);
  });
});

Deno.test("decodeMultipart: an error of the source comes through as it is", async () => {
  const failure = new Error("gone");
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunksOf(bytes("--B\r\n\r\nx"));
    throw failure;
  }
  assertStrictEquals(await assertRejects(() => decode(source())), failure);
});

Deno.test("decodeMultipart: bounds the head of a part", async () => {
  const long = `--B\r\nA: ${"x".repeat(MAX_PART_HEAD_BYTES)}`;
  const many = "--B\r\n" + "A: 1\r\n".repeat(MAX_PART_HEADERS + 1) + "\r\n";
  for (const body of [long, many]) {
    await assertRejects(() => decode(chunksOf(bytes(body), 9)), LimitError);
  }
});

Deno.test("decodeMultipart: takes as many parts as the limit says, and no more", async () => {
  async function count(parts: number): Promise<number> {
    let seen = 0;
    const body = bytes("--B\r\n\r\n\r\n".repeat(parts) + "--B--");
    for await (const _ of decodeMultipart(chunksOf(body), "B")) seen++;
    return seen;
  }
  assertEquals(await count(MAX_PARTS), MAX_PARTS);
  await assertRejects(() => count(MAX_PARTS + 1), LimitError, "MAX_PARTS");
});

Deno.test("createDelimiter: takes boundaries beyond the standard's 70 characters, up to a limit", async () => {
  for (const length of [1, 70, MAX_BOUNDARY_LENGTH]) {
    const b = "b".repeat(length);
    assertEquals(await decode(chunksOf(bytes(`--${b}\r\n\r\nx\r\n--${b}--`)), b), [[{}, "x"]]);
  }
  assertThrows(() => createDelimiter("b".repeat(MAX_BOUNDARY_LENGTH + 1)), LimitError);
  for (const boundary of ["", " ", "a ", "a\r\nb", "ä"]) {
    assertThrows(() => createDelimiter(boundary), DecodeError);
  }
});

Deno.test("createDelimiter: finds what a search byte by byte finds", () => {
  const data = fc.array(fc.constantFrom("\r", "\n", "-", "a", "b", "\r\n--ab"), { maxLength: 60 });
  fc.assert(
    fc.property(data, fc.nat(9), (pieces, from) => {
      const text = pieces.join("");
      const delimiter = createDelimiter("ab");
      assertEquals(delimiter.indexIn(bytes(text), from), text.indexOf("\r\n--ab", from));
    }),
    { seed: 70 },
  );
});

Deno.test("boundaryOf: throws where Content-Type names none", () => {
  const boundary = (text: string) => boundaryOf(parseMediaType(text)!);
  assertEquals(boundary('multipart/related; boundary="a b"'), "a b");
  assertThrows(() => boundary("multipart/related"), DecodeError);
  assertThrows(() => boundary('multipart/related; boundary=""'), DecodeError);
});

/**
 * Requests of clients as data, and what those clients can do with the answers. Their parsers are
 * far narrower than RFC 2046, each in its own way: an answer must suit all of them.
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type Answer, exchange } from "./exchange.ts";
import { jpegHead } from "./jpeg.ts";
import { SYNTAX } from "./part10_builder.ts";
import { decodePng } from "./png.ts";
import type { ServerProcess } from "./server_process.ts";
import { storedFrames } from "./stored_frames.ts";

/** What a client expects. */
export type Expected =
  /** DICOM JSON of as many results, which have these values of an attribute, in any order. */
  | { readonly kind: "json"; readonly tag: string; readonly values: readonly string[] }
  /**
   * A multipart body of these parts. `mediaType`: what the Content-Type of each is, or begins with
   * where no parameters are given here.
   */
  | {
    readonly kind: "parts";
    readonly mediaType: string;
    readonly parts: readonly Uint8Array[];
  }
  /** The bytes and nothing around them. */
  | { readonly kind: "single"; readonly mediaType: string; readonly bytes: Uint8Array }
  /** An image to look at, of this size; in parts as many. */
  | {
    readonly kind: "image";
    readonly mediaType: string;
    readonly size: readonly [width: number, height: number];
    readonly parts?: number;
  }
  /** Files in Explicit VR Little Endian, alone or in parts, with these frames. */
  | { readonly kind: "decoded"; readonly frames: readonly (readonly Uint8Array[])[] }
  /** A refusal that says in one sentence what to do: to programs as JSON, to people as a page. */
  | { readonly kind: "problem" | "refusing page"; readonly status: number }
  /** Success without a body. */
  | { readonly kind: "done" };

/** A request of a client. */
export interface ClientRequest {
  /** The call or the step of a user that makes the client send it. */
  readonly call: string;
  readonly method?: "GET" | "DELETE";
  /** Below the DICOMweb root; from `/wado` on below the server's. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: Expected;
}

/** Exactly these studies, series and instances. */
export const studies = (...values: string[]): Expected => json("0020000D", values);
export const series = (...values: string[]): Expected => json("0020000E", values);
export const instances = (...those: readonly { readonly SOPInstanceUID: string }[]): Expected =>
  json("00080018", those.map(({ SOPInstanceUID }) => SOPInstanceUID));

/** These parts in this order. */
export const parts = (mediaType: string, ...bytes: readonly Uint8Array[]): Expected => ({
  kind: "parts",
  mediaType,
  parts: bytes,
});

function json(tag: string, values: readonly string[]): Expected {
  return { kind: "json", tag, values };
}

/** One part, as clients see it. */
export interface ClientPart {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of a part's head that clients search at most: OHIF's fixMultipart gives up after these. */
const LONGEST_HEAD = 512;

/** Sends the requests one after the other, each of which must get what it expects. */
export async function replay(
  server: ServerProcess,
  requests: readonly ClientRequest[],
): Promise<void> {
  for (const { call, method = "GET", path, headers, expected } of requests) {
    try {
      const answer = await exchange({
        method,
        url: (path.startsWith("/wado") ? server.url : server.dicomweb) + path,
        headers,
      });
      await check(answer, expected, jsonTypeOf(headers.Accept));
    } catch (error) {
      throw new Error(`${call}: ${method} ${path}`, { cause: error });
    }
  }
}

/** Which name of DICOM JSON a client gets: the one that it gave. */
function jsonTypeOf(accept: string | undefined): string {
  return /^application\/json/i.test(accept ?? "") ? "application/json" : "application/dicom+json";
}

async function check(answer: Answer, expected: Expected, jsonType: string): Promise<void> {
  const { status, body } = answer;
  const text = () => `${status} ${Buffer.from(body).toString("latin1").slice(0, 300)}`;
  switch (expected.kind) {
    case "json":
      assertEquals(status, 200, text());
      // The Python client compares the whole value.
      assertEquals(answer.headers.get("content-type"), jsonType);
      assertEquals(valuesOf(body, expected.tag), expected.values.toSorted());
      break;
    case "parts": {
      assertEquals(status, 200, text());
      const parts = clientParts(answer);
      assertEquals(parts.map(({ bytes }) => named(bytes)), expected.parts.map(named));
      for (const { contentType } of parts) {
        const isWhole = expected.mediaType.includes(";");
        assertEquals(isWhole ? contentType : begins(contentType), expected.mediaType);
      }
      break;
    }
    case "single":
      assertEquals(status, 200, text());
      assertEquals(begins(answer.headers.get("content-type") ?? ""), expected.mediaType);
      assertEquals(named(body), named(expected.bytes));
      break;
    case "image": {
      assertEquals(status, 200, text());
      const { mediaType, size } = expected;
      const images = expected.parts === undefined ? [wholeOf(answer)] : clientParts(answer);
      assertEquals(images.length, expected.parts ?? 1);
      for (const { contentType, bytes } of images) {
        assertEquals([contentType, sizeOf(mediaType, bytes)], [mediaType, size]);
      }
      break;
    }
    case "decoded": {
      assertEquals(status, 200, text());
      const isParts = answer.headers.get("content-type")?.startsWith("multipart/");
      const files = isParts ? clientParts(answer) : [wholeOf(answer)];
      const found = await Promise.all(files.map(async ({ contentType, bytes }) => {
        assertEquals(begins(contentType), "application/dicom");
        const stored = await storedFrames(bytes);
        assertEquals(stored?.transferSyntaxUID, SYNTAX.explicit);
        return Array.from({ length: stored!.count }, (_, i) => stored!.frame(i + 1).bytes);
      }));
      assertEquals(found.length, expected.frames.length);
      for (const [index, frames] of expected.frames.entries()) {
        assertEquals(found[index]!.map((bytes) => [...bytes]), frames.map((bytes) => [...bytes]));
      }
      break;
    }
    case "problem":
      assertEquals(status, expected.status, text());
      assertEquals(answer.headers.get("content-type"), "application/problem+json");
      assertMatch(JSON.parse(Buffer.from(body).toString()).detail, /\.$/);
      break;
    case "refusing page":
      assertEquals(status, expected.status, text());
      assertEquals(answer.headers.get("content-type"), "text/html; charset=utf-8");
      assertMatch(Buffer.from(body).toString(), /<h1>[^<]+<\/h1><p>[^<]+\.<\/p>/);
      break;
    case "done":
      assert(status === 200 || status === 204, text());
      assertEquals(body.length, 0);
      break;
  }
}

function wholeOf({ headers, body }: Answer): ClientPart {
  return { contentType: headers.get("content-type") ?? "", bytes: new Uint8Array(body) };
}

/** Width and height as the image says. */
function sizeOf(mediaType: string, bytes: Uint8Array): readonly [number, number] {
  switch (begins(mediaType)) {
    case "image/jpeg": {
      const { width, height } = jpegHead(bytes);
      return [width, height];
    }
    case "image/png": {
      const { width, height } = decodePng(bytes);
      return [width, height];
    }
    default: {
      assertEquals(Buffer.from(bytes.subarray(0, 3)).toString(), "GIF");
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      return [view.getUint16(6, true), view.getUint16(8, true)];
    }
  }
}

/** Bytes as a difference between them can be read. */
function named(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash("sha1").update(bytes).digest("hex")}`;
}

function begins(contentType: string): string {
  return contentType.split(";")[0]!.trim();
}

function valuesOf(body: Uint8Array, tag: string): string[] {
  const results = JSON.parse(new TextDecoder().decode(body)) as Record<
    string,
    { readonly Value?: readonly string[] }
  >[];
  return results.map((result) => result[tag]?.Value?.[0] ?? "").sort();
}

/**
 * Takes a multipart answer apart under the conditions of every client that is replayed:
 *
 * - the Python client cuts Content-Type at each `;` and takes `boundary` with or without quotes;
 * - the npm client, cornerstone and OHIF take the boundary from the first line of the body, search
 *   for it anywhere behind, and drop the two bytes before it;
 * - cornerstone finds `Content-Type:` in this spelling only.
 */
export function clientParts({ headers, body }: Answer): ClientPart[] {
  const [essence, ...parameters] = (headers.get("content-type") ?? "").split(";").map((piece) =>
    piece.trim()
  );
  assertEquals(essence, "multipart/related");
  const boundary = parameters.find((parameter) => parameter.startsWith("boundary="))
    ?.slice("boundary=".length).replaceAll('"', "");
  const pieces = Buffer.from(body).toString("latin1").split(`--${boundary}`);
  assertEquals(pieces.shift(), "", "the body begins with its boundary");
  assertEquals(pieces.pop()?.trimEnd(), "--", "the body ends with its closing delimiter");
  return pieces.map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    assert(end > 0 && end < LONGEST_HEAD, "each part has a short head");
    const line = piece.slice(0, end).split("\r\n").find((each) => each.startsWith("Content-Type:"));
    assert(line !== undefined, "each part has a Content-Type");
    assert(piece.endsWith("\r\n"), "a line break lies before each boundary");
    return {
      contentType: line.slice("Content-Type:".length).trim(),
      bytes: new Uint8Array(Buffer.from(piece.slice(end + 4, -2), "latin1")),
    };
  });
}

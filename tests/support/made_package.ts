/**
 * Packages of a viewer, made as small as a test needs them.
 * @module
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Release } from "../../server/viewer/release.ts";

/** An entry of an archive; a file unless its type says something else. */
export interface MadeEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** Type flag: `0` a file, `2` a symbolic link, `5` a folder. */
  readonly type?: string;
  /** The size that its header claims, where it is not that of its content. */
  readonly size?: number;
}

/** A tar archive of these entries. */
export function tarOf(entries: readonly MadeEntry[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const blocks = entries.flatMap(({ name, content = "", type = "0", size }) => {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(encoder.encode(text), at);
    put(0, name);
    put(100, "000644 \0");
    put(124, (size ?? bytes.length).toString(8).padStart(11, "0"));
    put(156, type);
    put(257, "ustar\x0000");
    put(148, " ".repeat(8));
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    return [header, padded];
  });
  return concat([...blocks, new Uint8Array(1024)]);
}

/** A tarball, and the release that it is. */
export function packageOf(
  entries: readonly MadeEntry[],
  changes: Release["changes"] = [],
): { readonly tarball: Uint8Array<ArrayBuffer>; readonly release: Release } {
  const tarball = new Uint8Array(gzipSync(tarOf(entries)));
  const sha512 = createHash("sha512").update(tarball).digest("base64");
  const release = { package: "@test/app", version: "1.0.0", build: "1.0.0-1" };
  return { tarball, release: { ...release, sha512, size: tarball.length, changes } };
}

/** Bytes as a stream, in chunks of this many. */
export function streamOf(bytes: Uint8Array, chunk = 1000): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunksOf(bytes, chunk));
}

/** Bytes in chunks of this many. */
export function* chunksOf(bytes: Uint8Array, chunk: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

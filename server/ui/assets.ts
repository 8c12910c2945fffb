/**
 * The files that pages load: styles, scripts and the icon. They are read once, and their URLs name
 * their content, so that a browser asks for each one time only.
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** The files of server/ui/assets, with their media types. */
export const ASSET_TYPES = {
  "about.css": "text/css; charset=utf-8",
  "base.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml; charset=utf-8",
  "list.css": "text/css; charset=utf-8",
  "list.js": "text/javascript; charset=utf-8",
  "studies.js": "text/javascript; charset=utf-8",
  "upload.js": "text/javascript; charset=utf-8",
} as const;

/** Name of one of the files. */
export type AssetName = keyof typeof ASSET_TYPES;

/** A file as it is served. */
export interface Asset {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

/** All files. */
export interface Assets {
  /** URL of a file, relative to the root, from which every page is one step: a proxy may put a path before it. */
  url(name: AssetName): string;
  /** The file at the last segment of such a URL. */
  at(segment: string): Asset | undefined;
}

/** Digits of a content hash: far more than a few files need to differ. */
const HASH_DIGITS = 16;

const gzipAsync = promisify(gzip);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads every file through `read`, from a disk or wherever the installation has them. */
export async function loadAssets(
  read: (name: AssetName) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Assets> {
  const names = Object.keys(ASSET_TYPES) as AssetName[];
  const segments = new Map<AssetName, string>();
  const assets = new Map<string, Asset>();
  await Promise.all(names.map(async (name) => {
    const bytes = encoder.encode(lean(decoder.decode(await read(name))));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const segment = `${digest.toHex().slice(0, HASH_DIGITS)}-${name}`;
    segments.set(name, segment);
    const gzipped = new Uint8Array(await gzipAsync(bytes));
    assets.set(segment, { mediaType: ASSET_TYPES[name], bytes, gzipped });
  }));
  return {
    url: (name) => `ui/${segments.get(name)}`,
    at: (segment) => assets.get(segment),
  };
}

/** A file as it is sent: without indentation, and without comments that have lines of their own or tell types. */
export function lean(text: string): string {
  return text.replace(/\/\*\* @type [^\n]*?\*\/ ?/g, "")
    .replace(/^[ \t]*\/\*(?:(?!\*\/)[^])*\*\/[ \t]*$/gm, "")
    .replace(/^[ \t]*\/\/.*$/gm, "")
    .replace(/^\s+/gm, "");
}

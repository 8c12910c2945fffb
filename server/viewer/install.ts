/**
 * Installs the viewer: what the package holds is checked, changed where it must be, compressed, and
 * appears under its name whole or not at all.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { CODINGS, diskName, MANIFEST, type ManifestFile } from "./manifest.ts";
import { type Change, keptName, type Release } from "./release.ts";
import { tarEntries, type TarLimits } from "./tar.ts";

/** The bytes are not those of the release: whoever gave them is at fault. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}

/** What an installation came to. */
export type Outcome =
  /** Files and bytes that are kept, before compression. */
  | { readonly kind: "installed"; readonly files: number; readonly bytes: number }
  | { readonly kind: "there already" };

/** Twice what the release has. */
const LIMITS: TarLimits = { entries: 500, file: 40 * 1024 ** 2, total: 420 * 1024 ** 2 };

/** The middle of the scale, from where on twice the time saves a hundredth. */
const QUALITY = { br: 6, gzip: 6 };

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  webapp: "application/manifest+json",
  woff2: "font/woff2",
  xml: "application/xml",
};

/** Compressed already. */
const DENSE: ReadonlySet<string | undefined> = new Set(["image/png", "font/woff2"]);

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/**
 * Installs a release into the folder `home`, which holds nothing but viewers. Throws PackageError where what
 * is given is another; whatever it throws, nothing stays behind.
 *
 * @param open gives the tarball's bytes
 * @param onProgress is told how many files are done, and how many bytes have come
 */
export async function installViewer(
  home: string,
  release: Release,
  open: () => Promise<ReadableStream<Uint8Array>>,
  onProgress: (files: number, bytes: number) => void = () => {},
): Promise<Outcome> {
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  using lock = await Deno.open(`${home}/install.lock`, { create: true, write: true, mode: 0o600 });
  // Another process that is at it has soon done it. (Deno 2.5, which builds deployments, cannot ask.)
  await lock.lock(true);
  if (await isThere(`${home}/${release.build}/${MANIFEST}`)) return { kind: "there already" };
  await removeOthers(home);
  const draft = `${home}/${release.build}.${randomUUID()}.tmp`;
  await Deno.mkdir(draft, { mode: 0o700 });
  try {
    const tarball = `${draft}/package.tgz`;
    await receive(await open(), release, tarball, (count) => onProgress(0, count));
    const files = await unpack(release, tarball, draft, (count) => onProgress(count, release.size));
    await Deno.remove(tarball);
    await write(`${draft}/${MANIFEST}`, new TextEncoder().encode(JSON.stringify(files)));
    await sync(draft);
    await Deno.rename(draft, `${home}/${release.build}`);
    await sync(home);
    const bytes = files.reduce((sum, { sizes }) => sum + sizes.identity, 0);
    return { kind: "installed", files: files.length, bytes };
  } catch (error) {
    await Deno.remove(draft, { recursive: true });
    throw error;
  }
}

/** Writes the tarball down, and checks that it is the release's. */
async function receive(
  stream: ReadableStream<Uint8Array>,
  { package: name, version, sha512, size }: Release,
  path: string,
  onBytes: (count: number) => void,
): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  const hash = createHash("sha512");
  let count = 0;
  for await (const chunk of stream) {
    count += chunk.length;
    if (count > size) break;
    hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    onBytes(count);
  }
  if (count === size && hash.digest("base64") === sha512) return;
  throw new PackageError(`What came is not ${name} ${version} as it was published`);
}

/** Keeps what is of use of the tarball; resolves to the list of it. */
async function unpack(
  release: Release,
  tarball: string,
  draft: string,
  onFiles: (count: number) => void,
): Promise<ManifestFile[]> {
  const packed = await Deno.open(tarball);
  const changes = release.changes.map((change) => ({ change, times: 0 }));
  const files: ManifestFile[] = [];
  const unpacked = packed.readable.pipeThrough(new DecompressionStream("gzip"));
  for await (const entry of tarEntries(unpacked, LIMITS)) {
    const name = keptName(entry.name);
    if (name === undefined) continue;
    let content = await entry.read();
    for (const each of changes) {
      const changed = apply(each.change, name, content);
      content = changed.content;
      each.times += changed.times;
    }
    files.push(await keep(draft, files.length, name, content));
    onFiles(files.length);
  }
  for (const { change, times } of changes) {
    if (times === change.times) continue;
    throw new PackageError(`${change.from} is in the package ${times} times, not ${change.times}`);
  }
  return files;
}

function apply({ files, from, to }: Change, name: string, content: Uint8Array<ArrayBuffer>) {
  const bytes = Buffer.from(content.buffer);
  if (!name.endsWith(files) || !bytes.includes(from)) return { content, times: 0 };
  // One character a byte, there and back.
  const parts = bytes.toString("latin1").split(from);
  return {
    content: new Uint8Array(Buffer.from(parts.join(to), "latin1")),
    times: parts.length - 1,
  };
}

/** Writes a file in every coding that makes it smaller. */
async function keep(
  draft: string,
  place: number,
  name: string,
  content: Uint8Array<ArrayBuffer>,
): Promise<ManifestFile> {
  const mediaType = MEDIA_TYPES[name.split(".").at(-1)!] ?? "application/octet-stream";
  await write(`${draft}/${diskName(place, "identity")}`, content);
  const sizes: { identity: number; br?: number; gzip?: number } = { identity: content.length };
  await Promise.all(
    DENSE.has(mediaType) ? [] : CODINGS.map(async (coding) => {
      const coded = await compress(coding, content);
      if (coded.length >= content.length) return;
      sizes[coding] = coded.length;
      await write(`${draft}/${diskName(place, coding)}`, coded);
    }),
  );
  return { name, mediaType, sizes };
}

function compress(coding: (typeof CODINGS)[number], content: Uint8Array): Promise<Uint8Array> {
  if (coding === "gzip") return gzipAsync(content, { level: QUALITY.gzip });
  return brotliAsync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY.br,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
}

/** Removes other builds, and drafts of installations that were killed. */
async function removeOthers(home: string): Promise<void> {
  for await (const entry of Deno.readDir(home)) {
    if (entry.isDirectory) await Deno.remove(`${home}/${entry.name}`, { recursive: true });
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  for (let at = 0; at < content.length;) at += await file.write(content.subarray(at));
  await file.sync();
}

async function sync(folder: string): Promise<void> {
  using handle = await Deno.open(folder);
  await handle.sync();
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { PixelError } from "../../server/pixels/frame.ts";
import { IS_LONG, newChance } from "../support/chance.ts";
import { multipart } from "../support/archive.ts";
import { MUTATIONS } from "../support/mutations.ts";
import { ctInstance, SYNTAX } from "../support/part10_builder.ts";
import { type Retrieval, withRetrieval } from "../support/retrieval.ts";

/** How long damage is tried, in milliseconds. */
const TIME = IS_LONG ? 600_000 : 10_000;
/** Milliseconds in which each request must be answered. */
const PATIENCE = 10_000;
/** Files above this size take longer than they teach. */
const LARGEST_FILE = 256 * 1024;

const CORPUS = new URL("../../../shared/data/dicom/", import.meta.url);

/** Sound files: generated ones and, where it is here, those of the corpus. */
async function soundFiles(): Promise<[Uint8Array, ...Uint8Array[]]> {
  const syntaxes = Object.values(SYNTAX);
  const files = syntaxes.map((transferSyntaxUID) => ctInstance({ transferSyntaxUID, frames: 2 }));
  return [ctInstance(), ...files, ...await filesBelow(CORPUS)];
}

async function filesBelow(folder: URL): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const url = new URL(`${encodeURIComponent(name)}${isDirectory ? "/" : ""}`, folder);
      if (isDirectory) files.push(...await filesBelow(url));
      else if ((await Deno.stat(url)).size <= LARGEST_FILE) files.push(await Deno.readFile(url));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

/** Stores a damaged file; the URLs of what is stored all the same. */
async function store({ archive }: Retrieval, file: Uint8Array): Promise<string[]> {
  const request = multipart([{ body: file }]);
  const response = await archive.fetch("/studies", { method: "POST", ...request });
  const answer = await response.text();
  assert([200, 202, 400, 409, 413].includes(response.status), `${response.status} ${answer}`);
  const instances: { "00081190": { Value: [string] } }[] = JSON.parse(answer)["00081199"]?.Value ??
    [];
  return instances.map((instance) => new URL(instance["00081190"].Value[0]).pathname);
}

/** Reads everything that there is of an instance. It has metadata, whatever it is; the rest may be missing or unreadable. */
async function retrieve({ get }: Retrieval, pathname: string): Promise<void> {
  const path = pathname.replace("/dicomweb", "");
  const requests: readonly (readonly [path: string, accept: string])[] = [
    ["", "application/dicom; transfer-syntax=*"],
    ["", "application/dicom"],
    ["/metadata", "application/dicom+json"],
    ["/metadata", 'multipart/related; type="application/dicom+xml"'],
    ["/frames/1", "application/octet-stream; transfer-syntax=*"],
    ["/frames/2", 'multipart/related; type="application/octet-stream"'],
    ["/bulkdata", 'multipart/related; type="*/*"'],
    ["", `application/dicom; transfer-syntax=${SYNTAX.rle}`],
    ["/rendered", "image/jpeg, text/xml, application/pdf"],
    ["/thumbnail", "image/png"],
  ];
  for (const [suffix, accept] of requests) {
    const response = await get(path + suffix, accept);
    // A frame that cannot be decoded breaks off an answer that has begun.
    await response.bytes().catch((error) => assertInstanceOf(error, PixelError));
    const expected = suffix === "/metadata" ? [200] : [200, 404, 406];
    assert(expected.includes(response.status), `${response.status} for ${suffix} as ${accept}`);
  }
}

/** The key of the blob that one was derived from. */
function ownerOf(key: string): string {
  return key.replace(/\.[^/]*$/, "");
}

/** Fails where it takes too long. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The server hangs")), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("store and retrieve: survive files with any damage, and leave nothing of those refused", async () => {
  const chance = newChance();
  const files = await soundFiles();
  const until = performance.now() + TIME;
  let tried = 0;
  let stored = 0;
  await withRetrieval(async (retrieval) => {
    const { archive } = retrieval;
    while (performance.now() < until) {
      let file = chance.pick(files);
      for (let n = chance.pick([1, 1, 2, 4]); n > 0; n--) {
        file = chance.pick(MUTATIONS)(file, chance, chance.pick(files));
      }
      try {
        const instances = await inTime(store(retrieval, file));
        for (const path of instances) await inTime(retrieve(retrieval, path));
        assertEquals(archive.reported, []);
        stored += instances.length;
        // Nothing is in the way of the next.
        if (instances.length > 0) await archive.index.remove("default", {}, Date.now());
      } catch (error) {
        const path = await Deno.makeTempFile({ prefix: "gantry-fuzz-", suffix: ".dcm" });
        await Deno.writeFile(path, file);
        throw new Error(`${path}, the ${tried}th file`, { cause: error });
      }
      tried++;
    }
    const keys = await archive.blobKeys();
    const known = await archive.index.known(keys.map(ownerOf));
    const orphans = keys.filter((key) => !known.has(ownerOf(key)));
    assertEquals(orphans, []);
  });
  console.log(`${tried} files, ${stored} of them stored`);
});

/**
 * Other implementations as judges of what the server gives back to whoever names no transfer
 * syntax: it must say to them what the stored file says, but for pixels that were decompressed;
 * those are compared elsewhere.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { peerTest } from "../support/peers.ts";
import { type PydicomElement, pydicomElements } from "../support/pydicom_elements.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";

/** A file of the corpus, and the file that came back for it. */
interface Pair {
  readonly stored: string;
  readonly given: string;
  /** Whether pixel data was written anew. */
  readonly decoded: boolean;
}

peerTest(
  "GET instance: DCMTK and pydicom find in what is given what is in the stored file",
  ["corpus", "dcmdump", "/usr/bin/python3"],
  async (corpus) => {
    const folder = await Deno.makeTempDir();
    try {
      const pairs = await retrieveAll(corpus, folder);
      assert(pairs.length > 300, `only ${pairs.length} files compared`);

      const storedNames = pairs.map(({ stored }) => new URL(stored, corpus).pathname);
      const givenNames = pairs.map(({ given }) => given);
      const refused = await refusedByDcmdump(storedNames);
      const refusedGiven = await refusedByDcmdump(givenNames);
      const worse = pairs.filter(({ given }, index) =>
        refusedGiven.has(given) && !refused.has(storedNames[index]!)
      );
      assertEquals(worse, []);

      const stored = await pydicomElements(corpus, storedNames);
      const given = await pydicomElements(corpus, givenNames);
      const differences = pairs.flatMap((pair, index) =>
        differing(stored[index]?.elements, given[index]?.elements)
          .filter((path) => !pair.decoded || !isOfPixels(path))
          .map((path) => `${pair.stored} ${path} ${given[index]?.error ?? ""}`)
      );
      assertEquals(differences.filter((each) => !UNKNOWN_SEQUENCE.test(each)), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/**
 * A sequence as UN, whose content is implicit (PS3.5 6.2.2 Note 4): written anew it is a sequence,
 * and pydicom, which keeps its bytes in the stored file, finds its items.
 */
const UNKNOWN_SEQUENCE = /^files\/pydicom_pydicom-data\/bad_sequence\.dcm 00189346/;

/** Stores every file, and retrieves each instance that can be had without naming a transfer syntax. */
async function retrieveAll(corpus: URL, folder: string): Promise<Pair[]> {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  const server = await startServer();
  try {
    for (const { file } of manifest.files as { readonly file: string }[]) {
      const answer = await stow(server.dicomweb, [await Deno.readFile(new URL(file, corpus))]);
      const url = (await answer.json())["00081199"]?.Value[0]["00081190"].Value[0];
      if (url === undefined || seen.has(url)) continue;
      seen.add(url);
      const response = await fetch(url, { headers: { Accept: "application/dicom" } });
      const bytes = await response.bytes();
      // Nothing here decodes it, or its pixels are damaged.
      if (response.status === 406) continue;
      assertEquals(response.status, 200, file);
      const given = `${folder}/${pairs.length}.dcm`;
      await Deno.writeFile(given, bytes);
      const decoded = isCompressed(await Deno.readFile(new URL(file, corpus))) &&
        !isCompressed(bytes);
      pairs.push({ stored: file, given, decoded });
    }
  } finally {
    await server.stop();
  }
  return pairs;
}

/** True where the transfer syntax that the file's first bytes name is one of compressed pixel data. */
function isCompressed(file: Uint8Array): boolean {
  const head = new TextDecoder("latin1").decode(file.subarray(0, 1024));
  const [, syntax = ""] = /UI..(1\.2\.840\.10008\.1\.2[.0-9]*)/.exec(head) ?? [];
  return /\.2\.(4\.|5|8\.)/.test(syntax);
}

/** Attributes that say how pixels are written, here or in an icon. */
function isOfPixels(path: string): boolean {
  return /(^|\/)(7FE00010|0028(0004|0006|0100|0101|0102|0103))$/.test(path);
}

/** Those of the files that DCMTK cannot read to their end. */
async function refusedByDcmdump(files: readonly string[]): Promise<Set<string>> {
  const { stderr } = await new Deno.Command("dcmdump", { args: [...files], stdout: "null" })
    .output();
  const complaints = new TextDecoder().decode(stderr);
  return new Set(
    [...complaints.matchAll(/^E: dcmdump: .* reading file: (.*)$/gm)].map(([, name]) => name!),
  );
}

/**
 * Paths at which two lists of elements differ. A VR that is not in the file says nothing, nor does
 * a value that pydicom gives decoded only, as it does with empty ones in one encoding or another.
 */
function differing(
  stored: readonly PydicomElement[] = [],
  given: readonly PydicomElement[] = [],
): string[] {
  const rest = new Map(given.map((element) => [element[0], element]));
  const paths = stored.filter(([path, vr, length, digest]) => {
    const [, givenVR = "", givenLength, givenDigest] = rest.get(path) ?? [];
    rest.delete(path);
    if (vr !== "" && vr !== givenVR && !vr.split(" or ").includes(givenVR)) return true;
    if (length < 0 || givenLength === -1) return false;
    return length !== givenLength || digest !== givenDigest;
  }).map(([path]) => path);
  return [...paths, ...rest.keys()];
}

/**
 * Metadata in XML of real files against DCMTK's Native DICOM Model, attribute by attribute, as
 * Python's parser reads both. DCMTK's xml2dcm reads only a format of its own.
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { multipart } from "../support/archive.ts";
import { runTool } from "../support/dcmtk.ts";
import { peerTest } from "../support/peers.ts";
import { askPydicom } from "../support/pydicom.ts";
import { bytesOf, withRetrieval } from "../support/retrieval.ts";

peerTest(
  "GET metadata: says in XML of every file what DCMTK says",
  ["corpus", "dcm2xml", "/usr/bin/python3"],
  async (corpus) => {
    const { files } = JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus)));
    const folder = await Deno.makeTempDir({ prefix: "gantry-xml-" });
    try {
      await withRetrieval(async ({ archive, get }) => {
        for (const { file } of files) {
          const body = await Deno.readFile(new URL(file, corpus));
          const { headers, body: sent } = multipart([{ body }]);
          const response = await archive.fetch("/studies", { method: "POST", headers, body: sent });
          await response.body?.cancel();
        }
        const pairs: string[] = [];
        for (const row of await archive.rows()) {
          const path = `${folder}/${pairs.length}`;
          const stored = await new Response(await archive.blobs.open(row.blobKey)).bytes();
          await Deno.writeFile(`${path}.dcm`, stored);
          const options = ["--quiet", "--native-format", "--convert-to-utf8"];
          const { code } = await runTool("dcm2xml", [...options, `${path}.dcm`, `${path}.theirs`]);
          // It refuses compressed pixel data of a kind that it does not know, and damaged files.
          if (code !== 0) continue;
          const instance = `/studies/${row.StudyInstanceUID}/series/${row.SeriesInstanceUID}` +
            `/instances/${row.SOPInstanceUID}`;
          const xml = await bytesOf(await get(`${instance}/metadata`, "application/dicom+xml"));
          await Deno.writeFile(`${path}.ours`, xml);
          pairs.push(`${path}.ours\t${path}.theirs`);
        }
        const differences = await askPydicom<unknown[]>("native_xml.py", corpus, pairs);
        console.log(`${pairs.length} files compared`);
        assertGreater(pairs.length, 390);
        assertEquals(differences.flat(), []);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

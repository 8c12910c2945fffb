import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withGateway } from "../support/bridge_process.ts";
import { archived } from "../support/corpus_archive.ts";
import { startDcmqrscp } from "../support/dcmqrscp.ts";
import { startStorescp } from "../support/dcmtk.ts";
import { freePort, startOrthanc } from "../support/orthanc.ts";
import { ctInstance, type CtOptions, SYNTAX } from "../support/part10_builder.ts";
import { type Part10File, readFolder, splitPart10 } from "../support/part10_files.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";
import { untilUploaded } from "../support/spool_watch.ts";
import { stow } from "../support/stow.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";

/** `deno task bridge …`; the environment's settings stay out. */
function client(...args: readonly string[]) {
  return runTask(["bridge", ...args], { GANTRY_CONFIG: "" });
}

/** The same where it has to succeed; its lines. */
async function lines(...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await client(...args);
  assertEquals(code, 0, stdout + stderr);
  return stdout.trimEnd().split("\n");
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-client-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function image(number: number, options: CtOptions = {}): Uint8Array {
  const sopInstanceUID = `1.2.3.${number}`;
  return ctInstance({ sopInstanceUID, instanceNumber: number, ...options });
}

/** Two studies: three images of one, and one of another patient. */
const IMAGES = [
  image(1),
  image(2),
  image(3, { rows: 200, columns: 256 }),
  image(4, { studyInstanceUID: "1.2.4", seriesInstanceUID: "1.2.4.1", patientID: "PID2" }),
];

async function writeImages(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/below`, { recursive: true });
  for (const [index, bytes] of IMAGES.entries()) {
    await Deno.writeFile(`${folder}/${index % 2 === 0 ? "" : "below/"}${index}.dcm`, bytes);
  }
}

/** Files without their heads, which each program writes anew, in the order of their UIDs. */
function dataSetsOf(files: readonly Part10File[]) {
  return files.toSorted((a, b) => a.SOPInstanceUID < b.SOPInstanceUID ? -1 : 1)
    .map(({ SOPInstanceUID, transferSyntaxUID, dataSet }) => ({
      SOPInstanceUID,
      transferSyntaxUID,
      dataSet,
    }));
}

peerTest(
  "bridge: sends to, asks and takes from dcmqrscp",
  ["dcmqrscp"],
  () =>
    withFolder(async (folder) => {
      const archive = await startDcmqrscp();
      const peer = `${archive.aet}@127.0.0.1:${archive.port}`;
      try {
        assertMatch((await lines("echo", peer))[0]!, /^QRSCP answers \(\d+ ms\)$/);
        await writeImages(`${folder}/in`);
        assertEquals(await lines("store", peer, `${folder}/in`), ["4 instances stored"]);

        const [names, ...rows] = await lines("find", peer, "PatientID=PID1");
        assertMatch(names!, /^PatientID +PatientName /);
        assertEquals(rows.length, 1);
        assertStringIncludes(rows[0]!, "Doe^Jane");
        const studies = await lines("find", peer, "--json", "StudyDate=20260101-20261231");
        assertEquals(
          studies.map((line) => JSON.parse(line)["0020000D"].Value[0]).sort(),
          ["1.2.4", STUDY],
        );
        const found = await lines("find", peer, "--level", "SERIES", `StudyInstanceUID=${STUDY}`);
        assertStringIncludes(found[1]!, SERIES);

        const out = `${folder}/out`;
        assertEquals(await lines("get", peer, "--out", out, `StudyInstanceUID=${STUDY}`), [
          "3 instances sent",
        ]);
        assertEquals(
          dataSetsOf(await readFolder(out)),
          dataSetsOf(IMAGES.slice(0, 3).map(splitPart10)),
        );
      } finally {
        await archive.stop();
      }
    }),
);

peerTest("bridge: has dcmqrscp and Orthanc send to the bridge, and the bridge to Orthanc", [
  "dcmqrscp",
  "Orthanc",
], () =>
  withFolder(async (folder) => {
    const port = freePort();
    const config = {
      aes: [{ title: "ORTHANC", host: "127.0.0.1", port }],
      unknownAes: "accept",
    };
    await withGateway(async (gateway) => {
      const bridge = `${gateway.aet}@127.0.0.1:${gateway.port}`;
      const archive = await startDcmqrscp([{ title: gateway.aet, port: gateway.port }]);
      const orthanc = await startOrthanc({
        dicom: {
          aet: "ORTHANC",
          port,
          modalities: { GANTRY: [gateway.aet, "127.0.0.1", gateway.port] },
        },
      });
      try {
        const qrscp = `${archive.aet}@127.0.0.1:${archive.port}`;
        await writeImages(`${folder}/in`);
        await lines("store", qrscp, `${folder}/in`);
        // From dcmqrscp to the bridge, and
        const moved = ["--to", gateway.aet, `StudyInstanceUID=${STUDY}`, "--json"];
        const end = JSON.parse((await lines("move", qrscp, ...moved))[0]!);
        assertEquals([end.status, end.completed, end.failed], [0, 3, 0]);
        await untilUploaded(gateway.spool);
        const expected = dataSetsOf(IMAGES.slice(0, 3).map(splitPart10));
        assertEquals(dataSetsOf(await archived(gateway.dicomweb)), expected);
        // from the bridge to Orthanc.
        const sent = ["--to", "ORTHANC", `StudyInstanceUID=${STUDY}`];
        assertEquals(await lines("move", bridge, ...sent), ["3 instances sent"]);
        const statistics = await (await fetch(`${orthanc.url}/statistics`)).json();
        assertEquals(statistics.CountInstances, 3);
      } finally {
        await archive.stop();
        await orthanc.stop();
      }
    }, { config });
  }));

peerTest("bridge: is queried by Orthanc, sends it what it asks for, and gets it back", [
  "Orthanc",
], async () => {
  const files = [...IMAGES, image(5, { transferSyntaxUID: SYNTAX.jpegBaseline })];
  const port = freePort();
  const config = { aes: [{ title: "ORTHANC", host: "127.0.0.1", port }] };
  await withGateway(async (gateway) => {
    await (await stow(gateway.dicomweb, files)).body?.cancel();
    const orthanc = await startOrthanc({
      dicom: {
        aet: "ORTHANC",
        port,
        modalities: { GANTRY: [gateway.aet, "127.0.0.1", gateway.port] },
      },
    });
    try {
      const post = async (path: string, body: unknown) => {
        const init = { method: "POST", body: JSON.stringify(body) };
        const response = await fetch(`${orthanc.url}${path}`, init);
        assert(response.ok, await response.clone().text());
        return await response.json();
      };
      const { ID } = await post("/modalities/GANTRY/query", {
        Level: "Study",
        Query: { PatientID: "PID1" },
      });
      const answers = await (await fetch(`${orthanc.url}/queries/${ID}/answers`)).json();
      assertEquals(answers.length, 1);
      await post(`/queries/${ID}/retrieve`, { TargetAet: "ORTHANC", Synchronous: true });
      const statistics = await (await fetch(`${orthanc.url}/statistics`)).json();
      assertEquals(statistics.CountInstances, 4);
      await withFolder(async (folder) => {
        const peer = `ORTHANC@127.0.0.1:${port}`;
        await lines("get", peer, "--out", folder, `StudyInstanceUID=${STUDY}`);
        const expected = files.map(splitPart10).filter((file) => file.SOPInstanceUID !== "1.2.3.4");
        assertEquals(dataSetsOf(await readFolder(folder)), dataSetsOf(expected));
      });
    } finally {
      await orthanc.stop();
    }
  }, { config });
});

peerTest(
  "bridge store: tells of each file that is not stored, and goes on",
  ["storescp"],
  () =>
    withFolder(async (folder) => {
      const scp = await startStorescp({ args: ["+xi"] });
      const peer = `${scp.aet}@127.0.0.1:${scp.port}`;
      try {
        await writeImages(folder);
        await Deno.writeTextFile(
          `${folder}/notes.txt`,
          "no DICOM file, and a little longer".repeat(9),
        );
        await Deno.writeFile(`${folder}/5.dcm`, image(5, { transferSyntaxUID: SYNTAX.implicit }));
        const { code, stdout, stderr } = await client("store", peer, folder, `${folder}/none.dcm`);
        assertEquals(code, 1);
        assertEquals(stdout, "1 instances stored, 6 failed\n");
        assertStringIncludes(stderr, "notes.txt: This is no DICOM file");
        assertStringIncludes(stderr, "none.dcm: There is no such file");
        assertStringIncludes(
          stderr,
          "0.dcm: The peer does not accept this class in Explicit VR Little Endian",
        );
        assertEquals((await readFolder(scp.folder)).length, 1);
      } finally {
        await scp.stop();
      }
    }),
);

Deno.test("bridge get: names what its peer could not give", () =>
  withGateway(async (gateway) => {
    // High-Throughput JPEG 2000, which the client does not ask for.
    const rare = image(2, { transferSyntaxUID: "1.2.840.10008.1.2.4.201" });
    await (await stow(gateway.dicomweb, [image(1), rare])).body?.cancel();
    const peer = `${gateway.aet}@127.0.0.1:${gateway.port}`;
    await withFolder(async (folder) => {
      const asked = [peer, "--out", `${folder}/new`, `StudyInstanceUID=${STUDY}`];
      const { code, stdout } = await client("get", ...asked, "--json");
      assertEquals(code, 1);
      const { status, completed, failed, failedSOPInstanceUIDs } = JSON.parse(stdout);
      assertEquals([status, completed, failed], [0xb000, 1, 1]);
      assertEquals(failedSOPInstanceUIDs, ["1.2.3.2"]);
      const files = await readFolder(`${folder}/new`);
      assertEquals(files.map(({ SOPInstanceUID }) => SOPInstanceUID), ["1.2.3.1"]);
    });
  }));

Deno.test("bridge: says why it cannot reach a peer, and what is wrong with a command", async () => {
  const nobody = await client("echo", `NOBODY@127.0.0.1:${freePort()}`);
  assertEquals(nobody.code, 1);
  assertStringIncludes(nobody.stderr, "No connection to 127.0.0.1");
  const unknown = await client("echo", "PACS7");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "PACS7 is neither TITLE@host:port nor a known AE");
  const help = await client("--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "deno task bridge find");
});

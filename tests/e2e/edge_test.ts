/**
 * The server as Deno Deploy runs it: on the Deno that it has and on ours, without native code, disk
 * or flags, over a real libSQL server and a real object store.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import { encodeFrame } from "../../server/pixels/codecs/encode.ts";
import { loadCodecs } from "../../server/pixels/codecs/load.ts";
import { UID } from "../../server/pixels/codecs/syntaxes.ts";
import {
  DENOS,
  EDGE_NEEDS,
  type EdgeProcess,
  EdgeStartError,
  startEdge,
  withEdgeStorage,
} from "../support/edge_process.ts";
import { jpegHead } from "../support/jpeg.ts";
import {
  fileOfFrame,
  fileOfFrames,
  FORMATS,
  frameFormat,
  madeFrame,
} from "../support/made_frames.ts";
import { peerTest } from "../support/peers.ts";
import { decodePng } from "../support/png.ts";
import { readParts } from "../support/retrieval.ts";
import { runTask } from "../support/run_task.ts";
import { stow } from "../support/stow.ts";

const ENTRY = new URL("../../server/edge.ts", import.meta.url);

const VERSIONS = Object.keys(DENOS) as (keyof typeof DENOS)[];

/** The one instance that files of made frames hold, each stored in the place of the one before. */
const STUDY = "/studies/1.2.826.0.1.3680043.10.1.1";
const INSTANCE = `${STUDY}/series/1.2.826.0.1.3680043.10.1.2/instances/1.2.826.0.1.3680043.10.1.3`;

const CODED = [
  UID.rleLossless,
  UID.jpegLossless,
  UID.jpegLsLossless,
  UID.jpeg2000Lossless,
  UID.htJpeg2000Lossless,
  UID.deflatedImageFrame,
  EXPLICIT_VR_LITTLE_ENDIAN,
] as const;

const AS_STORED = "application/dicom; transfer-syntax=*";
const DECODED = 'multipart/related; type="application/octet-stream"; ' +
  `transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`;

/** Frames of a multi-frame instance: more than a connection takes of them unread. */
const FRAMES = 40;
const LARGE = frameFormat({ Rows: 512, Columns: 512, BitsStored: 12 });

/** Asks a server, with a key, for something of its default archive. */
interface Asked {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  get(path: string, accept?: string): Promise<Response>;
  store(file: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
}

function asking(base: string, key: string): Asked {
  const headers = { authorization: `Bearer ${key}` };
  return {
    base,
    headers,
    get: (path, accept) =>
      fetch(base + path, { headers: { ...headers, ...(accept && { accept }) } }),
    async store(file) {
      const response = await stow(base, [file], headers);
      assertEquals(response.status, 200, await response.text());
    },
    async remove(path) {
      const response = await fetch(base + path, { method: "DELETE", headers });
      await response.body?.cancel();
      assertEquals(response.status, 204);
    },
  };
}

/** Makes a key as an operator does, on a machine of theirs. */
async function addKey(env: Readonly<Record<string, string>>): Promise<string> {
  const data = await Deno.makeTempDir({ prefix: "gantry-edge-keys-" });
  try {
    const scopes = "read,write,delete";
    const { code, stdout, stderr } = await runTask(
      ["keys", "add", "--name", "edge", "--scopes", scopes],
      { ...env, GANTRY_DATA: data },
    );
    assertEquals(code, 0, stderr);
    return stdout.trim();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  assertEquals(response.status, 200, response.ok ? "" : await response.clone().text());
  return new Uint8Array(await response.arrayBuffer());
}

/** What every codec family stores can be had as it is, decoded, and as images of both kinds. */
async function showsEveryCodec({ get, store, remove }: Asked): Promise<void> {
  const codecs = await loadCodecs();
  for (const transferSyntaxUID of CODED) {
    const frame = madeFrame(FORMATS.u12!, "ramp");
    const coded = encodeFrame(codecs, frame, { transferSyntaxUID });
    const isNative = transferSyntaxUID === EXPLICIT_VR_LITTLE_ENDIAN;
    const file = isNative ? fileOfFrame(frame) : fileOfFrames([coded]);
    await store(file);

    assertEquals(
      await bytesOf(await get(INSTANCE, AS_STORED)),
      file,
      transferSyntaxUID,
    );
    const [decoded] = await readParts(
      await get(`${INSTANCE}/frames/1`, DECODED),
    );
    assertEquals(decoded?.bytes, frame.bytes, transferSyntaxUID);
    const { Rows, Columns } = frame.format;
    const png = decodePng(await bytesOf(await get(`${INSTANCE}/rendered`, "image/png")));
    assertEquals([png.width, png.height], [Columns, Rows]);
    const jpeg = jpegHead(await bytesOf(await get(`${INSTANCE}/rendered`, "image/jpeg")));
    assertEquals([jpeg.width, jpeg.height], [Columns, Rows]);
    await bytesOf(await get(`${INSTANCE}/thumbnail`, "image/jpeg"));

    await remove(INSTANCE);
    const gone = await get(INSTANCE);
    assertEquals(gone.status, 410);
    await gone.body?.cancel();
  }
}

/** Searches, metadata, bulk data and pages, and no instance left. */
async function findsAndTells({ get, store, remove, base, headers }: Asked): Promise<void> {
  await store(fileOfFrame(madeFrame(FORMATS.RGB!, "ramp")));
  const found = await (await get("/studies?limit=1")).json();
  assertEquals(found[0]["0020000D"].Value, [STUDY.split("/").at(-1)]);
  const [metadata] = await (await get(`${STUDY}/metadata`)).json();
  assertMatch(metadata["7FE00010"].BulkDataURI, new RegExp(`^${base}${STUDY}`));
  await bytesOf(await fetch(metadata["7FE00010"].BulkDataURI, { headers }));
  const parts = await readParts(
    await get(STUDY, 'multipart/related; type="application/dicom"; transfer-syntax=*'),
  );
  assertEquals(parts.length, 1);
  await remove(STUDY);

  const root = base.replace(/dicomweb$/, "");
  const page = await (await fetch(root, { headers })).text();
  const style = /href="(?:\.\/)?(ui\/[^"]+\.css)"/.exec(page)?.[1];
  assert(style !== undefined, page.slice(0, 1000));
  await bytesOf(await fetch(root + style));
  for (const path of ["healthz", "readyz", "metrics", "openapi.json", "conformance"]) {
    await bytesOf(await fetch(root + path, { headers }));
  }
}

/**
 * That an answer is finished ends no other, whose frames go on being decoded for a client that reads
 * them late: without no-legacy-abort Deno aborts a request's signal then, too.
 */
async function givesWhatIsReadLate({ get, store, remove }: Asked): Promise<void> {
  const codecs = await loadCodecs();
  const made = Array.from({ length: FRAMES }, (_, at) => madeFrame(LARGE, "noise", at + 1));
  const to = { transferSyntaxUID: UID.rleLossless };
  await store(fileOfFrames(made.map((frame) => encodeFrame(codecs, frame, to))));
  const late = await get(`${INSTANCE}/frames/${made.map((_, at) => at + 1)}`, DECODED);
  for (let frame = 1; frame <= 8; frame++) {
    await readParts(await get(`${INSTANCE}/frames/${frame}`, DECODED));
    await bytesOf(await get(`${INSTANCE}/thumbnail`, "image/jpeg"));
  }
  const parts = await readParts(late);
  assertEquals(parts.map(({ bytes }) => bytes), made.map(({ bytes }) => bytes));
  await remove(INSTANCE);
}

/** A frame that would keep the one thread there is too long is refused, and can be had as it is stored. */
async function refusesWhatIsTooLarge({ get, store, remove }: Asked): Promise<void> {
  const large = fileOfFrame(madeFrame(frameFormat({ Rows: 2100, Columns: 4096 }), "flat"));
  await store(large);
  const refused = await get(`${INSTANCE}/rendered`, "image/jpeg");
  assertEquals(refused.status, 406);
  const { detail } = await refused.json();
  assertStringIncludes(detail, "16 MiB at most");
  assertStringIncludes(detail, "transfer-syntax=*");
  const stored = await bytesOf(await get(INSTANCE, AS_STORED));
  assertEquals(stored.length, large.length);
  await remove(INSTANCE);
}

/** Whoever still reads, it is gone before the platform would kill it. */
async function endsInTime(edge: EdgeProcess, { get, store }: Asked): Promise<void> {
  await store(fileOfFrame(madeFrame(frameFormat({ Rows: 4096, Columns: 4096 }), "flat")));
  const unread = await get(INSTANCE, AS_STORED);
  assertEquals(unread.status, 200);
  const asked = performance.now();
  await ends(edge);
  const milliseconds = performance.now() - asked;
  assert(milliseconds < 5_000, `${milliseconds}`);
  await unread.body?.cancel();
}

/** It ends as it should, and had nothing to complain of. */
async function ends(edge: EdgeProcess): Promise<void> {
  assertEquals(await edge.stop(), 0, edge.log());
  // Deno itself may have something to say.
  assertEquals(edge.log().split("\n").filter((line) => line.startsWith("{")), []);
}

/** Without a key nobody is served, and is told how there comes to be one. */
async function wantsKey(edge: EdgeProcess): Promise<void> {
  const refused = await fetch(`${edge.dicomweb}/studies`);
  assertEquals(refused.status, 401);
  assertStringIncludes((await refused.json()).detail, "`deno task keys add`");
}

for (const deno of VERSIONS) {
  peerTest(
    `edge on Deno ${deno}: wants a key, stores, finds, gives, shows, removes, and ends in time`,
    EDGE_NEEDS,
    () =>
      withEdgeStorage(async ({ env }) => {
        await using keyless = await startEdge({ deno, env });
        await wantsKey(keyless);
        await ends(keyless);
        const key = await addKey(env);

        await using edge = await startEdge({ deno, env });
        const asked = asking(edge.dicomweb, key);
        await showsEveryCodec(asked);
        await findsAndTells(asked);
        await givesWhatIsReadLate(asked);

        await using threadless = await startEdge({ deno, env, withoutWorkers: true });
        const other = asking(threadless.dicomweb, key);
        await showsEveryCodec(other);
        await refusesWhatIsTooLarge(other);
        await showsEveryCodec(other);
        await ends(threadless);

        await endsInTime(edge, asked);
      }),
  );

  peerTest(`edge on Deno ${deno}: a start says all that is missing`, EDGE_NEEDS, async () => {
    const env = { GANTRY_PORT: "no port", GANTRY_INDEX_REPLICA: "1" };
    const { code, log } = await assertRejects(() => startEdge({ deno, env }), EdgeStartError);
    assertEquals(code, 1);
    const messages = log.trim().split("\n").map((line) => JSON.parse(line).message);
    const about = messages.map((message) => /^\w+/.exec(message)?.[0]);
    assertEquals(about.toSorted(), [
      "GANTRY_BLOBS_URL",
      "GANTRY_INDEX_REPLICA",
      "GANTRY_INDEX_URL",
      "GANTRY_PORT",
    ]);

    const machine = {
      GANTRY_INDEX_REPLICA: "1",
      GANTRY_BLOBS_CACHE: "1GB",
      GANTRY_METRICS_PORT: "0",
    };
    const remote = {
      GANTRY_INDEX_URL: "libsql://db.example.org",
      GANTRY_BLOBS_URL: "s3://archive",
    };
    const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const wanting = await assertRejects(
      () => startEdge({ deno, env: { ...remote, ...keys, ...machine } }),
      EdgeStartError,
    );
    for (const name of Object.keys(machine)) assertStringIncludes(wanting.log, `${name} needs a`);
  });
}

Deno.test("edge: reaches no native code, and no module of those that write to a disk", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ENTRY.href],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const reached: string[] = modules.map(({ specifier }: { specifier: string }) => specifier);
  assert(reached.some((specifier) => specifier.endsWith("/server/index/open_remote.ts")));
  assert(reached.some((specifier) => specifier.startsWith("npm:/@libsql/client@")));
  const native = /^npm:\/?(?:@libsql\/client@[^/]+$|libsql@)|\.node$/;
  assertEquals(reached.filter((specifier) => native.test(specifier)), []);
  const writing =
    /server\/(?:data_folder|machine_storage|index_file|backup_folder|blobs\/fs\w*|index\/open_local)\.ts$/;
  assertEquals(reached.filter((specifier) => writing.test(specifier)), []);
});

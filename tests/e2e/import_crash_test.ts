import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Chance, IS_LONG, newChance } from "../support/chance.ts";
import {
  ended,
  type Folders,
  journalsIn,
  runCommand,
  startCommand,
  storedIn,
  withFolders,
  writeFiles,
} from "../support/imports.ts";
import { startServer } from "../support/server_process.ts";

const FILES = IS_LONG ? 1000 : 300;
/** Bytes of a journal in which a file takes about so many. */
const BYTES_OF_FILE = 200;
const KILLS = IS_LONG ? 6 : 3;
const ROUNDS = IS_LONG ? 40 : 1;

/** Starts an import and ends it by a signal once its journal has grown to about so many files. */
async function interrupt(
  { files, data }: Folders,
  after: number,
  signal: Deno.Signal,
  target: readonly string[] = [],
) {
  const child = await startCommand("import", [...target, files], data);
  const output = ended(child);
  const isOver = output.then(() => true);
  while (await journalSize(data) < after * BYTES_OF_FILE) {
    // Looked at as often as the process may be anywhere else meanwhile.
    if (await Promise.race([isOver, turn()])) return await output;
  }
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended in this moment.
    if (!(error instanceof TypeError)) throw error;
  }
  return await output;
}

async function journalSize(data: string): Promise<number> {
  try {
    const [journal] = await journalsIn(data);
    return journal === undefined ? 0 : (await Deno.stat(journal)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function turn(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, 1, false));
}

async function killedImport(folders: Folders, chance: Chance): Promise<void> {
  const { files, data } = folders;
  let kills = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { code } = await interrupt(folders, chance.below(FILES), "SIGKILL");
    if (code !== 0) kills++;
  }
  const { code, stdout } = await runCommand("import", ["--json", files], data);
  assertEquals(code, 0, stdout);
  const { stored, already, complete } = JSON.parse(stdout);
  assertEquals([stored + already, complete], [FILES, true]);
  console.log(`killed ${kills} times; ${already} files were stored and not yet in the journal`);
  const { rows, blobKeys } = await storedIn(data);
  assertEquals(new Set(rows.map((row) => row.SOPInstanceUID)).size, FILES);
  assertEquals(blobKeys.toSorted(), rows.map((row) => row.blobKey).toSorted());
  assertEquals(await journalsIn(data), []);
}

Deno.test("import: killed at any instant and started again, it stores each file once and misses none", async () => {
  const chance = newChance();
  for (let round = 0; round < ROUNDS; round++) {
    await withFolders(async (folders) => {
      await writeFiles(folders.files, FILES);
      await killedImport(folders, chance);
      assertEquals((await runCommand("verify", [], folders.data)).code, 0);
    });
  }
});

Deno.test("import: into a server, killed and started again, stores each file once and misses none", async () => {
  const chance = newChance();
  const server = await startServer();
  try {
    await withFolders(async (folders) => {
      const { files, data } = folders;
      await writeFiles(files, FILES);
      const to = ["--to", server.dicomweb];
      await interrupt(folders, chance.below(FILES / 4), "SIGKILL", to);
      const { code, stdout } = await runCommand("import", ["--json", ...to, files], data);
      assertEquals(code, 0, stdout);
      assertEquals(JSON.parse(stdout).stored, FILES);
      assertEquals((await storedIn(server.data)).rows.length, FILES);
      assertEquals((await storedIn(server.data)).blobKeys.length, FILES);
      assertEquals(await journalsIn(data), []);
    });
  } finally {
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("import: Ctrl-C stops it cleanly, and a second start goes on", async () => {
  await withFolders(async (folders) => {
    const { files, data } = folders;
    await writeFiles(files, FILES);
    const stopped = await interrupt(folders, 100, "SIGINT");
    assertEquals(stopped.code, 1, stopped.stderr);
    assertStringIncludes(stopped.stderr, "start it again and it goes on from here");
    const before = await storedIn(data);
    assert(before.rows.length < FILES);
    assertEquals(before.blobKeys.length, before.rows.length);

    const { code, stdout, stderr } = await runCommand("import", [files], data);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `Going on: ${before.rows.length} files are settled already\n`);
    assertStringIncludes(stdout, `: ${FILES} stored\n`);
    assertEquals((await storedIn(data)).rows.length, FILES);
  });
});

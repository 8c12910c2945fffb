import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  beginRestore,
  holdIndex,
  keySecret,
  lockDataFolder,
  makeIndexFile,
  openDataFolder,
  RestoreError,
} from "../../server/data_folder.ts";

async function withFolder(run: (path: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await run(`${parent}/data`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;

Deno.test("openDataFolder: makes a folder for its owner alone", () =>
  withFolder(async (path) => {
    const folder = await openDataFolder(path);
    assertEquals(folder, {
      path,
      index: `${path}/index.db`,
      blobs: `${path}/blobs`,
      viewers: `${path}/viewer`,
      cache: `${path}/cache`,
      replica: `${path}/replica/index.db`,
    });
    await makeIndexFile(folder);
    assertEquals([await modeOf(path), await modeOf(folder.index)], [0o700, 0o600]);
    await openDataFolder(path);
    await makeIndexFile(folder);
  }));

Deno.test("lockDataFolder: lets one in at a time, and says who", () =>
  withFolder(async (path) => {
    const folder = await openDataFolder(path);
    const first = await lockDataFolder(folder);
    assert(first !== undefined);
    assertEquals(await lockDataFolder(folder), undefined);
    assertEquals(await Deno.readTextFile(`${path}/server.lock`), `${Deno.pid}\n`);
    first.close();
    const second = await lockDataFolder(folder);
    assert(second !== undefined);
    second.close();
  }));

Deno.test("beginRestore: leaves no mark in a folder that another process uses", () =>
  withFolder(async (path) => {
    const folder = await openDataFolder(path);
    // As a server has it that starts at the same time, before it has an index.
    const server = await lockDataFolder(folder);
    await assertRejects(() => beginRestore(path, "backup"), RestoreError, "wait for it");
    await openDataFolder(path);
    server!.close();
    (await beginRestore(path, "backup")).lock.close();
    await assertRejects(() => openDataFolder(path), RestoreError, "is not complete");
  }));

Deno.test("holdIndex: many share it, and who wants it alone waits for them", () =>
  withFolder(async (path) => {
    const folder = await openDataFolder(path);
    {
      using first = await holdIndex(folder, "shared");
      using second = await holdIndex(folder, "shared");
      assert(first !== undefined && second !== undefined);
      assertEquals(await holdIndex(folder, "alone"), undefined);
    }
    using alone = await holdIndex(folder, "alone");
    assert(alone !== undefined);
    assertEquals(await holdIndex(folder, "shared"), undefined);
  }));

Deno.test("keySecret: is made once, for its owner alone, whoever comes first", () =>
  withFolder(async (path) => {
    const folder = await openDataFolder(path);
    const secrets = await Promise.all([keySecret(folder), keySecret(folder)]);
    assertEquals(secrets[0].length, 32);
    assertEquals(secrets[0], secrets[1]);
    assertEquals(await keySecret(folder), secrets[0]);
    assertEquals(await modeOf(`${path}/keys.secret`), 0o600);
    const names = [...Deno.readDirSync(path)].map((entry) => entry.name);
    assertEquals(names.sort(), ["keys.secret"]);
  }));

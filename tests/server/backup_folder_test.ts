import { assertEquals, assertRejects } from "@std/assert";
import {
  backupFolder,
  finishBackup,
  makeIndexFile,
  NoBackupError,
  removeStrayIndexes,
  sealIndex,
} from "../../server/backup_folder.ts";

Deno.test("backup folder: where the manifest cannot be read, no index that it may name is removed", async () => {
  const path = await Deno.makeTempDir({ prefix: "gantry-backup-" });
  try {
    const folder = backupFolder(path);
    const names = () =>
      [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => /^index/.test(name));
    const kept = await makeIndexFile(folder, "0".repeat(26));
    await finishBackup(folder, new Uint8Array(32), {
      begun: "",
      finished: "",
      index: await sealIndex(kept),
      archives: {},
      faults: 0,
    });
    await makeIndexFile(folder, "1".repeat(26));
    await removeStrayIndexes(folder);
    assertEquals(names(), [`index-${"0".repeat(26)}.db`]);
    // Of a later version.
    await Deno.writeTextFile(`${path}/manifest.json`, JSON.stringify({ version: 2 }));
    await assertRejects(() => removeStrayIndexes(folder), NoBackupError, "or another folder");
    assertEquals(names(), [`index-${"0".repeat(26)}.db`]);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

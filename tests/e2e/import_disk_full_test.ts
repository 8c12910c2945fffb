import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand, withFolders, writeFiles } from "../support/imports.ts";
import { smallDiskTest } from "../support/tmpfs.ts";

smallDiskTest(
  "import and export: a full disk ends them, with nothing lost and nothing in part",
  24,
  (disk) =>
    withFolders(async ({ files, data }) => {
      // 30 MB in all.
      await writeFiles(files, 30, 2000);
      const first = await runCommand("import", ["--json", files], `${disk}/data`);
      assertEquals(first.code, 1, first.stderr);
      const { stored, complaint, complete } = JSON.parse(first.stdout);
      assertEquals(complaint, "The disk is full: make room, and start the import again");
      assert(stored < 30 && !complete, first.stdout);
      assertEquals((await verified(disk)).instances, stored);

      assertEquals((await runCommand("import", [files], data)).code, 0);
      const exported = await runCommand("export", ["--to", `${disk}/disc.zip`], data);
      assertEquals(exported.code, 1, exported.stderr);
      assertStringIncludes(exported.stderr, "The disk is full: nothing is exported");
      const names = await Array.fromAsync(Deno.readDir(disk), ({ name }) => name);
      assertEquals(names, ["data"]);

      // There is room again: it goes on, and what was left over is gone.
      await new Deno.Command("mount", { args: ["-o", "remount,size=96m", disk] }).output();
      const second = await runCommand("import", ["--json", files], `${disk}/data`);
      assertEquals(second.code, 0, second.stdout);
      assertEquals(await verified(disk), { instances: 30, pending: 0, faults: 0 });
    }),
);

/** What `verify` counts; by another process, since this one has to let go of the disk. */
async function verified(disk: string) {
  const { stdout } = await runCommand("verify", ["--json"], `${disk}/data`);
  const { instances, pending, faults } = JSON.parse(stdout);
  return { instances, pending, faults };
}

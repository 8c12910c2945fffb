/**
 * Tests on a disk that is soon full. To mount one takes rights that few have: elsewhere the test is
 * skipped, and its name says so.
 * @module
 */

/** A test in a folder that is a file system of its own, of so many MiB. */
export function smallDiskTest(
  name: string,
  mebibytes: number,
  run: (folder: string) => Promise<void>,
): void {
  if (!MAY_MOUNT) {
    Deno.test({ name: `${name} [skipped: only root may mount a tmpfs]`, ignore: true, fn() {} });
    return;
  }
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "gantry-disk-" });
    try {
      if (!mount(folder, mebibytes)) throw new Error("The tmpfs could not be mounted");
      try {
        await run(folder);
      } finally {
        system("umount", folder);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Whether this process may mount: root in a container may not. */
const MAY_MOUNT = (() => {
  const folder = Deno.makeTempDirSync({ prefix: "gantry-disk-" });
  try {
    return mount(folder, 1) && system("umount", folder);
  } finally {
    Deno.removeSync(folder);
  }
})();

function mount(folder: string, mebibytes: number): boolean {
  return system("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,mode=700`, "tmpfs", folder);
}

function system(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

import { assert, assertEquals } from "@std/assert";
import { IS_LONG } from "../support/chance.ts";
import { ended, startCommand, withFolders } from "../support/imports.ts";
import { fileOf, largeInstance } from "../support/large_instance.ts";
import { memoryOf } from "../support/process_memory.ts";
import { startServer } from "../support/server_process.ts";

/** Frames of 512 KiB. */
const FRAMES = IS_LONG ? 4096 : 640;
/** Bytes that a command may take, whatever the size of what it moves. */
const MOST = 300 * 1024 * 1024;

/** Runs a command to its end; resolves to the most memory that it was seen to have. */
async function peakOf(child: Deno.ChildProcess): Promise<number> {
  let isOver = false;
  const output = ended(child).finally(() => isOver = true);
  let peak = 0;
  while (!isOver) {
    const memory = await memoryOf(child.pid);
    if (memory.peak > peak) peak = memory.peak;
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  const { code, stderr } = await output;
  assertEquals(code, 0, stderr);
  return peak;
}

Deno.test("import and export: take little memory for a file that is larger", async () => {
  await withFolders(async ({ files, data }) => {
    const path = `${files}/large.dcm`;
    await Deno.writeFile(path, ReadableStream.from(fileOf(largeInstance("2.25.5", FRAMES))));
    const { size } = await Deno.stat(path);
    assert(size > MOST);
    const peaks = new Map<string, number>();
    const run = async (what: string, child: Deno.ChildProcess) =>
      peaks.set(what, await peakOf(child));
    await run("import", await startCommand("import", [path], data));
    await run("export", await startCommand("export", ["--to", `${files}/disc.zip`], data));
    await run("import of zip", await startCommand("import", [`${files}/disc.zip`], `${data}2`));
    if (IS_LONG) {
      await run(
        "export to a folder",
        await startCommand("export", ["--to", `${files}/disc`], data),
      );
      const server = await startServer();
      const to = ["--to", server.dicomweb, path];
      await run("import --to", await startCommand("import", to, data)).finally(server.stop);
    }
    const shown = [...peaks].map(([what, peak]) => `${what} ${Math.round(peak / 1e6)} MB`);
    console.log(`${Math.round(size / 1e6)} MB: ${shown.join(", ")}`);
    for (const [what, peak] of peaks) assert(peak < MOST, what);
  });
});

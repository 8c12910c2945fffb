import { assert, assertEquals } from "@std/assert";
import { peerTest } from "../support/peers.ts";
import { startServer } from "../support/server_process.ts";
import { ctInstance } from "../support/part10_builder.ts";

const README = new URL("../../README.md", import.meta.url);

/** The README's `bash` blocks, in order. */
async function commands(): Promise<string[]> {
  const text = await Deno.readTextFile(README);
  return [...text.matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map((block) => block[1]!);
}

async function run(command: string, folder: string, env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", command],
    cwd: folder,
    env,
    stdin: "null",
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

peerTest("README: every command works as it is written", ["bash", "curl"], async () => {
  const folder = await Deno.makeTempDir();
  const server = await startServer();
  try {
    const file = ctInstance();
    await Deno.writeFile(`${folder}/my file.dcm`, file);
    const env = {
      FILE: "my file.dcm",
      STUDY: "1.2.826.0.1.3680043.10.1.1",
      SERIES: "1.2.826.0.1.3680043.10.1.2",
      INSTANCE: "1.2.826.0.1.3680043.10.1.3",
    };
    const [base, ...blocks] = await commands();
    assertEquals(base, "BASE=http://127.0.0.1:8080/dicomweb\n");
    assert(blocks.length >= 5);
    for (const block of blocks) {
      const { code, stderr } = await run(`BASE=${server.dicomweb}\n${block}`, folder, env);
      assertEquals(code, 0, `${block}${stderr}`);
    }
    assertEquals(await Deno.readFile(`${folder}/instance.dcm`), file);
    const pixels = file.subarray(-32);
    assertEquals(await Deno.readFile(`${folder}/frame.raw`), pixels);
    assertEquals(await Deno.readFile(`${folder}/pixels.raw`), pixels);
    assertEquals(await Deno.readFile(`${folder}/decoded.raw`), pixels);
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

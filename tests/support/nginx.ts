/**
 * Debian's nginx as a proxy before the server, in a temporary folder.
 * @module
 */
import { collect } from "./child_process.ts";

/** Runs `run` while nginx serves these `server` blocks. */
export async function withNginx(servers: string, run: () => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-nginx-" });
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off;
# One process, which stays who it is: as another user it could not write to its folder.
master_process off;
pid ${folder}/pid;
error_log stderr notice;
events { worker_connections 512; }
http {
  access_log off;
  ${places.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
${servers}
}
`,
  );
  const child = new Deno.Command("nginx", {
    args: ["-p", folder, "-e", "stderr", "-c", `${folder}/nginx.conf`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = collect(child.stderr);
  try {
    // It says how it waits for connections once it takes them.
    if (await said.until(/using the "\w+" event method/) === null) {
      throw new Error(`nginx ended before it listened: ${said.text()}`);
    }
    await run();
  } finally {
    end(child);
    await child.status;
    await said.done;
    await Deno.remove(folder, { recursive: true });
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}

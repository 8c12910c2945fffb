/**
 * A proxy before several servers that gives each request to the next of them, whatever connection it
 * comes over: nginx, as it stands before real ones.
 * @module
 */
import { collect, dependent } from "./child_process.ts";
import { freePort } from "./orthanc.ts";

/** A proxy that listens. */
export interface RoundRobin {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

function configuration(folder: string, port: number, servers: readonly string[]): string {
  const upstreams = servers.map((url) => `server ${new URL(url).host} max_fails=0;`).join(" ");
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 0;
  upstream servers { ${upstreams} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_next_upstream off;
      proxy_read_timeout 300s;
    }
  }
}`;
}

/** Starts a proxy before servers at these URLs, on a port, and waits until it listens. */
export async function startRoundRobin(
  servers: readonly string[],
  port: number = freePort(),
): Promise<RoundRobin> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-nginx-" });
  await Deno.writeTextFile(`${folder}/nginx.conf`, configuration(folder, port, servers));
  const [program, args] = dependent(
    "nginx",
    ["-c", `${folder}/nginx.conf`, "-p", folder],
    "TERM",
  );
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = collect(child.stderr);
  const ended = async () => {
    await child.status;
    await log.done;
    await Deno.remove(folder, { recursive: true });
  };
  // It listens before it starts those that serve.
  if (await log.until(/start worker process \d+/) === null) {
    await ended();
    throw new Error(`nginx ended: ${log.text()}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      await ended();
    },
  };
}

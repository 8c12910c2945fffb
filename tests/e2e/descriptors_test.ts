import { assert, assertEquals } from "@std/assert";
import { ctInstance } from "../support/part10_builder.ts";
import { connect, readStatus, send } from "../support/raw_http.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { statusOf } from "../support/unharmed.ts";

const LIMIT = 256;

Deno.test("main: connections that use up every file descriptor neither end it nor what it is at", async () => {
  const server = await startServer({ under: ["sh", "-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh"] });
  const idle: Deno.Conn[] = [];
  try {
    const file = ctInstance();
    // Starts what starts with the first store: Deno itself cannot load code without descriptors.
    assertEquals(await statusOf(stow(server.dicomweb, [file])), 200);
    using upload = await connect(server.url);
    await send(
      upload,
      `POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\n` +
        `Content-Length: ${file.length}\r\n\r\n`,
    );
    await send(upload, file.subarray(0, 100));
    for (let i = 0; i < LIMIT; i++) {
      const connection = await connect(server.url).catch(undefinedIfRefused);
      if (connection === undefined) break;
      idle.push(connection);
    }
    // No descriptor is left for the file that it would go to; the answer says so.
    await send(upload, file.subarray(100));
    assert([200, 409, 503].includes(await readStatus(upload) ?? 0));
    idle.splice(0).forEach((connection) => connection.close());

    const response = await eventually(() => fetch(`${server.url}/healthz`));
    assertEquals(await response.json(), { status: "ok" });
  } finally {
    idle.forEach((connection) => connection.close());
    const code = await server.stop();
    assertEquals(code, 0, server.log());
  }
});

function undefinedIfRefused(error: unknown): undefined {
  if (error instanceof Deno.errors.ConnectionRefused) return;
  if (error instanceof Deno.errors.ConnectionReset) return;
  throw error;
}

/** Milliseconds in which the server must be back. */
const PATIENCE = 10_000;

/** Tries until it works. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

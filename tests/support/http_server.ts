/**
 * An HTTP server of the test's own, for clients that have to be shown what a server may do.
 * @module
 */

/** Runs `work` with the server's URL (`http://127.0.0.1:port`); every request gets what `answer` gives. */
export async function withHttp<Result>(
  answer: (request: Request) => Response | Promise<Response>,
  work: (base: string) => Promise<Result>,
): Promise<Result> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  try {
    return await work(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

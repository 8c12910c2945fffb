/**
 * What stands between the index and its server: counts what is asked, and lets single requests fail
 * in ways that an HTTP server cannot, such as an answer that is lost.
 * @module
 */

/** What becomes of a request. `after`: the server has done its work. */
export type Fate =
  | { readonly kind: "passed" }
  | { readonly kind: "cut"; readonly after: boolean }
  | { readonly kind: "half" }
  | { readonly kind: "status"; readonly status: number; readonly after: boolean }
  | { readonly kind: "silence"; readonly after: boolean };

/** Every {@linkcode Fate} that is none of success. */
export const FATES: readonly Fate[] = [
  { kind: "cut", after: false },
  { kind: "cut", after: true },
  { kind: "half" },
  ...[500, 502, 503].flatMap((status) =>
    [false, true].map((after): Fate => ({ kind: "status", status, after }))
  ),
  { kind: "silence", after: false },
  { kind: "silence", after: true },
];

/** A front of one server. */
export interface IndexFront extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the requests that came so far. */
  readonly requests: string[];
  /** Of the next request that comes, and of those after it. Beyond them all are passed. */
  fates: Fate[];
}

/** Starts a front of the server at `url`. */
export function startIndexFront(url: string): IndexFront {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const requests: string[] = [];
  const front = {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    requests,
    fates: [] as Fate[],
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) connection.close();
      await ended;
    },
  };
  const serving = new Set<Promise<void>>();
  const ended = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      serving.add(serve(connection).finally(() => connections.delete(connection)));
    }
  })().catch(() => {}).then(() => Promise.all(serving)).then(() => {});

  async function serve(connection: Deno.Conn): Promise<void> {
    try {
      for (;;) {
        const request = await readRequest(connection);
        if (request === undefined) break;
        requests.push(request.body);
        if (!await answer(connection, request, front.fates.shift() ?? { kind: "passed" })) break;
      }
      connection.close();
    } catch {
      // The other side, or the end of the test, has closed it.
    }
  }

  /** Whether the connection goes on. */
  async function answer(connection: Deno.Conn, request: Request, fate: Fate): Promise<boolean> {
    const isDone = fate.kind === "passed" || fate.kind === "half" || fate.after;
    const given = isDone ? await pass(url, request) : new Uint8Array();
    switch (fate.kind) {
      case "passed":
        await writeAll(connection, given);
        return true;
      case "half":
        await writeAll(connection, given.subarray(0, given.length - 10));
        return false;
      case "cut":
        return false;
      case "status":
        await writeAll(connection, answerOf(fate.status, "text/plain", "out of order"));
        return true;
      case "silence":
        // Until the other side has enough of it.
        while (await connection.read(new Uint8Array(1024)) !== null);
        return false;
    }
  }
  return front;
}

interface Request {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function readRequest(connection: Deno.Conn): Promise<Request | undefined> {
  let text = "";
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const end = text.indexOf("\r\n\r\n") + 4;
    const chunked = /\r\ntransfer-encoding: chunked\r\n/i.test(text.slice(0, end));
    if (end >= 4 && (!chunked || text.endsWith("\r\n0\r\n\r\n"))) {
      const body = Uint8Array.from(
        chunked ? unchunked(text, end) : "",
        (char) => char.charCodeAt(0),
      );
      return {
        path: text.split(" ")[1] ?? "",
        authorization: /\r\nauthorization: (.*)\r\n/i.exec(text)?.[1],
        body: new TextDecoder().decode(body),
      };
    }
    const read = await connection.read(buffer);
    if (read === null) return undefined;
    text += decoder.decode(buffer.subarray(0, read));
  }
}

function unchunked(text: string, from: number): string {
  let body = "";
  for (let at = from;;) {
    const line = text.indexOf("\r\n", at);
    const length = parseInt(text.slice(at, line), 16);
    if (length === 0) return body;
    body += text.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
  }
}

async function pass(url: string, { path, authorization, body }: Request): Promise<Uint8Array> {
  try {
    const headers = {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body });
    const type = response.headers.get("content-type") ?? "text/plain";
    return answerOf(response.status, type, await response.text());
  } catch {
    return answerOf(502, "text/plain", "the server is not there");
  }
}

function answerOf(status: number, type: string, text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const head =
    `HTTP/1.1 ${status} \r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
  return new Uint8Array([...new TextEncoder().encode(head), ...body]);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

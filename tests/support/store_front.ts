/**
 * A front before an object store that passes requests and answers on byte for byte, but for the
 * faults that a test wants. It counts what was asked, and is a proxy too, which leads every host
 * to the store.
 * @module
 */

/** A request as it came. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What happens to a request instead of being answered. */
export type StoreFault =
  /** Not passed on, but answered so. */
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** Not passed on, nor answered: the connection ends. */
  | { readonly kind: "reset" }
  /** Not passed on, nor answered, ever. */
  | { readonly kind: "silence" }
  /** Passed on; the connection ends in place of the answer. */
  | { readonly kind: "lose" }
  /** Answered, with so many bytes of the body, after which the connection ends. */
  | { readonly kind: "cut"; readonly after: number }
  /** Likewise, after which nothing comes any more. */
  | { readonly kind: "stall"; readonly after: number }
  /** Passed on with another last byte of the request's body. */
  | { readonly kind: "damage request" }
  /** Answered with another last byte of the answer's body. */
  | { readonly kind: "damage answer" };

/** A front; its fault may be changed at any time. */
export interface StoreFront {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What was asked so far. */
  readonly requests: FrontRequest[];
  /** Says what is to happen to a request; undefined passes it on. */
  fault: (request: FrontRequest) => StoreFault | undefined | Promise<StoreFault | undefined>;
  stop(): Promise<void>;
}

/** Runs `use` with a front before the store at `behind`, an origin. */
export async function withStoreFront(
  behind: string,
  use: (front: StoreFront) => Promise<void>,
): Promise<void> {
  const { port } = new URL(behind);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const serving: Promise<void>[] = [];
  const front: StoreFront = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests: [],
    fault: () => undefined,
    async stop() {
      listener.close();
      for (const connection of open) close(connection);
      await Promise.all(serving);
    },
  };

  async function serve(client: Deno.TcpConn): Promise<void> {
    open.add(client);
    try {
      const { head, body } = await readMessage(client);
      if (head === "") return;
      const request = requestOf(head, body);
      front.requests.push(request);
      const fault = await front.fault(request);
      if (fault?.kind === "reset") return;
      if (fault?.kind === "silence") return await untilClosed(client);
      if (fault?.kind === "answer") return await writeAll(client, answerOf(fault));
      const store = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      open.add(store);
      try {
        if (fault?.kind === "damage request") damageLast(body);
        await writeAll(store, encode(forStore(head)), body);
        await passAnswer(store, client, fault);
      } finally {
        close(store);
        open.delete(store);
      }
    } catch {
      // One of the two ended: so does the other.
    } finally {
      close(client);
      open.delete(client);
    }
  }

  const accepting = (async () => {
    for await (const client of listener) serving.push(serve(client));
  })();
  try {
    await use(front);
  } finally {
    await front.stop();
    await accepting;
  }
}

/** The answer goes to the client as it comes, as far as the fault lets it. */
async function passAnswer(
  store: Deno.TcpConn,
  client: Deno.TcpConn,
  fault: StoreFault | undefined,
): Promise<void> {
  const { head, body } = await readHead(store);
  if (fault?.kind === "lose") return;
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  const ends = fault?.kind === "cut" || fault?.kind === "stall" ? fault.after : Infinity;
  await writeAll(client, encode(head));
  let passed = 0;
  for await (const bytes of bytesOf(store, body)) {
    const part = bytes.subarray(0, ends - passed);
    passed += part.length;
    if (fault?.kind === "damage answer" && passed === length) damageLast(part);
    await writeAll(client, part);
    if (passed === ends) break;
  }
  if (fault?.kind === "stall") await untilClosed(client);
}

function damageLast(bytes: Uint8Array): void {
  bytes[bytes.length - 1]! ^= 1;
}

function requestOf(head: string, body: Uint8Array): FrontRequest {
  const [line = "", ...fields] = head.trimEnd().split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const headers = new Headers(fields.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1)];
  }));
  return { method, target: target.replace(/^http:\/\/[^/]+/, ""), headers, body };
}

/** A request's head as the store takes it, when a proxy was asked, for one answer. */
function forStore(head: string): string {
  return head.replace(/^(\S+) http:\/\/[^/]+/, "$1 ")
    .replace(/^connection:.*\r\n/im, "")
    .replace(/\r\n\r\n$/, "\r\nConnection: close\r\n\r\n");
}

function answerOf({ status, headers, body = "" }: StoreFault & { kind: "answer" }): Uint8Array {
  const fields = { ...headers, "content-length": encode(body).length, connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return encode(`HTTP/1.1 ${status} Fault\r\n${lines.join("")}\r\n${body}`);
}

/** A message with its whole body; its head is empty where the connection ends before. */
async function readMessage(connection: Deno.TcpConn) {
  const { head, body } = await readHead(connection);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const whole = new Uint8Array(length);
  whole.set(body);
  for (let filled = body.length; filled < length;) {
    const read = await connection.read(whole.subarray(filled));
    if (read === null) throw new Error("A request broke off");
    filled += read;
  }
  return { head, body: whole };
}

/** A head with the empty line after it, and what came of the body with it. */
async function readHead(connection: Deno.TcpConn): Promise<{ head: string; body: Uint8Array }> {
  let bytes = new Uint8Array();
  for (;;) {
    const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
    if (end >= 0) {
      const head = new TextDecoder().decode(bytes.subarray(0, end + 4));
      return { head, body: bytes.subarray(end + 4) };
    }
    const more = await readSome(connection);
    if (more.length === 0) return { head: "", body: more };
    bytes = new Uint8Array([...bytes, ...more]);
  }
}

/** What comes after the first bytes too. */
async function* bytesOf(connection: Deno.TcpConn, first: Uint8Array): AsyncGenerator<Uint8Array> {
  let bytes = first.length > 0 ? first : await readSome(connection);
  for (; bytes.length > 0; bytes = await readSome(connection)) yield bytes;
}

/** The next bytes; none at the end. */
async function readSome(connection: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(64 * 1024);
  return bytes.subarray(0, await connection.read(bytes) ?? 0);
}

async function untilClosed(connection: Deno.TcpConn): Promise<void> {
  while ((await readSome(connection)).length > 0);
}

async function writeAll(connection: Deno.TcpConn, ...pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    for (let written = 0; written < piece.length;) {
      written += await connection.write(piece.subarray(written));
    }
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The other side of it was first.
  }
}

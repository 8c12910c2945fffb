/**
 * Servers that take STOW-RS requests, each in its own way.
 * @module
 */
import { Buffer } from "node:buffer";

/** A store request as it came. */
export interface StowRequest {
  readonly path: string;
  readonly headers: Headers;
  /** Media Storage SOP Instance UID of each part. */
  readonly uids: readonly string[];
  /** Bytes of each part. */
  readonly parts: readonly Uint8Array[];
}

/** A server of a test's own. */
export interface StowServer {
  /** Its DICOMweb root. */
  readonly base: string;
  /** Every request that came whole. */
  readonly requests: readonly StowRequest[];
  /** What to answer from now on. */
  answer: (request: StowRequest) => Response | Promise<Response>;
}

/** Runs a test with a server that stores everything unless the test says otherwise. */
export async function withStowServer(test: (server: StowServer) => Promise<void>): Promise<void> {
  const requests: StowRequest[] = [];
  const abort = new AbortController();
  const server = { base: "", requests, answer: (request: StowRequest) => stored(request.uids) };
  const listening = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: abort.signal, onListen() {} },
    async (request) => {
      const body = new Uint8Array(await request.arrayBuffer());
      const { pathname } = new URL(request.url);
      const read = { path: pathname, headers: request.headers, ...readParts(request, body) };
      requests.push(read);
      return await server.answer(read);
    },
  );
  server.base = `http://127.0.0.1:${listening.addr.port}/rs`;
  try {
    await test(server);
  } finally {
    abort.abort();
    await listening.finished;
  }
}

/** 200 that names these as stored, or 202 or 409 where others are refused. */
export function stored(
  uids: readonly string[],
  refused: Readonly<Record<string, number>> = {},
): Response {
  const item = (uid: string) => ({ "00081155": { vr: "UI", Value: [uid] } });
  const failed = Object.entries(refused).map(([uid, reason]) => ({
    ...item(uid),
    "00081197": { vr: "US", Value: [reason] },
  }));
  const status = failed.length === 0 ? 200 : uids.length === 0 ? 409 : 202;
  const module = {
    ...(failed.length > 0 && { "00081198": { vr: "SQ", Value: failed } }),
    ...(uids.length > 0 && { "00081199": { vr: "SQ", Value: uids.map(item) } }),
  };
  return Response.json(module, { status });
}

/** Any other answer. */
export function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response("no", { status: code, headers });
}

/** Runs a test with the DICOMweb root of a server that breaks every connection off inside the request. */
export async function withBreakingServer(test: (base: string) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const breaking = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1000));
      connection.close();
    }
  })();
  try {
    await test(`http://127.0.0.1:${listener.addr.port}/rs`);
  } finally {
    listener.close();
    await breaking;
  }
}

/** Tag and VR of Media Storage SOP Instance UID. */
const INSTANCE_UID = "\x02\0\x03\0UI";

function readParts(request: Request, body: Uint8Array): Pick<StowRequest, "uids" | "parts"> {
  const type = request.headers.get("content-type") ?? "";
  const boundary = /boundary=([^;]+)/.exec(type)?.[1] ?? "";
  const parts = Buffer.from(body).toString("latin1").split(`--${boundary}`).slice(1, -1)
    .map((part) => part.slice(part.indexOf("\r\n\r\n") + 4, -2));
  return {
    uids: parts.map((part) => {
      const [, value = ""] = part.slice(0, 1000).split(INSTANCE_UID);
      return /^..([\d.]+)/s.exec(value)?.[1] ?? "";
    }),
    parts: parts.map((part) => new Uint8Array(Buffer.from(part, "latin1"))),
  };
}

/**
 * A server before a server that passes everything on but for one fault, so that what looks for
 * faults can be shown to find them.
 * @module
 */

/** Changes what is asked of the server behind, or what it answered. */
export interface Fault {
  readonly ask?: (request: Request, url: URL) => { readonly url?: URL; readonly accept?: string };
  readonly answer?: (
    response: Response,
    url: URL,
    request: Request,
  ) => Response | Promise<Response>;
}

/** A front; its fault may be changed at any time. */
export interface SpoilingFront {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  fault: Fault;
  stop(): Promise<void>;
}

/** Starts it before the server at `behind`, an origin. */
export function startSpoilingFront(behind: string): SpoilingFront {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const target = new URL(url.pathname + url.search, behind);
    const changed = front.fault.ask?.(request, target) ?? {};
    const headers = new Headers(request.headers);
    for (const name of ["host", "content-length", "accept-encoding"]) headers.delete(name);
    if (changed.accept !== undefined) headers.set("accept", changed.accept);
    const response = await fetch(changed.url ?? target, {
      method: request.method,
      headers,
      body: request.body === null ? null : await request.arrayBuffer(),
      redirect: "manual",
    });
    const own = await asOwn(response, behind, front.url);
    return await front.fault.answer?.(own, target, request) ?? own;
  });
  const front: SpoilingFront = {
    url: `http://127.0.0.1:${server.addr.port}`,
    fault: {},
    stop: () => server.shutdown(),
  };
  return front;
}

/** The answer as the front's own: whole, without coding, and with URLs that lead to the front. */
async function asOwn(response: Response, behind: string, own: string): Promise<Response> {
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) {
    headers.delete(name);
  }
  for (const name of ["location", "content-location"]) {
    const value = headers.get(name);
    if (value !== null) headers.set(name, value.replace(behind, own));
  }
  const isText = /json|xml/.test(headers.get("content-type") ?? "");
  const bytes = new Uint8Array(await response.arrayBuffer());
  const body = isText ? new TextDecoder().decode(bytes).replaceAll(behind, own) : bytes;
  const isEmpty = [101, 204, 205, 304].includes(response.status);
  return new Response(isEmpty ? null : body, { status: response.status, headers });
}

/** The same answer with another status. */
export function withStatus(response: Response, status: number): Response {
  return new Response(response.body, { status, headers: response.headers });
}

/** The same answer without a header. */
export function withoutHeader(response: Response, ...names: readonly string[]): Response {
  const headers = new Headers(response.headers);
  for (const name of names) headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
}

/** The same answer with another text; bytes stand for the characters of Latin-1. */
export async function withText(
  response: Response,
  change: (text: string) => string,
): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const changed = change(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const body = Uint8Array.from(changed, (character) => character.charCodeAt(0));
  return new Response(body, { status: response.status, headers: response.headers });
}

/**
 * What stands at the server's address when the server itself cannot be reached: HTTP servers and
 * others that fail in one way each, or pass everything on.
 * @module
 */
import { status } from "./stow_server.ts";

/** Listens at the server's address. */
export interface Front {
  /** Resolves when a request has got as far as the fault. */
  readonly met: Promise<void>;
  /** Ends it, with whatever is under way. */
  stop(): Promise<void>;
}

/** Takes a port; `server` is where the server really is, `http://host:port`. */
export type StartFront = (port: number, server: string) => Front;

/** Bytes of a request that are read before its connection is cut. */
const CUT_AFTER = 1000;

/** Answers every request, once it has come whole. */
export function answering(
  answer: (request: Request, body: ArrayBuffer, server: string) => Response | Promise<Response>,
): StartFront {
  return (port, server) => {
    const { promise: met, resolve } = Promise.withResolvers<void>();
    const ending = new AbortController();
    const { finished } = Deno.serve(
      { hostname: "127.0.0.1", port, signal: ending.signal, onListen() {} },
      async (request) => {
        const response = await answer(request, await request.arrayBuffer(), server);
        resolve();
        return response;
      },
    );
    return {
      met,
      async stop() {
        ending.abort();
        await finished;
      },
    };
  };
}

/** Passes every request on; `onAnswer` may look at the answer's text, wait, and give another. */
export function passing(
  onAnswer: (text: string) => BodyInit | Promise<BodyInit>,
): StartFront {
  return answering(async ({ url, method, headers }, body, server) => {
    const response = await fetch(`${server}${new URL(url).pathname}`, { method, headers, body });
    return new Response(await onAnswer(await response.text()), { status: response.status });
  });
}

/** Nobody listens. */
export const absent: StartFront = () => ({ met: Promise.resolve(), stop: () => Promise.resolve() });

/** Answers nothing but a status. */
export function refusing(code: number, headers: Record<string, string> = {}): StartFront {
  return answering(() => status(code, headers));
}

/** The server does its work, and the connection ends in the middle of its answer. */
export const breakingOff: StartFront = passing((text) => {
  const half = new TextEncoder().encode(text.slice(0, text.length / 2));
  return new ReadableStream({
    start: (controller) => controller.enqueue(half),
    pull: (controller) => controller.error(new Error("broken off")),
  });
});

/** Cuts every connection in the middle of its request. */
export const cutting: StartFront = (port) => {
  const { promise: met, resolve } = Promise.withResolvers<void>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const ended = (async () => {
    for await (const connection of listener) {
      for (let length = 0; length < CUT_AFTER;) {
        length += await connection.read(new Uint8Array(CUT_AFTER)) ?? CUT_AFTER;
      }
      connection.close();
      resolve();
    }
  })();
  return {
    met,
    async stop() {
      listener.close();
      await ended;
    },
  };
};

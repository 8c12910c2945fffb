/**
 * Listening that lasts. Deno gives a listener up for good as soon as one connection cannot be taken,
 * as when every file descriptor is in use; the connections that it has taken go on.
 * @module
 */
import type { Handler } from "./drain.ts";

/** Where to listen, and who is told. */
export interface ListenOptions {
  /** Without it, every address, or what the platform decides. */
  readonly hostname?: string;
  /** 0: any that is free. Without it, Deno's own, or what the platform decides. */
  readonly port?: number;
  /** Once, when connections are taken. */
  readonly onListen: (address: Deno.NetAddr) => void;
  /** Whenever no more can be taken for a while, with the reason. */
  readonly onLost: (error: unknown) => void;
}

/** What listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections; resolves when those that are there have ended. */
  shutdown(): Promise<void>;
}

/** Milliseconds until listening is tried again: others may have closed their connections by then. */
const PAUSE = 200;

/** Listens until it is shut down. Throws as Deno.serve does where it cannot begin. */
export function listen(
  { onListen, onLost, ...wanted }: ListenOptions,
  handler: Handler,
): Listening {
  let again: ReturnType<typeof setTimeout> | undefined;
  let server = serve({ ...wanted, onListen });
  const { hostname, port } = server.addr;

  function serve(options: Deno.ServeTcpOptions): Deno.HttpServer<Deno.NetAddr> {
    const server = Deno.serve(options, handler);
    server.finished.catch((error) => {
      onLost(error);
      again = setTimeout(resume, PAUSE);
    });
    return server;
  }

  function resume(): void {
    again = undefined;
    try {
      server = serve({ hostname, port, onListen() {} });
    } catch {
      again = setTimeout(resume, PAUSE);
    }
  }

  return {
    port,
    async shutdown() {
      if (again === undefined) await server.shutdown();
      else clearTimeout(again);
    },
  };
}

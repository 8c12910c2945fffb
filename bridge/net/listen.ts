/**
 * Listens for DICOM connections, and serves each one until it is closed.
 * @module
 */
import { errorFields, type Log } from "../../lib/log.ts";
import { accept, type Served } from "./accept.ts";
import type { Admit } from "./admission.ts";
import { DEFAULT_TIMERS, type Timers } from "./connect_options.ts";
import type { ByteStream } from "./byte_stream.ts";
import { Connections, DEFAULT_LIMITS, type ListenLimits } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { ProxyHeaderError, withoutProxyHeader } from "./proxy_protocol.ts";
import { tcpStream } from "./tcp_stream.ts";
import { acceptTls, checkCertificates, type ServerCertificates } from "./tls_stream.ts";

/** Milliseconds until the next try when the system has no connection to give, as without files left. */
const ACCEPT_PAUSE = 100;

/** What peers' associations are aborted with, and the log says. */
const STOPPED = "The bridge stops";

/** How to listen. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly admit: Admit;
  readonly log: Log;
  /** The longest P-DATA-TF that any peer is told to send; longer ones are taken up to a limit. */
  readonly maximumLength: number;
  readonly limits?: ListenLimits;
  readonly timers?: Timers;
  /** With it every connection is TLS; without, none. */
  readonly tls?: ServerCertificates | undefined;
  /**
   * Every connection begins with the header of a proxy, which says who calls; others are closed, and
   * those without a byte are not worth a line in the log: proxies look so whether this side is there.
   */
  readonly proxyProtocol?: boolean;
  /** False where there is no room for what a peer would send: associations are refused as transient. */
  readonly hasRoom?: () => boolean;
}

/** A listener. */
export interface DimseListener {
  readonly hostname: string;
  readonly port: number;
  /** Associations, and connections that are none. */
  readonly count: { readonly associations: number; readonly connections: number };
  /**
   * Accepts no more. Associations may go on for `grace` milliseconds, then they are aborted.
   * Resolves when nothing is left. May be called again.
   */
  close(grace?: number): Promise<void>;
}

/** Listens. Throws what the system does where it cannot, and TypeError where the certificates are none. */
export function listenDimse(options: ListenOptions): DimseListener {
  const { log, tls, proxyProtocol, timers = DEFAULT_TIMERS, limits = DEFAULT_LIMITS } = options;
  if (tls !== undefined) checkCertificates(tls);
  const listener = Deno.listen({ hostname: options.hostname, port: options.port });
  const connections = new Connections(limits);
  const opening = new Set<ByteStream>();
  const serving = new Set<Served>();
  const closing = new AbortController();
  const acceptOptions = {
    ...options,
    timers,
    hasRoom: options.hasRoom ?? (() => true),
    takePlace: () => connections.takeAssociation(),
  };

  async function acceptAll(): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!closing.signal.aborted) {
      try {
        const served = serve(tcpStream(await listener.accept()));
        running.add(served);
        served.finally(() => running.delete(served));
      } catch (error) {
        if (closing.signal.aborted) break;
        log({ level: "error", message: "No connection could be accepted", ...errorFields(error) });
        await pause(ACCEPT_PAUSE, closing.signal);
      }
    }
    await Promise.all(running);
  }

  /** Does not reject. */
  async function serve(conn: ByteStream): Promise<void> {
    using place = connections.takeConnection();
    if (place === undefined) return refuse(conn, "There are too many connections");
    opening.add(conn);
    try {
      const caller = proxyProtocol ? await withoutProxyHeader(conn, timers.artim) : conn;
      if (caller === undefined) return conn.close();
      using placeOfAddress = connections.takeAddress(caller.remote.address);
      if (placeOfAddress === undefined) {
        return refuse(caller, "There are too many connections from this address");
      }
      const stream = tls === undefined ? caller : await acceptTls(caller, tls, timers.artim);
      opening.delete(conn);
      const served = accept(stream, acceptOptions);
      serving.add(served);
      await served.done;
      serving.delete(served);
    } catch (error) {
      refuse(conn, inWords(error));
    } finally {
      opening.delete(conn);
    }
  }

  function refuse(stream: ByteStream, why: string): void {
    log({ level: "info", message: "A connection was closed", ...stream.remote, why });
    stream.close();
  }

  const accepting = acceptAll();
  return {
    hostname: listener.addr.hostname,
    port: listener.addr.port,
    get count() {
      return { associations: connections.associations, connections: connections.idle };
    },
    async close(grace = 0) {
      if (!closing.signal.aborted) listener.close();
      closing.abort();
      for (const stream of opening) stream.close();
      for (const served of serving) if (!served.hasAssociation) served.stop(STOPPED);
      using patience = new Deadline(() => {
        for (const served of serving) served.stop(STOPPED);
      });
      patience.start(grace);
      await accepting;
    },
  };
}

/** Waits, but not beyond the signal. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using timer = new Deadline(resolve);
  timer.start(milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

function inWords(error: unknown): string {
  if (error instanceof ProxyHeaderError) return error.message;
  const why = error instanceof Error ? error.message : String(error);
  return `TLS failed, as it does without a certificate of the clients' CA where one is asked for: ${why}`;
}

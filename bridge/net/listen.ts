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
import { tcpStream } from "./tcp_stream.ts";

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
   * Resolves when nothing is left.
   */
  close(grace?: number): Promise<void>;
}

/** Listens. Throws what the system does where it cannot. */
export function listenDimse(options: ListenOptions): DimseListener {
  const { log, timers = DEFAULT_TIMERS, limits = DEFAULT_LIMITS } = options;
  const listener = Deno.listen({ hostname: options.hostname, port: options.port });
  const connections = new Connections(limits);
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
  async function serve(stream: ByteStream): Promise<void> {
    const { address } = stream.remote;
    using place = connections.takeConnection();
    using placeOfAddress = connections.takeAddress(address);
    if (place === undefined || placeOfAddress === undefined) {
      log({ level: "info", message: "A connection too many was closed", address });
      return stream.close();
    }
    const served = accept(stream, acceptOptions);
    serving.add(served);
    await served.done;
    serving.delete(served);
  }

  const accepting = acceptAll();
  return {
    hostname: listener.addr.hostname,
    port: listener.addr.port,
    get count() {
      return { associations: connections.associations, connections: connections.idle };
    },
    async close(grace = 0) {
      closing.abort();
      listener.close();
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

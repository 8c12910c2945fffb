/**
 * Connections to peers, TCP or TLS, within a time.
 * @module
 */
import { hostPort } from "../../lib/config/addresses.ts";
import type { ByteStream } from "./byte_stream.ts";
import { ConnectFailed, type Target } from "./connect_options.ts";
import { Deadline } from "./deadline.ts";
import { tcpStream } from "./tcp_stream.ts";

/** Connects to a target. Rejects with ConnectFailed. */
export async function dial({ host, port }: Target, timeout: number): Promise<ByteStream> {
  const late = new AbortController();
  using patience = new Deadline(() => late.abort());
  patience.start(timeout);
  try {
    return tcpStream(await Deno.connect({ hostname: host, port, signal: late.signal }));
  } catch (cause) {
    const why = late.signal.aborted ? `no answer within ${timeout} ms` : String(cause);
    throw new ConnectFailed(`No connection to ${hostPort(host, port)}: ${why}`, { cause });
  }
}

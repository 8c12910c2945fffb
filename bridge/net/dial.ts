/**
 * Connections to peers, TCP or TLS, within a time.
 * @module
 */
import { hostPort } from "../../lib/config/addresses.ts";
import type { ClientTls } from "../../lib/config/remote_aes.ts";
import type { ByteStream } from "./byte_stream.ts";
import { ConnectFailed, type Target } from "./connect_options.ts";
import { Deadline } from "./deadline.ts";
import { tcpStream } from "./tcp_stream.ts";
import { type ClientCertificates, connectTls } from "./tls_stream.ts";

/** Reads a file that the configuration names. */
export type ReadText = (path: string) => Promise<string>;

/**
 * Connects to a target, with each of TCP and TLS within `timeout` milliseconds. Rejects with
 * ConnectFailed.
 */
export async function dial(
  { host, port, tls }: Target,
  timeout: number,
  readText: ReadText,
): Promise<ByteStream> {
  const place = hostPort(host, port);
  const certificates = tls === undefined ? undefined : await readAll(tls, readText);
  const stream = await dialTcp(host, port, timeout);
  if (certificates === undefined) return stream;
  try {
    return await connectTls(stream, host, certificates, timeout);
  } catch (cause) {
    stream.close();
    throw new ConnectFailed(`No TLS with ${place}: ${inWords(cause)}`, { cause });
  }
}

async function dialTcp(host: string, port: number, timeout: number): Promise<ByteStream> {
  const late = new AbortController();
  using patience = new Deadline(() => late.abort());
  patience.start(timeout);
  try {
    return tcpStream(await Deno.connect({ hostname: host, port, signal: late.signal }));
  } catch (cause) {
    const why = late.signal.aborted ? `nobody answered within ${timeout} ms` : inWords(cause);
    throw new ConnectFailed(`No connection to ${hostPort(host, port)}: ${why}`, { cause });
  }
}

async function readAll(
  { ca, cert, key }: ClientTls,
  readText: ReadText,
): Promise<ClientCertificates> {
  const read = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    try {
      return await readText(path);
    } catch (cause) {
      throw new ConnectFailed(`The TLS file ${path} cannot be read: ${inWords(cause)}`, { cause });
    }
  };
  return { ca: await read(ca), cert: await read(cert), key: await read(key) };
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

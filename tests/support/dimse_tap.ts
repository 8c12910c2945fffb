/**
 * Listens in on associations between programs that this project did not write.
 * @module
 */
import { concat } from "./part10_builder.ts";

/** What went over one connection, in each direction. */
export interface Tapped {
  readonly requestor: Uint8Array;
  readonly acceptor: Uint8Array;
}

/** A port that leads to another port of this machine, for one connection. */
export interface Tap {
  readonly port: number;
  /** What went over it, once both sides have ended. */
  readonly tapped: Promise<Tapped>;
}

/** Opens a tap before a port of this machine on which something listens. */
export function tapPort(target: number): Tap {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { port: listener.addr.port, tapped: tapOne(listener, target) };
}

/** PDUs of a stream, by their headers. */
export function splitPdus(stream: Uint8Array): Uint8Array[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const pdus: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const end = at + 6 + view.getUint32(at + 2);
    pdus.push(stream.subarray(at, end));
    at = end;
  }
  return pdus;
}

async function tapOne(listener: Deno.TcpListener, target: number): Promise<Tapped> {
  using requestor = await listener.accept();
  listener.close();
  using acceptor = await Deno.connect({ hostname: "127.0.0.1", port: target });
  requestor.setNoDelay(true);
  acceptor.setNoDelay(true);
  const [fromRequestor, fromAcceptor] = await Promise.all([
    pass(requestor, acceptor),
    pass(acceptor, requestor),
  ]);
  return { requestor: fromRequestor, acceptor: fromAcceptor };
}

/** Passes on what arrives, its end included, and keeps it. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<Uint8Array> {
  const passed: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let read; (read = await from.read(buffer)) !== null;) {
      const chunk = buffer.slice(0, read);
      passed.push(chunk);
      for (let at = 0; at < read;) at += await to.write(chunk.subarray(at));
    }
    await to.closeWrite();
  } catch (error) {
    if (!GONE.some((kind) => error instanceof kind)) throw error;
  }
  return concat(passed);
}

/** How writing to a connection fails, or reading from it, that the other end has closed. */
const GONE = [Deno.errors.ConnectionReset, Deno.errors.BrokenPipe, Deno.errors.NotConnected];

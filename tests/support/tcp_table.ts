/**
 * The system's own table of TCP sockets on this machine, which tells of a port without a connection
 * to it: one could disturb whoever listens there.
 * @module
 */

/** A socket. */
export interface TcpSocket {
  /** The port of this end. */
  readonly port: number;
  /** The port of the other end. */
  readonly remotePort: number;
  /** As Linux writes it, two hexadecimal digits. */
  readonly state: string;
  /** Bytes that came and were not read yet. */
  readonly waiting: number;
}

/** State of a socket that listens. */
export const LISTEN = "0A";

/** All sockets, of both versions of IP. */
export function tcpSockets(): TcpSocket[] {
  const files = ["/proc/net/tcp", "/proc/net/tcp6"];
  // Deno itself may read them with every permission only.
  const { stdout } = new Deno.Command("cat", { args: files }).outputSync();
  const lines = new TextDecoder().decode(stdout).matchAll(
    /^ *\d+: \w+:(\w{4}) \w+:(\w{4}) (\w{2}) \w+:(\w+) /gm,
  );
  return Array.from(lines, ([, port = "", remotePort = "", state = "", waiting = ""]) => ({
    port: parseInt(port, 16),
    remotePort: parseInt(remotePort, 16),
    state,
    waiting: parseInt(waiting, 16),
  }));
}

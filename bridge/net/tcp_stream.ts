/**
 * TCP connections as byte streams.
 * @module
 */
import { canonicalAddress } from "../../lib/config/addresses.ts";
import type { ByteStream } from "./byte_stream.ts";

/** A connection that is open. Small messages leave at once: waiting for more costs 40 ms each. */
export function tcpStream(conn: Deno.TcpConn): ByteStream {
  conn.setNoDelay(true);
  const { hostname, port } = conn.remoteAddr;
  let isClosed = false;
  return {
    remote: { address: canonicalAddress(hostname), port },
    read: (buffer) => conn.read(buffer),
    async write(bytes) {
      let written = 0;
      while (written < bytes.length) written += await conn.write(bytes.subarray(written));
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      conn.close();
    },
  };
}

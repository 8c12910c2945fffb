/**
 * HTTP as it lies on the wire, for what no client would send and for clients that are slow.
 * @module
 */

const encoder = new TextEncoder();

/** A connection to the server at a URL. */
export function connect(url: string): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(url);
  return Deno.connect({ hostname, port: Number(port) });
}

/** Sends everything. */
export async function send(connection: Deno.Conn, bytes: Uint8Array | string): Promise<void> {
  const all = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
  for (let sent = 0; sent < all.length;) sent += await connection.write(all.subarray(sent));
}

/** The status of the answer that comes next; undefined where the server closes without one. */
export async function readStatus(connection: Deno.Conn): Promise<number | undefined> {
  const bytes = new Uint8Array("HTTP/1.1 200".length);
  for (let filled = 0; filled < bytes.length;) {
    const read = await connection.read(bytes.subarray(filled)).catch(nullIfReset);
    if (read === null) return undefined;
    filled += read;
  }
  return Number(new TextDecoder().decode(bytes).slice(-3));
}

/** Sends a whole request, head and body as they are, and gives the status of its answer. */
export async function exchangeRaw(
  url: string,
  request: Uint8Array | string,
): Promise<number | undefined> {
  using connection = await connect(url);
  await send(connection, request);
  return await readStatus(connection);
}

function nullIfReset(error: unknown): null {
  if (error instanceof Deno.errors.ConnectionReset) return null;
  throw error;
}

/**
 * The PROXY protocol, versions 1 and 2: the header with which a proxy tells who called it.
 * @module
 */
import { isIP } from "node:net";
import { canonicalAddress } from "../../lib/config/addresses.ts";
import type { ByteStream } from "./byte_stream.ts";
import { Deadline } from "./deadline.ts";

/** Bytes of a header: version 1 has at most 107; of version 2 the addresses come first, and proxies add little. */
export const MAX_PROXY_HEADER_BYTES = 4096;

/** What version 2 begins with: no text, and no PDU. */
const SIGNATURE = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);
/** Signature, version and command, family, and length of the rest. */
const V2_HEAD_BYTES = 16;
const V1_MAX_BYTES = 107;

/** Who called the proxy. */
export interface Caller {
  readonly address: string;
  readonly port: number;
}

/** A header. */
export interface ProxyHeader {
  /** Bytes that it takes. */
  readonly length: number;
  /** Undefined where the proxy speaks for itself, as when it looks whether this side is there. */
  readonly caller: Caller | undefined;
}

/** The bytes do not begin with a header. */
export class ProxyHeaderError extends Error {
  override readonly name = "ProxyHeaderError";
}

/**
 * Reads the header at the beginning of bytes; undefined where more bytes are needed.
 *
 * @throws {ProxyHeaderError} there is none
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  const isV2 = SIGNATURE.every((byte, index) => index >= bytes.length || bytes[index] === byte);
  if (!isV2) return parseV1(bytes);
  return bytes.length < V2_HEAD_BYTES ? undefined : parseV2(bytes);
}

/**
 * Takes the header off a connection: what follows is a stream of the caller. Resolves to undefined
 * where the connection ends without a byte; rejects where there is no header, or not in time.
 */
export async function withoutProxyHeader(
  stream: ByteStream,
  timeout: number,
): Promise<ByteStream | undefined> {
  using patience = new Deadline(() => stream.close());
  patience.start(timeout);
  const buffer = new Uint8Array(MAX_PROXY_HEADER_BYTES);
  let length = 0;
  for (;;) {
    // A connection that is broken, or closed for its slowness, is at its end as well.
    const read = await stream.read(buffer.subarray(length)).catch(() => null);
    if (read === null && length === 0) return undefined;
    if (read === null) throw new ProxyHeaderError("The connection ended before its PROXY header");
    length += read;
    const header = parseProxyHeader(buffer.subarray(0, length));
    if (header !== undefined) {
      const remote = header.caller ?? stream.remote;
      return prefixed(stream, remote, buffer.subarray(header.length, length));
    }
    if (length === buffer.length) throw new ProxyHeaderError("The PROXY header is too long");
  }
}

/** A stream of which some bytes were read already. */
function prefixed(stream: ByteStream, remote: Caller, first: Uint8Array): ByteStream {
  let rest = first;
  return {
    remote,
    read(buffer) {
      if (rest.length === 0) return stream.read(buffer);
      const length = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return Promise.resolve(length);
    },
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
  };
}

function parseV1(bytes: Uint8Array): ProxyHeader | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, V1_MAX_BYTES));
  if (!"PROXY ".startsWith(text.slice(0, 6))) throw new ProxyHeaderError("No PROXY header");
  const end = text.indexOf("\r\n");
  if (end < 0) {
    if (text.length < V1_MAX_BYTES) return undefined;
    throw new ProxyHeaderError("The PROXY header has no end");
  }
  const [, family, address, , port] = text.slice(0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { length, caller: undefined };
  const isTcp = family === "TCP4" || family === "TCP6";
  if (!isTcp || address === undefined || isIP(address) === 0 || !isPort(port)) {
    throw new ProxyHeaderError("The PROXY header names no caller");
  }
  return { length, caller: { address: canonicalAddress(address), port: Number(port) } };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 0xffff;
}

function parseV2(bytes: Uint8Array): ProxyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 0xf;
  const family = bytes[13]!;
  const length = V2_HEAD_BYTES + view.getUint16(14);
  if (version !== 2 || command > 1) throw new ProxyHeaderError("A PROXY header of an unknown kind");
  if (length > MAX_PROXY_HEADER_BYTES) throw new ProxyHeaderError("The PROXY header is too long");
  if (bytes.length < length) return undefined;
  if (command === LOCAL) return { length, caller: undefined };
  const addressBytes = ADDRESS_BYTES[family];
  if (addressBytes === undefined) return { length, caller: undefined };
  const portAt = V2_HEAD_BYTES + 2 * addressBytes;
  if (portAt + 4 > length) throw new ProxyHeaderError("The PROXY header is too short");
  const address = addressOf(bytes.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + addressBytes));
  return { length, caller: { address, port: view.getUint16(portAt) } };
}

/** The proxy speaks for itself. */
const LOCAL = 0;

/** By family and protocol: TCP over IPv4 and over IPv6. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 };

function addressOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from(
    { length: 8 },
    (_, index) => bytes[2 * index]! * 256 + bytes[2 * index + 1]!,
  );
  return canonicalAddress(words.map((word) => word.toString(16)).join(":"));
}

/**
 * TLS over a byte stream, as server and as client (PS3.15 B.1, B.12). It is node:tls that can ask
 * peers for certificates, and can trust one authority alone.
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Duplex } from "node:stream";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { ByteStream } from "./byte_stream.ts";
import { Deadline } from "./deadline.ts";

/** What a TLS server shows and asks for, in PEM. */
export interface ServerCertificates {
  readonly cert: string;
  readonly key: string;
  /** With it every peer has to show a certificate of this authority. */
  readonly clientCa: string | undefined;
}

/** What a TLS client trusts and shows, in PEM. */
export interface ClientCertificates {
  /**
   * The authority of the peer's certificate, whatever name that is made out to, since devices are
   * known by address. Without it the system's authorities, for the peer's host.
   */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Old devices know 1.2 (BCP 195); everything before it is broken. */
const MIN_VERSION = "TLSv1.2";

/** Bytes read from the connection at once: a TLS record has at most 16 KiB. */
const READ_BYTES = 64 * 1024;

/** Throws a TypeError that says what is wrong where a server cannot be made of these. */
export function checkCertificates({ cert, key, clientCa }: ServerCertificates): void {
  const certificate = parsed("certificate", () => new X509Certificate(cert));
  const privateKey = parsed("private key", () => createPrivateKey(key));
  if (clientCa !== undefined) {
    parsed("certificate of the clients' CA", () => new X509Certificate(clientCa));
  }
  if (certificate.checkPrivateKey(privateKey)) return;
  throw new TypeError("The TLS private key is not the one of the TLS certificate");
}

/** Takes the handshake of a client. Rejects where there is none in time, or its certificate is refused. */
export function acceptTls(
  stream: ByteStream,
  { cert, key, clientCa }: ServerCertificates,
  timeout: number,
): Promise<ByteStream> {
  const asksForCertificate = clientCa !== undefined;
  const server = createServer({
    cert,
    key,
    ...(asksForCertificate ? { ca: clientCa } : {}),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
    minVersion: MIN_VERSION,
  });
  return handshake(stream, timeout, (duplex, done, failed) => {
    server.on("secureConnection", done);
    server.on("tlsClientError", failed);
    server.emit("connection", duplex);
  });
}

/** Makes the handshake with a server. Rejects as `acceptTls` does. */
export function connectTls(
  stream: ByteStream,
  host: string,
  { ca, cert, key }: ClientCertificates,
  timeout: number,
): Promise<ByteStream> {
  return handshake(stream, timeout, (duplex, done, failed) => {
    const socket = connect({
      socket: duplex,
      host,
      minVersion: MIN_VERSION,
      ...(ca === undefined ? {} : { ca, checkServerIdentity: () => undefined }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    socket.once("secureConnect", () => done(socket));
    socket.on("error", failed);
  });
}

async function handshake(
  stream: ByteStream,
  timeout: number,
  begin: (
    duplex: Duplex,
    done: (socket: TLSSocket) => void,
    failed: (error: Error) => void,
  ) => void,
): Promise<ByteStream> {
  const duplex = duplexOf(stream);
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  using patience = new Deadline(() => duplex.destroy(new Error("It took too long")));
  patience.start(timeout);
  duplex.on("error", reject);
  duplex.on("close", () => reject(new Error("The connection was closed")));
  begin(duplex, resolve, reject);
  try {
    return tlsStream(await promise, stream.remote);
  } catch (error) {
    duplex.destroy();
    throw error;
  }
}

/** A connection as node:tls takes it. */
function duplexOf(stream: ByteStream): Duplex {
  const duplex = new Duplex({
    read() {
      const buffer = new Uint8Array(READ_BYTES);
      stream.read(buffer).then(
        (length) => duplex.push(length === null ? null : buffer.subarray(0, length)),
        (error) => duplex.destroy(error),
      );
    },
    write(chunk, _encoding, done) {
      stream.write(chunk).then(() => done(), done);
    },
    destroy(error, done) {
      stream.close();
      done(error);
    },
  });
  return duplex;
}

/** What is inside of TLS. */
function tlsStream(socket: TLSSocket, remote: ByteStream["remote"]): ByteStream {
  /** What was read and did not fit. */
  let rest: Uint8Array | undefined;
  let failure: Error | undefined;
  let hasEnded = false;
  let wake = () => {};
  let breakOff: (error: Error) => void = () => {};

  const changed = () => wake();
  const closed = (error?: Error) => {
    failure ??= error ?? new Error("The connection was closed");
    breakOff(failure);
    wake();
  };
  socket.on("readable", changed);
  socket.on("end", () => {
    hasEnded = true;
    wake();
  });
  socket.on("error", closed);
  socket.on("close", () => closed());

  return {
    remote,
    async read(buffer) {
      for (;;) {
        const chunk: Uint8Array | null = rest ?? socket.read();
        if (chunk !== null) {
          const length = Math.min(chunk.length, buffer.length);
          buffer.set(chunk.subarray(0, length));
          rest = length < chunk.length ? chunk.subarray(length) : undefined;
          return length;
        }
        if (hasEnded) return null;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        breakOff = reject;
        socket.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    close: () => {
      socket.destroy();
    },
  };
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`The TLS ${what} cannot be read: it has to be PEM`, { cause });
  }
}

/**
 * TLS over a byte stream, as server and as client (PS3.15 B.1, B.12). It is node:tls that can ask
 * peers for certificates, and can trust one authority alone.
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { ByteStream } from "./byte_stream.ts";
import { Deadline } from "./deadline.ts";
import { Carrier } from "./tls_carrier.ts";

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
  const carrier = new Carrier(stream);
  const { duplex } = carrier;
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  using patience = new Deadline(() => duplex.destroy(new Error("It took too long")));
  patience.start(timeout);
  const ended = () => reject(new Error("The connection was closed"));
  duplex.on("error", reject);
  duplex.on("end", ended);
  duplex.on("close", ended);
  carrier.want(true);
  begin(duplex, resolve, reject);
  try {
    return new TlsStream(await promise, carrier);
  } catch (error) {
    duplex.destroy();
    throw error;
  }
}

/** What is inside of TLS. */
class TlsStream implements ByteStream {
  readonly remote: ByteStream["remote"];
  readonly #socket: TLSSocket;
  readonly #carrier: Carrier;
  /** What was read and did not fit. */
  #rest: Uint8Array | undefined;
  #failure: Error | undefined;
  #hasEnded = false;
  #wake = () => {};
  #breakOff: (error: Error) => void = () => {};

  constructor(socket: TLSSocket, carrier: Carrier) {
    this.remote = carrier.remote;
    this.#socket = socket;
    this.#carrier = carrier;
    carrier.want(false);
    socket.on("readable", () => this.#wake());
    socket.on("end", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    for (const end of [socket, carrier.duplex]) {
      end.on("error", (error: Error) => this.#fail(error));
      end.on("close", () => this.#fail(new Error("The connection was closed")));
    }
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk: Uint8Array | null = this.#rest ?? this.#socket.read();
      if (chunk !== null) {
        this.#carrier.want(false);
        const length = Math.min(chunk.length, buffer.length);
        buffer.set(chunk.subarray(0, length));
        this.#rest = length < chunk.length ? chunk.subarray(length) : undefined;
        return length;
      }
      if (this.#hasEnded) return null;
      if (this.#failure !== undefined) throw this.#failure;
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      this.#carrier.want(true);
      await woken;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#breakOff = reject;
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  close(): void {
    this.#socket.destroy();
    // The socket leaves open what it was given.
    this.#carrier.duplex.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#breakOff(this.#failure);
    this.#wake();
  }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`The TLS ${what} cannot be read: it has to be PEM`, { cause });
  }
}

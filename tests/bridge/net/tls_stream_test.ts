import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { ByteStream } from "../../../bridge/net/byte_stream.ts";
import {
  acceptTls,
  checkCertificates,
  type ClientCertificates,
  connectTls,
  type ServerCertificates,
} from "../../../bridge/net/tls_stream.ts";
import { type Certificates, type KeyPair, withCertificates } from "../../support/certificates.ts";
import { peerTest } from "../../support/peers.ts";
import { pipe } from "../../support/pipe.ts";

const TIMEOUT = 5000;

const read = (path: string) => Deno.readTextFileSync(path);
const pem = ({ cert, key }: KeyPair) => ({ cert: read(cert), key: read(key) });

/** A server of the test's CA; the clients' CA is the same. */
function serverOf({ server, ca }: Certificates, asks: boolean): ServerCertificates {
  return { ...pem(server), clientCa: asks ? read(ca) : undefined };
}

function clientOf({ ca }: Certificates, pair?: KeyPair): ClientCertificates {
  const { cert, key } = pair === undefined ? { cert: undefined, key: undefined } : pem(pair);
  return { ca: read(ca), cert, key };
}

/** Both sides after their handshakes; what failed is rejected, and closed. */
async function handshake(
  server: ServerCertificates,
  client: ClientCertificates,
  { host = "127.0.0.1", capacity }: { readonly host?: string; readonly capacity?: number } = {},
): Promise<readonly [ByteStream, ByteStream]> {
  const [clientEnd, serverEnd] = pipe(capacity === undefined ? {} : { capacity });
  const accepting = acceptTls(serverEnd, server, TIMEOUT);
  const connecting = connectTls(clientEnd, host, client, TIMEOUT);
  const results = await Promise.allSettled([connecting, accepting]);
  const streams = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    for (const stream of streams) stream.close();
    throw failure.reason;
  }
  return streams as unknown as readonly [ByteStream, ByteStream];
}

async function readBytes(
  stream: ByteStream,
  length: number,
  bufferBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const buffer = new Uint8Array(bufferBytes);
  for (let at = 0; at < length;) {
    const some = await stream.read(buffer);
    if (some === null) throw new Error(`The stream ended after ${at} bytes`);
    bytes.set(buffer.subarray(0, some), at);
    at += some;
  }
  return bytes;
}

peerTest(
  "TLS: carries bytes both ways, whatever the sizes of reads and writes",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      const [client, server] = await handshake(
        serverOf(certificates, true),
        clientOf(certificates, certificates.client),
      );
      const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 3 + index / 999);
      for (const [from, to, size] of [[client, server, 1000], [server, client, 300_000]] as const) {
        const [received] = await Promise.all([
          readBytes(to, bytes.length, size),
          (async () => {
            for (let at = 0; at < bytes.length; at += size) {
              await from.write(bytes.subarray(at, at + size));
            }
          })(),
        ]);
        assertEquals(received, bytes);
      }
      client.close();
      assertEquals(await server.read(new Uint8Array(1)).catch(() => null), null);
      // The first may be under way before it is known that nobody takes it.
      await assertRejects(async () => {
        for (let index = 0; index < 10; index++) await server.write(new Uint8Array(1));
      });
      server.close();
    }),
);

peerTest(
  "TLS: keeps its writer waiting as long as nobody reads",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      const [client, server] = await handshake(
        serverOf(certificates, false),
        clientOf(certificates),
        { capacity: 100_000 },
      );
      let written = 0;
      const writing = (async () => {
        for (let index = 0; index < 100; index++) {
          await client.write(new Uint8Array(100_000));
          written++;
        }
      })();
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve));
      assertEquals(written < 10, true, `${written} writes`);
      await Promise.all([readBytes(server, 10_000_000, 65_536), writing]);
      client.close();
      server.close();
    }),
);

peerTest(
  "acceptTls: takes a peer without a certificate where none is asked for",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      for (const stream of await handshake(serverOf(certificates, false), clientOf(certificates))) {
        stream.close();
      }
    }),
);

peerTest(
  "acceptTls: refuses a peer without a certificate, or with a stranger's",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      for (const pair of [undefined, certificates.stranger]) {
        await assertRejects(() =>
          handshake(serverOf(certificates, true), clientOf(certificates, pair))
        );
      }
    }),
);

peerTest("connectTls: refuses a server of another authority, but not one under another name", [
  "openssl",
], () =>
  withCertificates(async (certificates) => {
    const { strangerCa } = certificates;
    const server = serverOf(certificates, false);
    const stranger = { ...clientOf(certificates), ca: read(strangerCa) };
    await assertRejects(() => handshake(server, stranger));
    await assertRejects(() => handshake(server, { ...clientOf(certificates), ca: undefined }));
    for (const stream of await handshake(server, clientOf(certificates), { host: "10.9.8.7" })) {
      stream.close();
    }
  }));

peerTest(
  "acceptTls: refuses what is no TLS, and does not wait for ever",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      const server = serverOf(certificates, false);
      const [plain, first] = pipe();
      await plain.write(Uint8Array.of(1, 0, 0, 0, 0, 100, 0, 1));
      await assertRejects(() => acceptTls(first, server, TIMEOUT));
      assertEquals(first.isClosed, true);
      const [, second] = pipe();
      await assertRejects(() => acceptTls(second, server, 20), Error, "It took too long");
      assertEquals(second.isClosed, true);
      const [gone, third] = pipe();
      gone.close();
      await assertRejects(() => acceptTls(third, server, TIMEOUT));
    }),
);

peerTest(
  "checkCertificates: says what is wrong with each file",
  ["openssl"],
  () =>
    withCertificates(async (certificates) => {
      const good = serverOf(certificates, true);
      checkCertificates(good);
      const { key } = pem(certificates.client);
      assertThrows(() => checkCertificates({ ...good, key }), TypeError, "not the one of");
      assertThrows(() => checkCertificates({ ...good, key: "x" }), TypeError, "private key");
      assertThrows(() => checkCertificates({ ...good, cert: "x" }), TypeError, "TLS certificate");
      assertThrows(() => checkCertificates({ ...good, clientCa: "x" }), TypeError, "clients' CA");
      await Promise.resolve();
    }),
);

import { assertEquals, assertLess } from "@std/assert";
import { type Certificates, withCertificates } from "../support/certificates.ts";
import { associateRQ, commandPdu, fragmented, storeRQ, text } from "../support/dimse_bytes.ts";
import { ACCEPTED, CT, ctDataSet, ctStore, ECHO, ECHOED, STORED } from "../support/dimse_case.ts";
import { type DimseAddress, RawPeer } from "../support/dimse_raw.ts";
import { concat } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { type AttackedGateway, withAttackedGateway } from "../support/unharmed_bridge.ts";

/** Milliseconds in which a handshake that cannot succeed has to end. */
const PATIENCE = 1000;

/** The beginning of a ClientHello of 512 bytes. */
const HELLO = Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3);

/** Runs a test on a gateway with TLS. */
function withTls(
  test: (gateway: AttackedGateway, tls: DimseAddress, certificates: Certificates) => Promise<void>,
): Promise<void> {
  return withCertificates((certificates) =>
    withAttackedGateway(async (gateway) => {
      const tls = { host: gateway.host, port: gateway.tlsPort! };
      await test(gateway, tls, certificates);
      await assertEchoes(tls, certificates);
    }, { certificate: certificates.server })
  );
}

async function assertEchoes(tls: DimseAddress, { ca }: Certificates): Promise<void> {
  const started = performance.now();
  using peer = await RawPeer.connectTls(tls, ca);
  assertEquals(await peer.associate(), ACCEPTED);
  await peer.send(ECHO);
  assertEquals(await peer.next(), ECHOED);
  assertLess(performance.now() - started, PATIENCE);
}

peerTest(
  "bridge: what is no TLS is closed at once where TLS is spoken",
  ["openssl"],
  () =>
    withTls(async (gateway, tls) => {
      const sent = [associateRQ(), text("GET / HTTP/1.1\r\n\r\n"), new Uint8Array(1000)];
      for (const bytes of sent) {
        using peer = await RawPeer.connect(tls, PATIENCE);
        await peer.send(bytes);
        // An alert of TLS, which may come before, is no PDU that could be complete.
        assertEquals(await peer.next(), "closed");
      }
      await gateway.assertUnharmed("no TLS");
    }),
);

peerTest(
  "bridge: serves others beside peers that stop within a handshake",
  ["openssl"],
  () =>
    withTls(async (gateway, tls, certificates) => {
      {
        using peers = new DisposableStack();
        for (const begun of [new Uint8Array(), HELLO.subarray(0, 3), HELLO]) {
          for (let count = 0; count < 200; count++) {
            const peer = peers.use(await RawPeer.connect(tls));
            await peer.send(begun);
          }
        }
        await assertEchoes(tls, certificates);
      }
      await gateway.assertUnharmed("handshakes that were given up");
    }),
);

peerTest(
  "bridge: nothing is left of a peer that goes while it sends over TLS",
  ["openssl"],
  () =>
    withTls(async (gateway, tls, { ca }) => {
      const moments = [
        [],
        [commandPdu(3, storeRQ(CT))],
        [commandPdu(3, storeRQ(CT)), ...fragmented(3, "data", ctDataSet(), 1000).slice(0, -1)],
        ctStore(),
      ];
      for (const sends of moments) {
        for (let times = 0; times < 5; times++) {
          using peer = await RawPeer.connectTls(tls, ca);
          assertEquals(await peer.associate(), ACCEPTED);
          await peer.send(...sends);
        }
        await gateway.assertUnharmed("gone within TLS");
      }
      using peer = await RawPeer.connectTls(tls, ca);
      assertEquals(await peer.associate(), ACCEPTED);
      await peer.send(concat(ctStore()));
      assertEquals(await peer.next(), STORED);
    }),
);

import { assertEquals } from "@std/assert";
import { type BridgeOptions, type GatewayProcess, withGateway } from "../support/bridge_process.ts";
import { type Certificates, type KeyPair, withCertificates } from "../support/certificates.ts";
import { runTool, startStorescp, statusesOf } from "../support/dcmtk.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { keys, movescu } from "../support/retrieve_tools.ts";
import { untilUploaded } from "../support/spool_watch.ts";
import { stow } from "../support/stow.ts";

/** A bridge that listens with TLS on a free port, and asks for certificates where it is said. */
function tlsOptions({ server, ca }: Certificates, asks: boolean): BridgeOptions {
  const tls = { port: 0, ...server, ...(asks ? { clientCa: ca } : {}) };
  return { config: { dimse: { tls } } };
}

function echo(gateway: GatewayProcess, ...args: readonly string[]) {
  const peer = ["-aec", gateway.aet, "-to", "5", "-ta", "5", gateway.host, `${gateway.tlsPort}`];
  return runTool("echoscu", [...args, ...peer]);
}

const withPair = ({ key, cert }: KeyPair) => ["+tls", key, cert];

/** BCP 195: non-downgrading, plain and extended (PS3.15 B.9 to B.11). */
const PROFILES = ["+py", "+px", "+pz"];

/** Retired: without forward secrecy, and without encryption at all. */
const RETIRED_PROFILES = ["+pa", "+pn"];

peerTest("bridge: TLS in every profile of BCP 195, with its certificate checked", [
  "echoscu",
  "openssl",
], () =>
  withCertificates((certificates) =>
    withGateway(async (gateway) => {
      const { ca, client, strangerCa } = certificates;
      for (const profile of PROFILES) {
        const { code, output } = await echo(gateway, ...withPair(client), "+cf", ca, profile);
        assertEquals(code, 0, `${profile}: ${output}`);
      }
      for (const profile of RETIRED_PROFILES) {
        const { code } = await echo(gateway, ...withPair(client), "+cf", ca, profile);
        assertEquals(code !== 0, true, profile);
      }
      assertEquals((await echo(gateway, "+tla", "+cf", ca)).code, 0);
      const fooled = await echo(gateway, "+tla", "+cf", strangerCa);
      assertEquals(fooled.code !== 0, true);
      const plain = await echo(gateway);
      assertEquals(plain.code !== 0, true);
      assertEquals((await echo(gateway, "+tla", "-ic")).code, 0);
    }, tlsOptions(certificates, false))
  ));

peerTest("bridge: asks for a certificate of its CA, and refuses every other", [
  "echoscu",
  "openssl",
], () =>
  withCertificates((certificates) =>
    withGateway(async (gateway) => {
      const { ca, client, stranger } = certificates;
      assertEquals((await echo(gateway, ...withPair(client), "+cf", ca)).code, 0);
      assertEquals((await echo(gateway, ...withPair(stranger), "+cf", ca)).code !== 0, true);
      assertEquals((await echo(gateway, "+tla", "+cf", ca)).code !== 0, true);
      await gateway.logged(/certificate/i);
      assertEquals((await echo(gateway, ...withPair(client), "+cf", ca)).code, 0);
    }, tlsOptions(certificates, true))
  ));

peerTest(
  "bridge: stores over TLS",
  ["storescu", "openssl"],
  () =>
    withCertificates((certificates) =>
      withGateway(async (gateway) => {
        const { ca, client, folder } = certificates;
        const file = `${folder}/image.dcm`;
        await Deno.writeFile(file, ctInstance({ rows: 512, columns: 512 }));
        const { code, output } = await runTool("storescu", [
          "-v",
          ...withPair(client),
          ...["+cf", ca, "-aec", gateway.aet, "+II", "--repeat", "20"],
          ...[gateway.host, `${gateway.tlsPort}`, file],
        ]);
        assertEquals(code, 0, output);
        assertEquals(statusesOf(output), Array(20).fill("Success"));
        await untilUploaded(gateway.spool);
        const found = await (await fetch(`${gateway.dicomweb}/instances`)).json();
        assertEquals(found.length, 20);
      }, tlsOptions(certificates, true))
    ),
);

peerTest(
  "bridge: sends over TLS with its certificate, to none but a peer of its CA",
  ["movescu", "storescp", "openssl"],
  () =>
    withCertificates(async ({ ca, server, client, stranger, strangerCa }) => {
      const asksForCertificate = [...withPair(server), "+cf", ca, "-rc"];
      const peer = await startStorescp({ aet: "DEST", args: asksForCertificate });
      const known = (title: string, tls?: Readonly<Record<string, string>>) => ({
        title,
        host: "127.0.0.1",
        port: peer.port,
        ...(tls && { tls }),
      });
      const aes = [
        known("DEST", { ca, ...client }),
        known("FOOLED", { ca: strangerCa, ...client }),
        known("NAMELESS", { ca }),
        known("STRANGER", { ca, ...stranger }),
        known("PLAIN"),
      ];
      try {
        await withGateway(async (gateway) => {
          await (await stow(gateway.dicomweb, [ctInstance()])).body?.cancel();
          const patient = ["-P", ...keys({ QueryRetrieveLevel: "PATIENT", PatientID: "PID1" })];
          const ends: string[] = [];
          for (const { title } of aes) {
            const { completed, failed } = await movescu(gateway, title, patient);
            ends.push(`${title} ${completed} ${failed}`);
          }
          const [first, ...others] = ends;
          assertEquals(first, "DEST 1 0");
          assertEquals(others, aes.slice(1).map(({ title }) => `${title} 0 1`));
        }, { config: { aes, unknownAes: "accept" } });
      } finally {
        await peer.stop();
      }
    }),
);

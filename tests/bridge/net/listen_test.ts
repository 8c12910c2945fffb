/**
 * Listening and connecting over sockets of the system. What slow, hostile and too many peers get is in
 * slow_peer_test.ts.
 * @module
 */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Services } from "../../../bridge/net/association.ts";
import { connect } from "../../../bridge/net/connect.ts";
import {
  ConnectFailed,
  DEFAULT_TIMERS,
  type Proposal,
  type Target,
} from "../../../bridge/net/connect_options.ts";
import { type DimseListener, listenDimse, type ListenOptions } from "../../../bridge/net/listen.ts";
import type { ClientTls } from "../../../lib/config/remote_aes.ts";
import { cEchoRQ } from "../../../lib/dimse/requests.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import { VERIFICATION } from "../../../lib/dimse/sop_classes.ts";
import { negotiate } from "../../../lib/dul/negotiate.ts";
import type { LogRecord } from "../../../lib/log.ts";
import { succeed } from "../../support/association_pair.ts";
import { policyOf, proposed } from "../../support/associate.ts";
import { withCertificates } from "../../support/certificates.ts";
import { associateRQ, text } from "../../support/dimse_bytes.ts";
import { RawPeer } from "../../support/dimse_raw.ts";
import { peerTest } from "../../support/peers.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const POLICY = policyOf({ [VERIFICATION]: {} });

/** A listener that takes C-ECHO, with what it logs. */
async function withListener(
  options: Partial<ListenOptions> & { readonly services?: Services },
  test: (listener: DimseListener, log: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  const log: LogRecord[] = [];
  const { services = succeed } = options;
  const listener = listenDimse({
    hostname: "127.0.0.1",
    port: 0,
    maximumLength: 65_536,
    log: (record) => log.push(record),
    admit(request) {
      const negotiation = negotiate(request, POLICY);
      return negotiation.kind === "accepted"
        ? { ...negotiation, services, refusals: [] }
        : negotiation;
    },
    ...options,
  });
  try {
    await test(listener, log);
  } finally {
    await listener.close();
  }
  assertEquals(listener.count, { associations: 0, connections: 0 });
}

function targetOf({ hostname, port }: DimseListener, tls?: ClientTls): Target {
  return { calledAETitle: "GANTRY", host: hostname, port, tls };
}

const PROPOSAL: Proposal = {
  callingAETitle: "PEER",
  contexts: [proposed(1, VERIFICATION, IMPLICIT)],
};

const OPTIONS = { readText: Deno.readTextFile };

/** Asks for an association, echoes and releases it; resolves to the status. */
async function echo(target: Target, proposal = PROPOSAL): Promise<number | undefined> {
  const association = await connect(target, proposal, OPTIONS);
  let status: number | undefined;
  for await (const { command } of association.request(1, cEchoRQ({ MessageID: 1 }))) {
    status = command.Status;
  }
  await association.release();
  return status;
}

Deno.test("listenDimse: logs each association's beginning and end", async () => {
  await withListener({}, async (listener, log) => {
    assertEquals(await echo(targetOf(listener)), STATUS.success);
    const [begun, ended] = log;
    assertEquals([begun?.message, begun?.local, begun?.peer, begun?.address], [
      "An association has begun",
      "GANTRY",
      "PEER",
      "127.0.0.1",
    ]);
    assertEquals([ended?.association, ended?.ending, ended?.requests], [
      begun?.association,
      "released",
      1,
    ]);
    assertEquals(log.length, 2);
  });
});

Deno.test("listenDimse: takes 128 contexts of 38 transfer syntaxes", async () => {
  const syntaxes = Array.from({ length: 37 }, (_, index) => `1.2.840.10008.1.2.4.${index}`);
  const contexts = Array.from(
    { length: 128 },
    (_, index) => proposed(2 * index + 1, VERIFICATION, IMPLICIT, ...syntaxes),
  );
  await withListener({}, async (listener) => {
    const association = await connect(targetOf(listener), { ...PROPOSAL, contexts }, OPTIONS);
    assertEquals(association.contexts.length, 128);
    await association.release();
  });
});

Deno.test("listenDimse: closes at once what speaks another protocol", async () => {
  await withListener({}, async ({ hostname, port }, log) => {
    for (const hello of [text("GET / HTTP/1.1\r\n\r\n"), Uint8Array.of(22, 3, 1, 2, 0, 1)]) {
      using peer = await RawPeer.connect({ host: hostname, port });
      await peer.send(hello);
      assertEquals(await peer.answers(9), ["ABORT(2,1)", "closed"]);
    }
    assertEquals(log.map(({ why }) => why), Array(2).fill("Not a PDU of the DICOM upper layer"));
  });
});

Deno.test("close: lets an association go on for a while, and aborts it then", async () => {
  const log: LogRecord[] = [];
  await withListener({ log: (record) => log.push(record) }, async (listener) => {
    const target = targetOf(listener);
    const [staying, leaving] = await Promise.all(
      [1, 2].map(() => connect(target, PROPOSAL, OPTIONS)),
    );
    using silent = await RawPeer.connect({ host: target.host, port: target.port });
    const closed = listener.close(100);
    assertEquals(await silent.next(), "closed");
    await assertRejects(() => connect(target, PROPOSAL, OPTIONS), ConnectFailed);
    await leaving!.release();
    assertEquals(await leaving!.ended, { kind: "released" });
    assertEquals(await staying!.ended, { kind: "aborted", source: 0, reason: 0 });
    await closed;
  });
  assertEquals(log.some(({ why }) => why === "The bridge stops"), true);
});

Deno.test("listenDimse: tells its services who called a proxy, by either version of its header", async () => {
  const v2 = Uint8Array.of(
    ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
    ...[10, 0, 0, 5, 10, 0, 0, 1, 0xc7, 0x38, 0x2b, 0x68],
  );
  const v1 = text("PROXY TCP4 10.0.0.5 10.0.0.1 51000 11112\r\n");
  await withListener({ proxyProtocol: true }, async ({ hostname, port }, log) => {
    for (const header of [v1, v2]) {
      using peer = await RawPeer.connect({ host: hostname, port });
      await peer.send(header, associateRQ());
      assertEquals((await peer.next()).slice(0, 2), "AC");
    }
    await lookWhetherItIsThere(hostname, port);
    using liar = await RawPeer.connect({ host: hostname, port });
    await liar.send(associateRQ());
    assertEquals(await liar.next(), "closed");
    const begun = log.filter(({ message }) => message === "An association has begun");
    assertEquals(begun.map((record) => [record.address, record.port]), [
      ["10.0.0.5", 51_000],
      ["10.0.0.5", 51_000],
    ]);
    const closed = log.filter(({ message }) => message === "A connection was closed");
    assertEquals(closed.map(({ why }) => why), ["No PROXY header"]);
  });
});

/** What a proxy's check does: it connects, says nothing and goes; resolves when the listener has gone too. */
async function lookWhetherItIsThere(hostname: string, port: number): Promise<void> {
  using check = await Deno.connect({ hostname, port });
  await check.closeWrite();
  assertEquals(await check.read(new Uint8Array(1)), null);
}

peerTest(
  "listenDimse: asks for certificates over TLS, and connect shows one",
  ["openssl"],
  () =>
    withCertificates(async ({ ca, server, client, stranger }) => {
      const pem = (path: string) => Deno.readTextFileSync(path);
      const tls = { cert: pem(server.cert), key: pem(server.key), clientCa: pem(ca) };
      await withListener({ tls }, async (listener, log) => {
        assertEquals(await echo(targetOf(listener, { ca, ...client })), STATUS.success);
        for (const pair of [{ cert: undefined, key: undefined }, stranger]) {
          await assertRejects(() => echo(targetOf(listener, { ca, ...pair })), ConnectFailed);
        }
        await assertRejects(() => echo(targetOf(listener)), ConnectFailed);
        const missing = targetOf(listener, { ca: `${ca}.none`, ...client });
        await assertRejects(() => echo(missing), ConnectFailed, "cannot be read");
        assertEquals(await echo(targetOf(listener, { ca, ...client })), STATUS.success);
        const refusals = log.filter(({ message }) => message === "A connection was closed");
        assertEquals(refusals.length, 3);
      });
      assertThrows(() => listenDimse({ ...REFUSING, tls: { ...tls, key: "none" } }), TypeError);
    }),
);

const REFUSING: ListenOptions = {
  hostname: "127.0.0.1",
  port: 0,
  maximumLength: 65_536,
  log: () => {},
  admit: () => {
    throw new Error("Nobody asks");
  },
};

Deno.test("connect: fails where nobody listens", async () => {
  const { hostname, port, close } = listenDimse(REFUSING);
  await close();
  const target = { calledAETitle: "GANTRY", host: hostname, port };
  await assertRejects(
    () => connect(target, PROPOSAL, OPTIONS),
    ConnectFailed,
    `${hostname}:${port}`,
  );
});

Deno.test("connect: fails where the peer says nothing in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const { hostname, port } = listener.addr;
  const timers = { ...DEFAULT_TIMERS, negotiation: 30, artim: 30 };
  const target = { calledAETitle: "GANTRY", host: hostname, port };
  const connecting = connect(target, PROPOSAL, { ...OPTIONS, timers });
  await assertRejects(() => connecting, ConnectFailed, "No answer within 30 ms");
  using conn = await accepted;
  // The connection is given up when ARTIM has run out.
  const buffer = new Uint8Array(1024);
  while (await conn.read(buffer) !== null);
});

peerTest("listenDimse: goes on when the system has had no files left", ["bash"], async () => {
  const script = new URL("../../support/few_files.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `ulimit -n 60; exec "$0" run -A --cached-only "$1"`, Deno.execPath(), script],
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals(said, "refused\nC-ECHO-RSP 0000\n", new TextDecoder().decode(stderr));
});

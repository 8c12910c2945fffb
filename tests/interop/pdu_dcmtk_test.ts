/**
 * DCMTK's programs listened in on: whole associations, as long as they come, are read and written
 * again byte for byte.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Pdu } from "../../lib/pdu/pdu.ts";
import { startDcmqrscp } from "../support/dcmqrscp.ts";
import { runTool, startStorescp } from "../support/dcmtk.ts";
import { splitPdus, type Tapped, tapPort } from "../support/dimse_tap.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest, type Program } from "../support/peers.ts";
import { readPdus, withoutNoise, writePdu } from "../support/pdu_stream.ts";

/** What a program and the peer on a port say to each other. */
async function tapProgram(
  port: number,
  program: Program,
  before: readonly string[],
  after: readonly string[] = [],
): Promise<Tapped> {
  const tap = tapPort(port);
  await runTool(program, [...before, "127.0.0.1", `${tap.port}`, ...after]);
  return await tap.tapped;
}

/** Reads both sides in small pieces and holds what is written again against them; answers with the PDUs. */
function rewrite({ requestor, acceptor }: Tapped): Pdu[] {
  const requests = readPdus(requestor, [7, 1400]);
  const answers = readPdus(acceptor, [7, 1400]);
  assertRewritten(requests, maximumLengthIn(answers), requestor);
  assertRewritten(answers, maximumLengthIn(requests), acceptor);
  return [...requests, ...answers];
}

function maximumLengthIn([associate]: readonly Pdu[]): number {
  assert(associate !== undefined && "user" in associate);
  return associate.user.maximumLength ?? 0;
}

function assertRewritten(pdus: readonly Pdu[], maximumLength: number, stream: Uint8Array): void {
  // DCMTK counts the header of a PDU as part of it.
  const written = pdus.flatMap((pdu) => splitPdus(writePdu(pdu, maximumLength - 6)));
  const recorded = splitPdus(stream).map(withoutNoise);
  assertEquals(written.map(({ length }) => length), recorded.map(({ length }) => length));
  assertEquals(written.findIndex((pdu, at) => pdu.toHex() !== recorded[at]!.toHex()), -1);
}

peerTest(
  "pdu: 128 contexts of 38 transfer syntaxes of echoscu",
  ["echoscu", "storescp"],
  async () => {
    const peer = await startStorescp();
    const [request] = rewrite(
      await tapProgram(peer.port, "echoscu", ["-pts", "38", "-ppc", "128"]),
    );
    await peer.stop();
    assert(request?.type === "A-ASSOCIATE-RQ");
    assertEquals(
      request.contexts.map(({ transferSyntaxes }) => transferSyntaxes.length),
      Array(128).fill(38),
    );
  },
);

for (const bytes of ["4096", "16384", "131072"]) {
  const name = `pdu: instances of storescu in PDUs of ${bytes} bytes`;
  peerTest(name, ["storescu", "storescp"], async () => {
    const folder = await Deno.makeTempDir({ prefix: "gantry-pdu-" });
    await Deno.writeFile(`${folder}/ct.dcm`, ctInstance({ rows: 512, columns: 512 }));
    const peer = await startStorescp({ args: ["-pdu", bytes] });
    const files = [`${folder}/ct.dcm`, `${folder}/ct.dcm`];
    const pdus = rewrite(await tapProgram(peer.port, "storescu", ["-R", "-pdu", bytes], files));
    await peer.stop();
    await Deno.remove(folder, { recursive: true });
    const large = pdus.filter((pdu) => pdu.type === "P-DATA-TF" && pdu.data.length > 512 * 1024);
    assertEquals(large.length, 2);
  });
}

peerTest(
  "pdu: queries and the roles of getscu",
  ["findscu", "getscu", "movescu", "dcmqrscp"],
  async () => {
    const peer = await startDcmqrscp();
    const query = [
      "-S",
      "-aec",
      peer.aet,
      "-k",
      "QueryRetrieveLevel=STUDY",
      "-k",
      "StudyInstanceUID=1",
    ];
    rewrite(await tapProgram(peer.port, "findscu", query));
    rewrite(await tapProgram(peer.port, "movescu", ["-aem", "NOBODY", ...query]));
    const [request] = rewrite(await tapProgram(peer.port, "getscu", query));
    await peer.stop();
    assert(request?.type === "A-ASSOCIATE-RQ");
    assert(request.user.roles.length > 100);
    assert(request.user.roles.every(({ scp }) => scp));
  },
);

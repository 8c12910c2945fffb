import { assert, assertEquals, assertLess } from "@std/assert";
import { createHash } from "node:crypto";
import type { Services } from "../../bridge/net/association.ts";
import { connect } from "../../bridge/net/connect.ts";
import { type Connect, withAssociation } from "../../bridge/scu/client.ts";
import { get, getProposal } from "../../bridge/scu/get.ts";
import { storeInstances } from "../../bridge/scu/store.ts";
import { encodeValues } from "../../lib/dicom/encode_values.ts";
import { cStoreRSP } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import { type GatewayProcess, withGateway } from "../support/bridge_process.ts";
import { dataSet } from "../support/data_sets.ts";
import { FRAME_BYTES, largeInstance, pixelsOf } from "../support/large_instance.ts";
import { concat, SYNTAX } from "../support/part10_builder.ts";
import { splitPart10 } from "../support/part10_files.ts";
import { memoryOf } from "../support/process_memory.ts";
import { untilUploaded } from "../support/spool_watch.ts";

/** What the bridge may have at its peak, in bytes. */
const PEAK = 200e6;
/** Frames that make 2 GiB. */
const FRAMES = 2 ** 31 / FRAME_BYTES;
/** Bytes in which a file's head lies. */
const HEAD_BYTES = 1024;

const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";
const UID = "1.2.826.0.1.3680043.10.7";

/** Its data set, made while it is read. */
async function* instance(): AsyncGenerator<Uint8Array> {
  yield splitPart10(largeInstance(UID, FRAMES).head).dataSet;
  yield* pixelsOf(FRAMES);
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest("hex");
}

/** The data set of a file that is read. */
async function* withoutHead(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of file) {
    if (head === undefined) yield chunk;
    else {
      head = concat([head, chunk]);
      if (head.length < HEAD_BYTES) continue;
      yield splitPart10(head).dataSet;
      head = undefined;
    }
  }
}

/** Sends it to the bridge by C-STORE. */
async function store(connect: Connect): Promise<void> {
  const sent = storeInstances(connect, [{
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: UID,
    transferSyntaxes: [SYNTAX.explicit],
    open: () => Promise.resolve({ transferSyntaxUID: SYNTAX.explicit, dataSet: instance() }),
  }]);
  const results = (await Array.fromAsync(sent)).map(({ result }) => result);
  assertEquals(results, [{ kind: "stored" }]);
}

/** Gets it from the bridge by C-GET; resolves to its digest. */
async function retrieve(connect: Connect): Promise<string> {
  const hash = createHash("sha256");
  const storage: Services = ({ association, context, command }) => ({
    write: (piece) => void hash.update(piece),
    run: () => association.send(context.id, cStoreRSP(command, STATUS.success)),
  });
  const identifier = dataSet(
    encodeValues(0x00080018, "UI", [UID]),
    encodeValues(0x00080052, "CS", ["IMAGE"]),
    encodeValues(0x0020000d, "UI", [STUDY]),
    encodeValues(0x0020000e, "UI", [SERIES]),
  );
  await withAssociation(connect, getProposal("study", storage), async (association) => {
    const counts = await Array.fromAsync(get(association, "study", identifier));
    assertEquals(counts.at(-1)?.completed, 1);
  });
  return hash.digest("hex");
}

Deno.test("bridge: passes an instance of 2 GiB on and back, unchanged, in less than 200 MB", () =>
  withGateway(async (gateway) => {
    const { aet, host, port } = gateway;
    const connectTo: Connect = (proposal) =>
      connect(
        { calledAETitle: aet, host, port },
        { ...proposal, callingAETitle: "LARGE" },
        { readText: Deno.readTextFile },
      );
    const digest = await digestOf(instance());
    await store(connectTo);
    await untilUploaded(gateway.spool);
    await assertSmall(gateway, "stored");

    const response = await fetch(
      `${gateway.dicomweb}/studies/${STUDY}/series/${SERIES}/instances/${UID}`,
      { headers: { accept: "application/dicom; transfer-syntax=*" } },
    );
    assert(response.body !== null);
    assertEquals(await digestOf(withoutHead(response.body)), digest);

    assertEquals(await retrieve(connectTo), digest);
    await assertSmall(gateway, "retrieved");
  }));

async function assertSmall({ pid }: GatewayProcess, what: string): Promise<void> {
  const { peak } = await memoryOf(pid);
  console.log(`${what}: peak ${Math.round(peak / 1e6)} MB`);
  assertLess(peak, PEAK);
}

import { IS_LONG } from "../support/chance.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type GatewayProcess, withGateway } from "../support/bridge_process.ts";
import {
  archiveCorpus,
  type ArchivedInstance,
  byStudy,
  evenLength,
  retrieveAs,
} from "../support/corpus_archive.ts";
import { startStorescp, type Storescp } from "../support/dcmtk.ts";
import { freePort } from "../support/orthanc.ts";
import { ctInstance, SYNTAX } from "../support/part10_builder.ts";
import { readFolder, splitPart10 } from "../support/part10_files.ts";
import { peerTest } from "../support/peers.ts";
import { keys, movescu } from "../support/retrieve_tools.ts";
import { stow } from "../support/stow.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const STUDY_KEYS = ["-S", ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: STUDY })];

/** Transfer syntaxes that storescp of DCMTK 3.6.7 does not know. */
const UNKNOWN_TO_DCMTK = [
  "1.2.840.10008.1.2.4.53",
  "1.2.840.10008.1.2.4.55",
  "1.2.840.10008.1.2.4.57",
  "1.2.840.10008.1.2.4.94",
  "1.2.840.10008.1.2.4.201",
  "1.2.840.10008.1.2.4.202",
  "1.2.840.10008.1.2.4.203",
  "1.2.840.10008.1.2.8.1",
  "1.2.826.0.1.3680043.8.498.99.65",
];

/** Runs a test on a gateway that knows a storescp as DEST, started with `args`. */
async function withDestination(
  args: readonly string[],
  run: (gateway: GatewayProcess, destination: Storescp) => Promise<void>,
): Promise<void> {
  const destination = await startStorescp({ aet: "DEST", args });
  try {
    await withGateway((gateway) => run(gateway, destination), knowing(destination.port));
  } finally {
    await destination.stop();
  }
}

function knowing(port: number) {
  const aes = [{ title: "DEST", host: "127.0.0.1", port }];
  return { config: { aes, unknownAes: "accept" } };
}

/** Stores CT images of one study, each of about 100 KB. */
async function storeImages(
  { dicomweb }: GatewayProcess,
  count: number,
  transferSyntaxUID: string = SYNTAX.explicit,
): Promise<void> {
  const files = Array.from({ length: count }, (_, index) =>
    ctInstance({
      sopInstanceUID: `1.2.3.${index}`,
      instanceNumber: index,
      rows: 200,
      columns: 256,
      transferSyntaxUID,
    }));
  await (await stow(dicomweb, files)).body?.cancel();
}

peerTest(
  "C-MOVE: sends every study of the corpus to storescp, data sets as they are stored or as it takes them",
  [
    "movescu",
    "storescp",
    "corpus",
  ],
  (corpus) =>
    withDestination([], async (gateway, destination) => {
      const instances = await archiveCorpus(gateway.dicomweb, corpus);
      const failed = new Set<string>();
      for (const [StudyInstanceUID, { length }] of byStudy(instances)) {
        const study = ["-S", ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID })];
        const end = await movescu(gateway, "DEST", study);
        assertEquals([end.pending, end.completed + end.failed], [length, length], end.output);
        assertEquals(end.failedUIDs.length, end.failed);
        end.failedUIDs.forEach((uid) => failed.add(uid));
      }
      const received = await readFolder(destination.folder);
      const files = new Map(received.map((file) => [file.SOPInstanceUID, file]));
      for (const instance of instances) {
        const { SOPInstanceUID, transferSyntaxUID, dataSet, hasHead } = instance;
        const isKnown = !UNKNOWN_TO_DCMTK.includes(transferSyntaxUID);
        const given = isKnown
          ? instance
          : await retrieveAs(gateway.dicomweb, instance, SYNTAX.explicit);
        const isPossible = SOPInstanceUID.length <= 64 && given !== undefined;
        assertEquals(failed.has(SOPInstanceUID), !isPossible, SOPInstanceUID);
        if (!isPossible) continue;
        const file = files.get(SOPInstanceUID);
        assertEquals(file?.transferSyntaxUID, given.transferSyntaxUID);
        // One that was stored without a head may be written anew, by the server.
        const expected = !isKnown
          ? given.dataSet
          : hasHead
          ? dataSet
          : await dataSetGiven(gateway, instance);
        assert(file && areEqual(file.dataSet, evenLength(expected)), SOPInstanceUID);
      }
    }),
);

peerTest(
  "C-MOVE: refuses a destination that it does not know",
  ["movescu", "storescp"],
  () =>
    withDestination([], async (gateway) => {
      await storeImages(gateway, 1);
      const { status, output } = await movescu(gateway, "NOBODY", STUDY_KEYS);
      assertStringIncludes(status ?? "", "0xa801", output);
    }),
);

peerTest(
  "C-MOVE: fails every sub-operation where the destination is not there",
  ["movescu"],
  () =>
    withGateway(async (gateway) => {
      await storeImages(gateway, 3);
      const end = await movescu(gateway, "DEST", STUDY_KEYS);
      assertStringIncludes(end.status ?? "", "0xa702", end.output);
      assertEquals([end.completed, end.failed], [0, 3]);
      assertEquals(end.failedUIDs, ["1.2.3.0", "1.2.3.1", "1.2.3.2"]);
      assertStringIncludes(end.output, "No connection to 127.0.0.1");
    }, knowing(freePort())),
);

peerTest(
  "C-MOVE: tells the destination who asked",
  ["movescu", "storescp"],
  () =>
    withDestination([], async (gateway, destination) => {
      await storeImages(gateway, 1);
      await movescu(gateway, "DEST", ["-aet", "ASKER", ...STUDY_KEYS]);
      assertStringIncludes(destination.log(), "Move Originator AE Title      : ASKER");
      assertStringIncludes(destination.log(), "Move Originator ID            : 1");
      assertStringIncludes(destination.log(), "Calling Application Name:    GANTRY");
    }),
);

peerTest("C-MOVE: passes large instances on as they come, between small ones", [
  "movescu",
  "storescp",
], () =>
  withDestination([], async (gateway, destination) => {
    const large = { rows: 1024, columns: 1024, frames: 4 };
    const files = [1, 2, 3, 4, 5, 6].map((number) =>
      ctInstance({ sopInstanceUID: `1.2.3.${number}`, ...(number % 2 === 0 ? large : {}) })
    );
    for (const file of files) await (await stow(gateway.dicomweb, [file])).body?.cancel();
    const end = await movescu(gateway, "DEST", STUDY_KEYS);
    assertEquals([end.completed, end.failed], [6, 0], end.output);
    const received = new Map(
      (await readFolder(destination.folder)).map((file) => [file.SOPInstanceUID, file.dataSet]),
    );
    for (const { SOPInstanceUID, dataSet } of files.map(splitPart10)) {
      assert(areEqual(received.get(SOPInstanceUID) ?? new Uint8Array(), dataSet));
    }
  }));

peerTest(
  "C-MOVE: asks for what the destination takes",
  ["movescu", "storescp"],
  () =>
    withDestination(["+xe"], async (gateway, destination) => {
      await storeImages(gateway, 2, SYNTAX.deflated);
      const end = await movescu(gateway, "DEST", STUDY_KEYS);
      assertEquals([end.completed, end.failed], [2, 0], end.output);
      const received = await readFolder(destination.folder);
      for (const file of received) assertEquals(file.transferSyntaxUID, SYNTAX.explicit);
      assertEquals(received.length, 2);
    }),
);

peerTest("C-MOVE: fails with a reason what the destination takes in no form that there is", [
  "movescu",
  "storescp",
], () =>
  withDestination(["+xi"], async (gateway) => {
    await storeImages(gateway, 2, SYNTAX.rle);
    const end = await movescu(gateway, "DEST", STUDY_KEYS);
    assertEquals([end.completed, end.failed], [0, 2], end.output);
    assertStringIncludes(end.output, "The server cannot give it in a transfer syntax");
  }));

peerTest("C-MOVE: stops when it is cancelled, and says how many were left", [
  "movescu",
  "storescp",
], () =>
  withDestination(["--sleep-after", "1"], async (gateway) => {
    await storeImages(gateway, 20);
    const end = await movescu(gateway, "DEST", ["--cancel", "2", ...STUDY_KEYS]);
    assertStringIncludes(end.status ?? "", "0xfe00", end.output);
    assert(end.completed >= 2 && end.completed < 20);
    assertEquals(end.remaining, 20 - end.completed);
  }));

for (const fault of ["--refuse", "--abort-after", "--abort-during"]) {
  peerTest(`C-MOVE: ends in time and counts what failed where storescp does ${fault}`, [
    "movescu",
    "storescp",
  ], () =>
    withDestination([fault], async (gateway) => {
      await storeImages(gateway, 5);
      const began = performance.now();
      const end = await movescu(gateway, "DEST", STUDY_KEYS);
      assertEquals([end.completed, end.failed, end.failedUIDs.length], [0, 5, 5], end.output);
      assertStringIncludes(end.status ?? "", "0xa702");
      assert(performance.now() - began < 10_000);
    }));
}

peerTest("C-MOVE: says who it is to a destination that insists on it, and waits for a slow one", [
  "movescu",
  "storescp",
], () =>
  withDestination(["--reject", "--sleep-after", "1"], async (gateway) => {
    await storeImages(gateway, 2);
    const end = await movescu(gateway, "DEST", STUDY_KEYS);
    assertEquals([end.completed, end.failed], [2, 0], end.output);
  }));

for (const sleep of [["--sleep-during", "1"], ["--sleep-after", IS_LONG ? "30" : "1"]]) {
  peerTest(`C-MOVE: is patient with a destination that does ${sleep.join(" ")}`, [
    "movescu",
    "storescp",
  ], () =>
    withDestination(sleep, async (gateway) => {
      await storeImages(gateway, 1);
      const end = await movescu(gateway, "DEST", STUDY_KEYS);
      assertEquals([end.completed, end.failed], [1, 0], end.output);
    }));
}

if (IS_LONG) {
  // It sleeps at every step of what it receives, which takes minutes.
  peerTest("C-MOVE: gives a destination up that does --sleep-during 30", [
    "movescu",
    "storescp",
  ], () =>
    withDestination(["--sleep-during", "30"], async (gateway) => {
      await storeImages(gateway, 1);
      const began = performance.now();
      const end = await movescu(gateway, "DEST", STUDY_KEYS);
      assertEquals([end.completed, end.failed, end.failedUIDs.length], [0, 1, 1], end.output);
      assert(performance.now() - began < 100_000);
    }));
}

async function dataSetGiven(
  { dicomweb }: GatewayProcess,
  instance: ArchivedInstance,
): Promise<Uint8Array> {
  const found = await retrieveAs(dicomweb, instance, instance.transferSyntaxUID);
  assert(found !== undefined);
  return found.dataSet;
}

function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

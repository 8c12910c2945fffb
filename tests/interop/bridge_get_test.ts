import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/dicom/uids.ts";
import { withGateway } from "../support/bridge_process.ts";
import { archiveCorpus, byStudy, evenLength, retrieveAs } from "../support/corpus_archive.ts";
import { ctInstance, SYNTAX } from "../support/part10_builder.ts";
import { splitPart10 } from "../support/part10_files.ts";
import { peerTest } from "../support/peers.ts";
import { getscu, keys } from "../support/retrieve_tools.ts";
import { stow } from "../support/stow.ts";

const STUDY = "1.2.826.0.1.3680043.10.1.1";
const SERIES = "1.2.826.0.1.3680043.10.1.2";

peerTest("C-GET: gives getscu every study of the corpus in Explicit VR Little Endian", [
  "getscu",
  "corpus",
], (corpus) =>
  withGateway(async (gateway) => {
    const studies = byStudy(await archiveCorpus(gateway.dicomweb, corpus));
    const classesSeen = new Set<string>();
    const classesFailed = new Set<string>();
    for (const [StudyInstanceUID, instances] of studies) {
      const { files, completed, failed, pending, output } = await getscu(gateway, [
        "-S",
        ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID }),
      ]);
      assertEquals([completed, completed + failed], [files.length, instances.length], output);
      assertEquals(pending, instances.length);
      const received = new Map(files.map((file) => [file.SOPInstanceUID, file]));
      for (const instance of instances) {
        const expected = await retrieveAs(gateway.dicomweb, instance, EXPLICIT_VR_LITTLE_ENDIAN);
        const file = received.get(instance.SOPInstanceUID);
        if (file === undefined) {
          const isUIDSound = instance.SOPInstanceUID.length <= 64;
          if (expected !== undefined && isUIDSound) classesFailed.add(instance.SOPClassUID);
          continue;
        }
        classesSeen.add(instance.SOPClassUID);
        assertEquals(file.transferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN);
        assert(expected !== undefined && areEqual(file.dataSet, evenLength(expected.dataSet)));
      }
    }
    // What getscu does not ask for cannot come; of every other class everything did.
    assertEquals([...classesFailed].filter((uid) => classesSeen.has(uid)), []);
    assert(classesSeen.size > 20);
  }));

peerTest("C-GET: answers patients, series, instances and lists of them, in both roots", [
  "getscu",
], () =>
  withGateway(async (gateway) => {
    const uids = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
    const files = uids.map((sopInstanceUID) => ctInstance({ sopInstanceUID }));
    await (await stow(gateway.dicomweb, files)).body?.cancel();
    const asked: [root: string, identifier: Record<string, string>, found: number][] = [
      ["-P", { QueryRetrieveLevel: "PATIENT", PatientID: "PID1" }, 3],
      ["-P", { QueryRetrieveLevel: "PATIENT", PatientID: "NOBODY" }, 0],
      ["-P", { QueryRetrieveLevel: "STUDY", PatientID: "PID1", StudyInstanceUID: STUDY }, 3],
      ["-P", { QueryRetrieveLevel: "STUDY", PatientID: "PID2", StudyInstanceUID: STUDY }, 0],
      ["-S", { QueryRetrieveLevel: "STUDY", StudyInstanceUID: `1.9.9\\${STUDY}` }, 3],
      [
        "-S",
        { QueryRetrieveLevel: "SERIES", StudyInstanceUID: STUDY, SeriesInstanceUID: SERIES },
        3,
      ],
      ["-S", { QueryRetrieveLevel: "SERIES", SeriesInstanceUID: SERIES }, 3],
      [
        "-S",
        {
          QueryRetrieveLevel: "IMAGE",
          StudyInstanceUID: STUDY,
          SeriesInstanceUID: SERIES,
          SOPInstanceUID: "1.2.3.1\\1.2.3.3",
        },
        2,
      ],
      ["-S", { QueryRetrieveLevel: "IMAGE", SOPInstanceUID: "1.2.3.2" }, 1],
      ["-O", { QueryRetrieveLevel: "PATIENT", PatientID: "PID1" }, 3],
    ];
    for (const [root, identifier, found] of asked) {
      const { files, completed, status, output } = await getscu(gateway, [
        root,
        ...keys(identifier),
      ]);
      assertEquals([files.length, completed], [found, found], output);
      assertStringIncludes(status ?? "", "0x0000");
      for (const file of files) {
        const sopInstanceUID = file.SOPInstanceUID;
        assertEquals(file.dataSet, splitPart10(ctInstance({ sopInstanceUID })).dataSet);
      }
    }
  }));

peerTest(
  "C-GET: refuses an identifier that names nothing",
  ["getscu"],
  () =>
    withGateway(async (gateway) => {
      for (
        const identifier of [
          { QueryRetrieveLevel: "STUDY" },
          { QueryRetrieveLevel: "STUDY", StudyInstanceUID: "*" },
          { QueryRetrieveLevel: "STUDY", StudyInstanceUID: "../../1" },
          { StudyInstanceUID: STUDY },
          { QueryRetrieveLevel: "PATIENT", PatientID: "PID1" },
        ]
      ) {
        const { status, output } = await getscu(gateway, ["-S", ...keys(identifier)]);
        assertStringIncludes(status ?? "", "0xa900", output);
      }
    }),
);

peerTest(
  "C-GET: goes on after an instance that cannot be given, and says why",
  ["getscu"],
  () =>
    withGateway(async (gateway) => {
      const files = [
        ctInstance({ sopInstanceUID: "1.2.3.1", transferSyntaxUID: SYNTAX.rle }),
        ctInstance({ sopInstanceUID: "1.2.3.2" }),
      ];
      await (await stow(gateway.dicomweb, files)).body?.cancel();
      const study = ["-S", ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: STUDY })];
      const some = await getscu(gateway, study);
      assertStringIncludes(some.status ?? "", "0xb000");
      assertEquals([some.completed, some.failed, some.files.length], [1, 1, 1]);
      assertStringIncludes(some.output, "The server cannot give it in a transfer syntax");
      const alone = ["-S", ...keys({ QueryRetrieveLevel: "IMAGE", SOPInstanceUID: "1.2.3.1" })];
      const none = await getscu(gateway, alone);
      assertStringIncludes(none.status ?? "", "0xa702");
      assertEquals([none.completed, none.failed], [0, 1]);
    }),
);

function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

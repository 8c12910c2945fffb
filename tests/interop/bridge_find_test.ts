import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { tagOf } from "../../lib/dicom/dictionary.ts";
import { items, strings, text } from "../../lib/dicom/values.ts";
import { startBridge, withGateway } from "../support/bridge_process.ts";
import { startDcmqrscp } from "../support/dcmqrscp.ts";
import { runTool } from "../support/dcmtk.ts";
import { freePort } from "../support/orthanc.ts";
import { images, ROOT, STUDIES, withStudies } from "../support/find_studies.ts";
import { type FindPeer, findscu } from "../support/findscu.ts";
import { ctInstance, value } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { stow } from "../support/stow.ts";

const keys = (...pairs: readonly string[]) => pairs.flatMap((pair) => ["-k", pair]);

/** The values of an attribute in all matches, sorted; the query has to succeed. */
async function found(
  peer: FindPeer,
  model: string,
  pairs: readonly string[],
  keyword: string,
): Promise<string[]> {
  const { code, output, statuses, matches } = await findscu(peer, [model, ...keys(...pairs)]);
  assertEquals([code, statuses.at(-1)], [0, "Success"], output);
  return matches.map((match) => text(match, tagOf(keyword)!) ?? "").sort();
}

peerTest("C-FIND: findscu finds at every level of every root", ["findscu"], async () => {
  await withStudies(async (gateway) => {
    const patients = ["P1", "P2", "P3", "P4", "P5", "P6"];
    for (const model of ["-P", "-O"]) {
      const query = ["QueryRetrieveLevel=PATIENT", "PatientID"];
      assertEquals(await found(gateway, model, query, "PatientID"), patients);
      const studies = ["QueryRetrieveLevel=STUDY", "PatientID=P1", "StudyInstanceUID"];
      assertEquals(
        await found(gateway, model, studies, "StudyInstanceUID"),
        [`${ROOT}.1`, `${ROOT}.2`],
      );
    }
    for (const model of ["-P", "-S"]) {
      const series = [
        "QueryRetrieveLevel=SERIES",
        `StudyInstanceUID=${ROOT}.1`,
        "SeriesInstanceUID",
      ];
      assertEquals(
        await found(gateway, model, series, "SeriesInstanceUID"),
        [`${ROOT}.1.1`, `${ROOT}.1.2`],
      );
      for (const level of ["IMAGE", "INSTANCE"]) {
        const images = [
          `QueryRetrieveLevel=${level}`,
          `StudyInstanceUID=${ROOT}.1`,
          `SeriesInstanceUID=${ROOT}.1.2`,
          "SOPInstanceUID",
        ];
        assertEquals(
          await found(gateway, model, images, "SOPInstanceUID"),
          [`${ROOT}.1.2.1`, `${ROOT}.1.2.2`],
        );
      }
    }
  });
});

peerTest("C-FIND: every key that was asked for is answered", ["findscu"], async () => {
  await withStudies(async (gateway) => {
    const { matches, statuses, output } = await findscu(gateway, [
      "-S",
      ...keys(
        "QueryRetrieveLevel=STUDY",
        "PatientName=*",
        "StudyInstanceUID",
        "StudyDate=20240101-20240201",
        "NumberOfStudyRelatedInstances",
        "ModalitiesInStudy",
        "InstanceAvailability",
        "OtherPatientNames",
        "0032,4000",
      ),
    ]);
    assertEquals(statuses, ["Pending", "Success"], output);
    const [match] = matches;
    assert(match !== undefined);
    const answered = (keyword: string) => strings(match, tagOf(keyword)!).join("\\");
    assertEquals(answered("PatientName"), "Doe^Jane");
    assertEquals(answered("NumberOfStudyRelatedInstances"), "3");
    assertEquals(answered("ModalitiesInStudy"), "CT\\MR");
    assertEquals(answered("InstanceAvailability"), "ONLINE");
    assertEquals(answered("RetrieveAETitle"), gateway.aet);
    assertEquals(answered("QueryRetrieveLevel"), "STUDY");
    assertEquals(answered("OtherPatientNames"), "");
    assert(match.has(tagOf("OtherPatientNames")!));
    assert(match.has(0x00324000));
    assert(!match.has(tagOf("AccessionNumber")!));
  });
});

peerTest("C-FIND: lists, ranges, wildcards and sequences match", ["findscu"], async () => {
  await withStudies(async (gateway) => {
    const at = (level: string, ...pairs: string[]) =>
      found(
        gateway,
        "-S",
        [`QueryRetrieveLevel=${level}`, ...pairs, "AccessionNumber"],
        "AccessionNumber",
      );
    assertEquals(
      await at("STUDY", `StudyInstanceUID=${ROOT}.1\\${ROOT}.4\\1.2.3`),
      ["ACC1", "ACC4"],
    );
    assertEquals(await at("STUDY", "ModalitiesInStudy=MR\\US"), ["ACC1", "ACC4", "ACC6"]);
    assertEquals(await at("STUDY", "Modality=US"), ["ACC4"]);
    assertEquals(await at("STUDY", "PatientName=doe^J?NE"), ["ACC1", "ACC2"]);
    assertEquals(await at("STUDY", "StudyDate=-20240315"), ["ACC1", "ACC2"]);
    assertEquals(await at("STUDY", "StudyDate=20240603-"), ["ACC6", "ACC7"]);
    // Between ten and twelve on each of the days, not from the first's ten to the last's twelve.
    assertEquals(
      await at("STUDY", "StudyDate=20240101-20240316", "StudyTime=100000-120000"),
      ["ACC1", "ACC3"],
    );
    // Without the unique keys of the levels above.
    assertEquals(await at("SERIES", "Modality=SR"), ["ACC3"]);
    assertEquals(await at("IMAGE", `SeriesInstanceUID=${ROOT}.3.2`), ["ACC3", "ACC3"]);
    assertEquals(
      await at("SERIES", "RequestAttributesSequence[0].ScheduledProcedureStepID=SPS5"),
      ["ACC5"],
    );
    const { matches } = await findscu(gateway, [
      "-S",
      ...keys(
        "QueryRetrieveLevel=SERIES",
        `StudyInstanceUID=${ROOT}.1`,
        "RequestAttributesSequence[0].RequestedProcedureID",
      ),
    ]);
    for (const match of matches) {
      const [item] = items(match, 0x00400275);
      assertEquals([...item?.keys() ?? []], [0x00401001]);
      assertEquals(text(item!, 0x00401001), "RP1");
    }
  });
});

peerTest("C-FIND: a long list of UIDs is one query", ["findscu"], async () => {
  await withStudies(async (gateway) => {
    const others = Array.from({ length: 3000 }, (_, number) => `1.2.3.${number}`);
    const query = [
      value(0x00080052, "CS", "STUDY"),
      value(0x0020000d, "UI", [...others, `${ROOT}.1`, ...others, `${ROOT}.7`].join("\\")),
    ];
    const { matches, statuses, output } = await findscu(gateway, ["-S"], query);
    assertEquals(statuses, ["Pending", "Pending", "Success"], output);
    assertEquals(matches.map((match) => text(match, 0x0020000d)), [`${ROOT}.1`, `${ROOT}.7`]);
  });
});

peerTest(
  "C-FIND: wrong identifiers are refused, unsupported keys said to be",
  ["findscu"],
  async () => {
    await withStudies(async (gateway) => {
      const status = async (...args: string[]) => (await findscu(gateway, args)).output;
      assertStringIncludes(
        await status("-S", ...keys("QueryRetrieveLevel=PATIENT")),
        "DataSetDoesNotMatchSOPClass",
      );
      assertStringIncludes(
        await status("-S", ...keys("QueryRetrieveLevel=STUDY", "StudyDate=2024-01-01")),
        "DataSetDoesNotMatchSOPClass",
      );
      const { matches, output } = await findscu(gateway, [
        "-S",
        ...keys("QueryRetrieveLevel=STUDY", "0032,4000=x*"),
      ]);
      assertEquals(matches.length, STUDIES.length);
      assertStringIncludes(output, "WarningUnsupportedOptionalKeys");
    });
  },
);

peerTest("C-FIND: a server out of reach is said to be, at once", ["findscu"], async () => {
  const bridge = await startBridge(`http://127.0.0.1:${freePort()}/dicomweb`);
  try {
    const begun = performance.now();
    const { statuses, output } = await findscu(bridge, ["-S", ...keys("QueryRetrieveLevel=STUDY")]);
    assertEquals(statuses, ["Refused: OutOfResources"], output);
    assertLess(performance.now() - begun, 5_000);
  } finally {
    assertEquals(await bridge.stop(), 0);
  }
});

peerTest(
  "C-FIND: a cancelled query ends soon, and the association goes on",
  ["findscu"],
  async () => {
    const count = 2000;
    await withGateway(async (gateway) => {
      const files = Array.from(
        { length: count },
        (_, number) => ctInstance({ sopInstanceUID: `${ROOT}.9.${number}` }),
      );
      const stored = await stow(gateway.dicomweb, files);
      assertEquals(stored.status, 200, await stored.text());
      const { code, output, statuses } = await findscu(gateway, [
        "-S",
        ...["--cancel", "3", "--repeat", "2"],
        ...keys("QueryRetrieveLevel=IMAGE", "SOPInstanceUID"),
      ]);
      assertEquals(code, 0, output);
      // It cancels once, and then asks again.
      const finals = statuses.filter((status) => status !== "Pending");
      assertEquals(finals, ["Cancel: MatchingTerminatedDueToCancelRequest", "Success"], output);
      assertLess(statuses.length, 2 * count);
    });
  },
);

peerTest(
  "C-FIND: finds what DCMTK's archive finds",
  ["findscu", "storescu", "dcmqrscp"],
  async () => {
    const archive = await startDcmqrscp();
    const folder = await Deno.makeTempDir({ prefix: "gantry-images-" });
    try {
      for (const [index, file] of [...images()].entries()) {
        await Deno.writeFile(`${folder}/${index}.dcm`, file);
      }
      const port = `${archive.port}`;
      const stored = await runTool("storescu", [
        ...["-aec", archive.aet, "+sd", "127.0.0.1", port, folder],
      ]);
      assertEquals(stored.code, 0, stored.output);
      await withStudies(async (gateway) => {
        for (const [model, keyword, ...pairs] of COMPARED) {
          const query = [...pairs, keyword!];
          const ours = await found(gateway, model!, query, keyword!);
          assertEquals(ours, await found(archive, model!, query, keyword!), query.join(" "));
          assert(ours.length > 0, query.join(" "));
        }
      });
    } finally {
      await archive.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Information model, the attribute to compare, and keys that DCMTK's archive knows. */
const COMPARED: readonly (readonly string[])[] = [
  ["-P", "PatientID", "QueryRetrieveLevel=PATIENT", "PatientName=*"],
  ["-P", "PatientID", "QueryRetrieveLevel=PATIENT", "PatientName=Doe*"],
  ["-P", "StudyInstanceUID", "QueryRetrieveLevel=STUDY", "PatientID=P1"],
  ["-S", "StudyInstanceUID", "QueryRetrieveLevel=STUDY"],
  ["-S", "StudyInstanceUID", "QueryRetrieveLevel=STUDY", "PatientName=D?e^*"],
  ["-S", "StudyInstanceUID", "QueryRetrieveLevel=STUDY", "StudyDate=20240315"],
  ["-S", "StudyInstanceUID", "QueryRetrieveLevel=STUDY", "StudyDate=20240101-20240316"],
  [
    "-S",
    "StudyInstanceUID",
    "QueryRetrieveLevel=STUDY",
    "StudyDate=20240101-20240316",
    "StudyTime=100000-120000",
  ],
  ["-S", "AccessionNumber", "QueryRetrieveLevel=STUDY", `StudyInstanceUID=${ROOT}.1\\${ROOT}.3`],
  ["-S", "StudyInstanceUID", "QueryRetrieveLevel=STUDY", "AccessionNumber=ACC?"],
  ["-S", "SeriesInstanceUID", "QueryRetrieveLevel=SERIES", `StudyInstanceUID=${ROOT}.3`],
  [
    "-S",
    "SeriesInstanceUID",
    "QueryRetrieveLevel=SERIES",
    `StudyInstanceUID=${ROOT}.3`,
    "Modality=SR",
  ],
  [
    "-S",
    "SOPInstanceUID",
    "QueryRetrieveLevel=IMAGE",
    `StudyInstanceUID=${ROOT}.3`,
    `SeriesInstanceUID=${ROOT}.3.2`,
  ],
];

/**
 * What real clients say to a bridge, recorded while they say it, to be said again with changes.
 * @module
 */
import { runTool } from "./dcmtk.ts";
import { splitPdus, tapPort } from "./dimse_tap.ts";
import type { DimseAddress } from "./dimse_raw.ts";
import { ctInstance } from "./part10_builder.ts";
import type { Program } from "./peers.ts";

/** What the requestor of one association sent. */
export interface DimseRecording {
  readonly program: Program;
  /** Its A-ASSOCIATE-RQ, and everything after it. */
  readonly request: Uint8Array;
  readonly rest: Uint8Array;
}

/** Programs that {@linkcode recordClients} runs: those that send instances … */
export const SENDERS: readonly Program[] = ["storescu", "dcmsend"];
/** … and those that ask. */
export const QUERIERS: readonly Program[] = ["echoscu", "findscu", "getscu", "movescu"];

/** Digits in the UIDs of study and instances that are sent, which are nowhere else. */
export const PLACE = "199999";

const STUDY = `1.2.826.0.1.3680043.10.8.${PLACE}`;
const QUERY = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${STUDY}`];

/** Records one association of each client with the bridge, which then has two instances of a study. */
export async function recordClients(bridge: DimseAddress): Promise<DimseRecording[]> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-recording-" });
  try {
    const files: string[] = [];
    for (const number of [1, 2]) {
      const path = `${folder}/${number}.dcm`;
      const sopInstanceUID = `${STUDY}.2.${number}`;
      await Deno.writeFile(
        path,
        ctInstance({ studyInstanceUID: STUDY, sopInstanceUID, rows: 48, columns: 48 }),
      );
      files.push(path);
    }
    const record = (program: Program, before: readonly string[], after: readonly string[]) =>
      recordOne(bridge, program, before, after, folder);
    return [
      await record("echoscu", ["--repeat", "3"], []),
      await record("storescu", ["-pdu", "4096"], files),
      await record("storescu", ["-xi"], files),
      await record("dcmsend", ["--decompress-never"], files),
      await record("findscu", [...QUERY, "-k", "PatientName=*"], []),
      await record("findscu", [...QUERY, "--cancel", "1"], []),
      await record("getscu", [...QUERY, "-od", folder], []),
      await record("movescu", ["-aem", "NOBODY", ...QUERY], []),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function recordOne(
  bridge: DimseAddress,
  program: Program,
  before: readonly string[],
  after: readonly string[],
  cwd: string,
): Promise<DimseRecording> {
  const { port, tapped } = tapPort(bridge.port);
  await runTool(program, ["-aec", "GANTRY", ...before, bridge.host, `${port}`, ...after], { cwd });
  const { requestor } = await tapped;
  const length = splitPdus(requestor)[0]?.length ?? 0;
  return { program, request: requestor.subarray(0, length), rest: requestor.subarray(length) };
}

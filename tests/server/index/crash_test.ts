import { assert, assertEquals } from "@std/assert";
import { parseQido } from "../../../lib/query/qido.ts";
import { Channel } from "../../../server/index/channel.ts";
import { openLocalIndex } from "../../../server/index/open_local.ts";
import { ARCHIVE, collect, uids } from "../../support/index_data.ts";

const ROUNDS = 3;
/** As in the program. */
const PER_STUDY = 5;
const ACKNOWLEDGED = [40, 300, 150];
const PROGRAM = new URL("../../support/index_writer.ts", import.meta.url).pathname;

Deno.test("openLocalIndex: what was acknowledged before a SIGKILL is there, whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "gantry-index-" });
  const path = `${folder}/index.db`;
  try {
    let first = 100;
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await storeUntilKilled(path, first, ACKNOWLEDGED[round] ?? 100);
      await assertWhole(path, acknowledged);
      first = Math.max(...acknowledged) + 100;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs the program and kills it once it has acknowledged so many; gives the numbers of all of them. */
async function storeUntilKilled(path: string, first: number, count: number): Promise<number[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", PROGRAM, path, String(first)],
    stdout: "piped",
  }).spawn();
  const acknowledged: number[] = [];
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    acknowledged.push(...lines.map(Number));
    if (acknowledged.length >= count) child.kill("SIGKILL");
  }
  await child.status;
  assert(acknowledged.length >= count, "The program ended by itself");
  return acknowledged;
}

async function assertWhole(path: string, acknowledged: readonly number[]): Promise<void> {
  const index = await openLocalIndex(path);
  try {
    const rows = await collect(index.everything(ARCHIVE));
    for (const number of acknowledged) {
      const { kind } = await index.state(
        ARCHIVE,
        uids([Math.floor(number / PER_STUDY), 1, number]),
      );
      assert(kind !== "unknown", `${number} was lost`);
    }
    const headers = await collect(index.metadata(ARCHIVE, {}));
    assertEquals(headers.length, rows.length);
    const total = await index.state(ARCHIVE, {});
    assertEquals(total.kind === "present" ? total.instances : 0, rows.length);
    const { query } = parseQido(new URLSearchParams("PatientName=doe*"), "study", {});
    const studies = await index.search(ARCHIVE, query);
    const counts = studies.rows.map(({ values }) => Number(values.NumberOfStudyRelatedInstances));
    assertEquals(counts.reduce((sum, count) => sum + count, 0), rows.length);
  } finally {
    await index.close();
  }
  const channel = new Channel("check");
  try {
    await channel.open(path, "writer");
    assertEquals((await channel.rows("PRAGMA integrity_check", [])).rows, [["ok"]]);
  } finally {
    await channel.close();
  }
}

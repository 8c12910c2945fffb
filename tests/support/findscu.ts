/**
 * DCMTK's findscu, with the matches that it gets as data sets.
 * @module
 */
import type { DataSet } from "../../lib/dicom/dataset.ts";
import { runTool, statusesOf } from "./dcmtk.ts";
import { scan } from "./element_list.ts";
import { buildPart10, type BuiltElement } from "./part10_builder.ts";

/** Who is asked. */
export interface FindPeer {
  readonly aet: string;
  readonly port: number;
}

/** What came of a query. */
export interface FoundBy {
  readonly code: number;
  readonly output: string;
  /** Of each response, in DCMTK's words. */
  readonly statuses: readonly string[];
  readonly matches: readonly DataSet[];
}

/** Runs findscu with these arguments; `query` are keys that a command line cannot hold. */
export async function findscu(
  { aet, port }: FindPeer,
  args: readonly string[],
  query?: readonly BuiltElement[],
): Promise<FoundBy> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-findscu-" });
  try {
    const out = `${folder}/out`;
    await Deno.mkdir(out);
    if (query !== undefined) await Deno.writeFile(`${folder}/query.dcm`, buildPart10(query));
    const files = query === undefined ? [] : [`${folder}/query.dcm`];
    const { code, output } = await runTool("findscu", [
      ...["-v", "-X", "-od", out, "-aec", aet],
      ...args,
      ...["127.0.0.1", `${port}`],
      ...files,
    ]);
    const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    const matches = await Promise.all(names.map((name) => readMatch(`${out}/${name}`)));
    return { code, output, statuses: statusesOf(output), matches };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readMatch(path: string): Promise<DataSet> {
  const { dataSet, damage } = await scan(await Deno.readFile(path));
  if (damage !== undefined) throw new Error(damage);
  return dataSet;
}

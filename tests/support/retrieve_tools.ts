/**
 * DCMTK's getscu and movescu, and what they say of a retrieval.
 * @module
 */
import { runTool, type ToolResult } from "./dcmtk.ts";
import { type Part10File, readFolder } from "./part10_files.ts";

/** A retrieval's end as the requestor saw it. */
export interface Retrieved extends ToolResult {
  /** Status of the final response, as DCMTK words it. */
  readonly status: string | undefined;
  readonly pending: number;
  readonly remaining: number;
  readonly completed: number;
  readonly failed: number;
  /** Failed SOP Instance UID List. */
  readonly failedUIDs: readonly string[];
}

/** Whom to ask. */
export interface RetrievePeer {
  readonly aet: string;
  readonly port: number;
}

/** Asks by C-GET; the instances that came, with the bytes in which they came. */
export async function getscu(
  peer: RetrievePeer,
  args: readonly string[],
): Promise<Retrieved & { readonly files: readonly Part10File[] }> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-getscu-" });
  try {
    const result = await runTool("getscu", [
      ...["-d", "-aec", peer.aet, "+B", "-od", folder, ...args],
      ...["127.0.0.1", `${peer.port}`],
    ]);
    return { ...seen(result), files: await readFolder(folder) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Asks by C-MOVE, to a destination. */
export async function movescu(
  peer: RetrievePeer,
  destination: string,
  args: readonly string[],
): Promise<Retrieved> {
  return seen(
    await runTool("movescu", [
      ...["-d", "-aec", peer.aet, "-aem", destination, ...args],
      ...["127.0.0.1", `${peer.port}`],
    ]),
  );
}

/** `-k` for each key. */
export function keys(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([keyword, value]) => ["-k", `${keyword}=${value}`]);
}

function seen(result: ToolResult): Retrieved {
  const { output } = result;
  const messages = output.split("INCOMING DIMSE MESSAGE").slice(1)
    .filter((text) => /C-(GET|MOVE) RSP/.test(text));
  const final = messages.at(-1) ?? "";
  const count = (name: string) =>
    Number(new RegExp(`${name} Suboperations *: (\\d+)`).exec(final)?.[1] ?? 0);
  const list = /\(0008,0058\) UI \[([^\]]*)\]/.exec(output)?.[1];
  return {
    ...result,
    status: /DIMSE Status *: (.*)/.exec(final)?.[1],
    pending: messages.filter((text) => /DIMSE Status *: 0xff00/i.test(text)).length,
    remaining: count("Remaining"),
    completed: count("Completed"),
    failed: count("Failed"),
    failedUIDs: list === undefined ? [] : list.split("\\"),
  };
}

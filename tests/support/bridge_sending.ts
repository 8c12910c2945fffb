/**
 * Sending to the bridge with programs of others, and comparing what the server then has.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { GatewayProcess } from "./bridge_process.ts";
import { runTool, startStorescp } from "./dcmtk.ts";
import { type Part10File, readFolder, storedInstance } from "./part10_files.ts";
import type { Program } from "./peers.ts";
import { spooled, untilUploaded } from "./spool_watch.ts";

/** Runs a sender on the bridge; the last argument is what it sends. */
export function send(program: Program, gateway: GatewayProcess, ...args: readonly string[]) {
  const files = args.slice(-1);
  return runTool(program, [
    "-v",
    "-aec",
    gateway.aet,
    ...args.slice(0, -1),
    gateway.host,
    `${gateway.port}`,
    ...files,
  ]);
}

/** What arrives at a receiver that keeps everything bit for bit: the program converts as it sends. */
export async function asSent(program: Program, args: readonly string[]): Promise<Part10File[]> {
  const scp = await startStorescp();
  try {
    const files = args.slice(-1);
    const { code, output } = await runTool(program, [
      ...args.slice(0, -1),
      "127.0.0.1",
      `${scp.port}`,
      ...files,
    ]);
    assertEquals(code, 0, output);
    return await readFolder(scp.folder);
  } finally {
    await scp.stop();
  }
}

/** Waits until all is uploaded, and compares what the server has with what was sent. */
export async function assertStored(
  gateway: GatewayProcess,
  sent: readonly Part10File[],
): Promise<void> {
  await untilUploaded(gateway.spool);
  assertEquals(spooled(gateway.spool, "dead"), []);
  for (const file of sent) {
    const stored = await storedInstance(gateway.dicomweb, file.SOPInstanceUID);
    assert(stored !== undefined, `${file.SOPInstanceUID} is missing`);
    assertEquals(stored.transferSyntaxUID, file.transferSyntaxUID);
    assert(areEqual(stored.dataSet, file.dataSet), `${file.SOPInstanceUID} has changed`);
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

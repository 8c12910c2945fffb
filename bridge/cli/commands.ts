/**
 * The commands: each asks a peer for one thing, and shows what came of it.
 * @module
 */
import { encodeJson } from "../../lib/dicom/json.ts";
import type { DataSet } from "../../lib/dicom/dataset.ts";
import type { SuboperationCounts } from "../../lib/dimse/responses.ts";
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { type Connect, withAssociation } from "../scu/client.ts";
import { echo, ECHO_CONTEXTS } from "../scu/echo.ts";
import { find, findContexts } from "../scu/find.ts";
import { get, getProposal } from "../scu/get.ts";
import { move, moveContexts } from "../scu/move.ts";
import type { RetrieveEnd } from "../scu/retrieve.ts";
import { storeInstances } from "../scu/store.ts";
import type { Command } from "./arguments.ts";
import { dicomFiles } from "./dicom_files.ts";
import { printable, printJson, progressLine } from "./output.ts";
import { columnsOf, findIdentifier, retrieveIdentifier } from "./query.ts";
import { receiveInto } from "./received_files.ts";
import { tableOf } from "./table.ts";

type CommandOf<Name extends Command["name"]> = Extract<Command, { name: Name }>;

/**
 * Runs a command; resolves to the exit code: 0, or 1 where something was not done. Rejects as the
 * clients of bridge/scu do, and with UsageError.
 *
 * @param cancel when it aborts, the peer is asked to stop
 */
export function runCommand(
  command: Command,
  connect: Connect,
  cancel: AbortSignal,
): Promise<number> {
  switch (command.name) {
    case "echo":
      return runEcho(command, connect);
    case "find":
      return runFind(command, connect, cancel);
    case "move":
      return runMove(command, connect, cancel);
    case "get":
      return runGet(command, connect, cancel);
    case "store":
      return runStore(command, connect, cancel);
  }
}

async function runEcho({ target, json }: CommandOf<"echo">, connect: Connect): Promise<number> {
  const began = performance.now();
  await withAssociation(connect, { contexts: ECHO_CONTEXTS }, echo);
  const milliseconds = Math.round(performance.now() - began);
  if (json) printJson({ answered: true, milliseconds });
  else console.log(`${target.calledAETitle} answers (${milliseconds} ms)`);
  return 0;
}

async function runFind(
  { query, json }: CommandOf<"find">,
  connect: Connect,
  cancel: AbortSignal,
): Promise<number> {
  const rows: DataSet[] = [];
  const proposal = { contexts: findContexts(query.root) };
  const end = await withAssociation(connect, proposal, async (association) => {
    const matches = find(association, query.root, findIdentifier(query), cancel);
    for (let next = await matches.next();; next = await matches.next()) {
      if (next.done) return next.value;
      if (json) console.log(encodeJson(next.value, { bulkDataURI: () => "" }));
      else rows.push(next.value);
    }
  });
  if (!json) { for (const line of tableOf(rows, columnsOf(query))) console.log(line); }
  if (end === "limited") console.error("The peer has more matches than it gives at once");
  return end === "cancelled" ? 1 : 0;
}

async function runMove(
  { query, destination, json }: CommandOf<"move">,
  connect: Connect,
  cancel: AbortSignal,
): Promise<number> {
  const identifier = retrieveIdentifier(query);
  const proposal = { contexts: moveContexts(query.root) };
  const end = await withAssociation(
    connect,
    proposal,
    (association) => followed(move(association, query.root, identifier, destination, cancel)),
  );
  return shown(end, json);
}

async function runGet(
  { query, folder, json }: CommandOf<"get">,
  connect: Connect,
  cancel: AbortSignal,
): Promise<number> {
  const identifier = retrieveIdentifier(query);
  const proposal = getProposal(query.root, receiveInto(folder, (why) => console.error(why)));
  const end = await withAssociation(
    connect,
    proposal,
    (association) => followed(get(association, query.root, identifier, cancel)),
  );
  return shown(end, json);
}

/** Shows the progress of a retrieval; resolves to its end. */
async function followed(
  progress: AsyncGenerator<SuboperationCounts, RetrieveEnd, undefined>,
): Promise<RetrieveEnd> {
  const show = progressLine();
  for (let next = await progress.next();; next = await progress.next()) {
    if (next.done) return next.value;
    show(inWords(next.value));
  }
}

function shown({ status, counts, failed }: RetrieveEnd, json: boolean): number {
  if (json) {
    printJson({ status, ...counts, failedSOPInstanceUIDs: failed });
  } else {
    console.log(inWords(counts));
    for (const uid of failed) console.error(`failed: ${printable(uid)}`);
    if (status !== STATUS.success) console.error(`The peer answered ${describeStatus(status)}`);
  }
  return status === STATUS.success ? 0 : 1;
}

function inWords({ completed, failed, warning, remaining }: SuboperationCounts): string {
  return `${completed + warning} instances sent` +
    (warning > 0 ? `, ${warning} of them with a warning` : "") +
    (failed > 0 ? `, ${failed} failed` : "") +
    (remaining > 0 ? `, ${remaining} to come` : "");
}

async function runStore(
  { paths, json }: CommandOf<"store">,
  connect: Connect,
  cancel: AbortSignal,
): Promise<number> {
  const { files, problems } = await dicomFiles(paths);
  for (const { path, why } of problems) {
    if (json) printJson({ path, result: "failed", why });
    else console.error(`${path}: ${why}`);
  }
  const show = progressLine();
  let [stored, failed] = [0, problems.length];
  for await (const { instance, result } of storeInstances(connect, files, { cancel })) {
    const isStored = result.kind === "stored" || result.kind === "warning";
    if (isStored) stored++;
    else failed++;
    if (json) {
      printJson({ path: instance.path, result: result.kind, ...("why" in result && result) });
    } else if (result.kind === "failed") {
      console.error(`${instance.path}: ${result.why}`);
    } else if (result.kind === "warning") {
      console.error(`${instance.path}: stored with ${describeStatus(result.status)}`);
    }
    show(`${stored + failed} of ${files.length + problems.length}`);
  }
  if (!json) console.log(`${stored} instances stored` + (failed > 0 ? `, ${failed} failed` : ""));
  return failed > 0 ? 1 : 0;
}

/**
 * Instances that a peer sends to the command line, as files in a folder.
 * @module
 */
import { encodePart10Header } from "../../lib/dicom/part10.ts";
import { isUsableUID } from "../../lib/dicom/uids.ts";
import { COMMAND } from "../../lib/dimse/command.ts";
import { cStoreRSP, response } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import type { IncomingRequest, Operation, Services } from "../net/association.ts";

const NOTHING = new Uint8Array(0);

/**
 * Answers C-STORE requests: each instance becomes a file with the name of its UID, whole or not at
 * all. One that is there already is replaced. `report` is told what goes wrong on this side.
 */
export function receiveInto(folder: string, report: (why: string) => void): Services {
  return (request) => {
    const { association, context, command } = request;
    if (command.CommandField !== COMMAND["C-STORE-RQ"]) {
      return {
        run: () => association.send(context.id, response(command, STATUS.unrecognizedOperation)),
      };
    }
    return receive(folder, request, report);
  };
}

function receive(
  folder: string,
  { association, context, command }: IncomingRequest,
  report: (why: string) => void,
): Operation {
  const { AffectedSOPClassUID = "", AffectedSOPInstanceUID = "" } = command;
  const respond = (status: number) => association.send(context.id, cStoreRSP(command, status));
  // The UID becomes a file's name.
  if (!isUsableUID(AffectedSOPInstanceUID)) {
    report("The peer sent an instance whose UID is none");
    return { run: () => respond(STATUS.cannotUnderstand) };
  }
  const path = `${folder}/${AffectedSOPInstanceUID}.dcm`;
  const head = encodePart10Header({
    MediaStorageSOPClassUID: AffectedSOPClassUID,
    MediaStorageSOPInstanceUID: AffectedSOPInstanceUID,
    TransferSyntaxUID: context.transferSyntax,
  });
  const unfinished = `${path}.${association.id}-${command.MessageID}.part`;
  let file: Deno.FsFile | undefined;
  let failure: unknown;

  async function attempt(step: () => Promise<void>): Promise<void> {
    if (failure !== undefined) return;
    try {
      await step();
    } catch (error) {
      failure = error;
    }
  }

  async function write(bytes: Uint8Array): Promise<void> {
    if (file === undefined) {
      await Deno.mkdir(folder, { recursive: true });
      file = await Deno.open(unfinished, { write: true, create: true, truncate: true });
      await writeAll(file, head);
    }
    await writeAll(file, bytes);
  }

  async function complete(): Promise<void> {
    await write(NOTHING);
    file?.close();
    file = undefined;
    await Deno.rename(unfinished, path);
  }

  async function discard(): Promise<void> {
    file?.close();
    await Deno.remove(unfinished).catch(() => {});
  }

  return {
    write: (bytes) => attempt(() => write(bytes)),
    discard,
    async run() {
      await attempt(complete);
      if (failure === undefined) return await respond(STATUS.success);
      report(`${path}: ${failure instanceof Error ? failure.message : failure}`);
      await discard();
      await respond(STATUS.outOfResources);
    },
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

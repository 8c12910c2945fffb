/**
 * The fields by which messages belong together (PS3.7 9.3, 10.3): without them a message cannot even
 * be refused. What else a request lacks is answered by its service, with a status of its own.
 * @module
 */
import { ProtocolError } from "../errors.ts";
import { COMMAND, type Command, isResponse } from "./command.ts";

/**
 * Makes sure that a request can be answered, and that a response or C-CANCEL-RQ can be taken for
 * what it is about.
 *
 * @throws {ProtocolError} what can be neither: there is nobody to tell but the association
 */
export function requireMessageIDs(command: Command): void {
  if (isResponse(command)) {
    demand(command, "MessageIDBeingRespondedTo");
    demand(command, "Status");
  } else if (command.CommandField === COMMAND["C-CANCEL-RQ"]) {
    demand(command, "MessageIDBeingRespondedTo");
  } else {
    demand(command, "MessageID");
  }
}

function demand(command: Command, field: keyof Command): void {
  if (command[field] === undefined) {
    throw new ProtocolError(`A command set has no ${field}`, 6);
  }
}

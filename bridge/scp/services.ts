/**
 * Which service answers a request: the one that its presentation context was accepted for, where
 * the command is one of that service.
 * @module
 */
import type { Service } from "../../lib/config/remote_aes.ts";
import { serviceOf } from "../../lib/config/served.ts";
import { COMMAND } from "../../lib/dimse/command.ts";
import { response } from "../../lib/dimse/responses.ts";
import { STATUS } from "../../lib/dimse/status.ts";
import type { Services } from "../net/association.ts";

/** What each service is asked with. */
const SERVICE_OF_COMMAND: ReadonlyMap<number, Service> = new Map([
  [COMMAND["C-ECHO-RQ"], "echo"],
  [COMMAND["C-STORE-RQ"], "store"],
  [COMMAND["C-FIND-RQ"], "find"],
  [COMMAND["C-MOVE-RQ"], "move"],
  [COMMAND["C-GET-RQ"], "get"],
]);

/** Sends each request to its service; one that its context is not for is answered with 0211 (PS3.7 C.5.9). */
export function createServices(services: Readonly<Record<Service, Services>>): Services {
  return (request) => {
    const { association, context, command } = request;
    const service = SERVICE_OF_COMMAND.get(command.CommandField);
    if (service !== undefined && service === serviceOf(context.abstractSyntax)) {
      return services[service](request);
    }
    return {
      run: () => association.send(context.id, response(command, STATUS.unrecognizedOperation)),
    };
  };
}

/**
 * C-MOVE as SCP (PS3.4 C.4.2): instances of the server to an AE that the requestor names by title.
 * @module
 */
import { STATUS } from "../../lib/dimse/status.ts";
import type { Services } from "../net/association.ts";
import type { Connect } from "../scu/client.ts";
import { storeInstances } from "../scu/store.ts";
import { RetrievalRefused, retrieveOperation, type RetrieveParts } from "./retrieve.ts";

/** What C-MOVE works with. */
export interface MoveParts extends RetrieveParts {
  /**
   * The way to a destination for an association that is called from `callingAETitle`; undefined
   * where no AE is known under that title.
   */
  readonly destination: (AETitle: string, callingAETitle: string) => Connect | undefined;
}

/** The service that answers C-MOVE-RQ, with a response after every sub-operation. */
export function moveService(parts: MoveParts): Services {
  return (request) =>
    retrieveOperation(request, parts, () => {
      const { association, command } = request;
      const connect = parts.destination(
        command.MoveDestination ?? "",
        association.localAETitle,
      );
      if (connect === undefined) {
        throw new RetrievalRefused(
          STATUS.moveDestinationUnknown,
          "The move destination is none of the known AEs",
        );
      }
      const { AETitle } = association.peer;
      const moveOriginator = { AETitle, MessageID: command.MessageID ?? 0 };
      return (instances, cancel) => storeInstances(connect, instances, { moveOriginator, cancel });
    });
}

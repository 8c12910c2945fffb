/**
 * C-GET as SCP (PS3.4 C.4.3): instances of the server to the requestor, over its own association.
 * @module
 */
import type { Services } from "../net/association.ts";
import { storeOver } from "../scu/store_over.ts";
import { retrieveOperation, type RetrieveParts } from "./retrieve.ts";

/**
 * The service that answers C-GET-RQ. Instances go over those contexts for which the requestor took
 * the role of an SCP; one whose class has none fails.
 */
export function getService(parts: RetrieveParts): Services {
  return (request) =>
    retrieveOperation(
      request,
      parts,
      () => (instances, cancel) => storeOver(request.association, instances, { cancel }),
    );
}

/**
 * The instances that an identifier names, out of the server: what C-MOVE and C-GET send.
 * @module
 */
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { isUsableUID, isValidUID } from "../../lib/dicom/uids.ts";
import { strings, text } from "../../lib/dicom/values.ts";
import { LimitError } from "../../lib/errors.ts";
import type { QidoSearch } from "../../lib/query/qido_search.ts";
import { type Gateway, GatewayError } from "../gateway/gateway.ts";
import type { InstanceToSend } from "../scu/instance_to_send.ts";

/** Sub-operations of one request: their numbers are sent in 16 bits (PS3.7 E.1). */
export const MAX_SUBOPERATIONS = 0xffff;

const SOP_CLASS_UID: Tag = 0x00080016;
const SOP_INSTANCE_UID: Tag = 0x00080018;
const STUDY_INSTANCE_UID: Tag = 0x0020000D;
const SERIES_INSTANCE_UID: Tag = 0x0020000E;
const AVAILABLE_TRANSFER_SYNTAX_UID: Tag = 0x00083002;

/**
 * Every instance that the searches find, in the server's order.
 *
 * @throws {GatewayError} where the server does not answer, or not with instances
 * @throws {LimitError} beyond {@linkcode MAX_SUBOPERATIONS}
 */
export async function findInstances(
  gateway: Gateway,
  searches: readonly QidoSearch[],
  signal: AbortSignal,
): Promise<InstanceToSend[]> {
  const instances: InstanceToSend[] = [];
  for (const search of searches) {
    for await (const row of gateway.search(search, signal)) {
      if (instances.length === MAX_SUBOPERATIONS) {
        throw new LimitError("MAX_SUBOPERATIONS", MAX_SUBOPERATIONS, "The number of instances");
      }
      instances.push(instanceOf(row, gateway));
    }
  }
  return instances;
}

function instanceOf(row: DataSet, gateway: Gateway): InstanceToSend {
  const uid = (tag: Tag) => {
    const value = text(row, tag);
    if (value !== undefined && isUsableUID(value)) return value;
    throw new GatewayError("The server found an instance without its UIDs", "refused", undefined);
  };
  const address = {
    StudyInstanceUID: uid(STUDY_INSTANCE_UID),
    SeriesInstanceUID: uid(SERIES_INSTANCE_UID),
    SOPInstanceUID: uid(SOP_INSTANCE_UID),
  };
  return {
    SOPClassUID: uid(SOP_CLASS_UID),
    SOPInstanceUID: address.SOPInstanceUID,
    transferSyntaxes: strings(row, AVAILABLE_TRANSFER_SYNTAX_UID).filter(isValidUID),
    open: (transferSyntaxes, signal) => gateway.retrieve(address, transferSyntaxes, signal),
  };
}

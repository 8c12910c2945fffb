/**
 * The instances that an identifier names, out of the server: what C-MOVE and C-GET send.
 * @module
 */
import type { DataSet, Tag } from "../../lib/dicom/dataset.ts";
import { isUsableUID, isValidUID } from "../../lib/dicom/uids.ts";
import { strings, text } from "../../lib/dicom/values.ts";
import { LimitError } from "../../lib/errors.ts";
import type { QidoSearch } from "../../lib/query/qido_search.ts";
import { type Gateway, GatewayError, type InstanceAddress } from "../gateway/gateway.ts";
import { discard, type InstanceToSend } from "../scu/instance_to_send.ts";
import { SeriesReader } from "./series_reader.ts";

/** Sub-operations of one request: their numbers are sent in 16 bits (PS3.7 E.1). */
export const MAX_SUBOPERATIONS = 0xffff;

const SOP_CLASS_UID: Tag = 0x00080016;
const SOP_INSTANCE_UID: Tag = 0x00080018;
const STUDY_INSTANCE_UID: Tag = 0x0020000D;
const SERIES_INSTANCE_UID: Tag = 0x0020000E;
const AVAILABLE_TRANSFER_SYNTAX_UID: Tag = 0x00083002;

/** Keys that a search may have, and what of a match is then one of their values. */
const KEYS: readonly (readonly [keyword: string, tag: Tag])[] = [
  ["PatientID", 0x00100020],
  ["StudyInstanceUID", STUDY_INSTANCE_UID],
  ["SeriesInstanceUID", SERIES_INSTANCE_UID],
  ["SOPInstanceUID", SOP_INSTANCE_UID],
];

/** What a search tells of an instance. */
interface Found {
  readonly address: InstanceAddress;
  readonly SOPClassUID: string;
  readonly transferSyntaxes: readonly string[];
}

/**
 * Every instance that the searches find, in the server's order.
 *
 * @throws {GatewayError} where the server does not answer, or not with the instances that it was asked for
 * @throws {LimitError} beyond {@linkcode MAX_SUBOPERATIONS}
 */
export async function findInstances(
  gateway: Gateway,
  searches: readonly QidoSearch[],
  signal: AbortSignal,
): Promise<InstanceToSend[]> {
  const instances: InstanceToSend[] = [];
  for (const search of searches) {
    const found: Found[] = [];
    for await (const row of gateway.search(search, signal)) {
      if (instances.length + found.length === MAX_SUBOPERATIONS) {
        throw new LimitError("MAX_SUBOPERATIONS", MAX_SUBOPERATIONS, "The number of instances");
      }
      assertAsked(row, search.parameters);
      found.push(foundIn(row));
    }
    // Of a series that is not asked for as a whole most would be read in vain.
    const isWhole = !search.parameters.has("SOPInstanceUID");
    instances.push(
      ...isWhole ? inSeries(found, gateway) : found.map((each) => alone(each, gateway)),
    );
  }
  return instances;
}

/** A server may pass over a key that it does not know (PS3.18 8.3.4): it finds other patients' images then. */
function assertAsked(row: DataSet, parameters: URLSearchParams): void {
  for (const [keyword, tag] of KEYS) {
    const [asked, found] = [parameters.get(keyword), text(row, tag)];
    if (asked === null || found === undefined) continue;
    if (asked === found || asked.split(",").includes(found)) continue;
    const message = `The server found instances that have another ${keyword}`;
    throw new GatewayError(message, "refused", undefined);
  }
}

function foundIn(row: DataSet): Found {
  const uid = (tag: Tag) => {
    const value = text(row, tag);
    if (value !== undefined && isUsableUID(value)) return value;
    throw new GatewayError("The server found an instance without its UIDs", "refused", undefined);
  };
  return {
    address: {
      StudyInstanceUID: uid(STUDY_INSTANCE_UID),
      SeriesInstanceUID: uid(SERIES_INSTANCE_UID),
      SOPInstanceUID: uid(SOP_INSTANCE_UID),
    },
    SOPClassUID: uid(SOP_CLASS_UID),
    transferSyntaxes: strings(row, AVAILABLE_TRANSFER_SYNTAX_UID).filter(isValidUID),
  };
}

/** An instance that is asked for alone, in what the peer takes. */
function alone({ address, ...instance }: Found, gateway: Gateway): InstanceToSend {
  return {
    ...instance,
    SOPInstanceUID: address.SOPInstanceUID,
    open: (transferSyntaxes, signal) => gateway.retrieve(address, transferSyntaxes, signal),
  };
}

/** Instances of whole series: those that the peer takes as they are stored come together. */
function inSeries(found: readonly Found[], gateway: Gateway): InstanceToSend[] {
  const readers = new Map<string, SeriesReader>();
  const readerOf = ({ StudyInstanceUID, SeriesInstanceUID }: InstanceAddress) => {
    const key = `${StudyInstanceUID}/${SeriesInstanceUID}`;
    const reader = readers.get(key) ??
      new SeriesReader(gateway, { StudyInstanceUID, SeriesInstanceUID });
    readers.set(key, reader);
    return reader;
  };
  return found.map((each) => {
    const { address, transferSyntaxes: [stored = ""] } = each;
    const instance = alone(each, gateway);
    const reader = readerOf(address);
    return {
      ...instance,
      async open(transferSyntaxes, signal) {
        const taken = transferSyntaxes.includes(stored)
          ? await reader.take(address.SOPInstanceUID, signal)
          : undefined;
        if (taken !== undefined && transferSyntaxes.includes(taken.transferSyntaxUID)) return taken;
        // What is stored may have become another since it was found.
        if (taken !== undefined) await discard(taken);
        return await instance.open(transferSyntaxes, signal);
      },
    };
  });
}

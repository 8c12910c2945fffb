/**
 * The Store Instances Response Module (PS3.18 Annex I) as an answer about each instance.
 * @module
 */
import type { DataSet, Element, Tag } from "../../lib/dicom/dataset.ts";
import { decodeJson } from "../../lib/dicom/json_decode.ts";
import { describeStatus, STATUS } from "../../lib/dimse/status.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import type { StoreOutcome } from "./gateway.ts";

/** What became of instances, by SOP Instance UID. */
export type StoreOutcomes = ReadonlyMap<string, StoreOutcome>;

const FAILED_SOP_SEQUENCE: Tag = 0x00081198;
const REFERENCED_SOP_SEQUENCE: Tag = 0x00081199;
const REFERENCED_SOP_INSTANCE_UID: Tag = 0x00081155;
const WARNING_REASON: Tag = 0x00081196;
const FAILURE_REASON: Tag = 0x00081197;

/**
 * Reads an answer; undefined where it is none. An instance that the module both stores and fails
 * counts as failed: what is not surely stored is kept.
 */
export function readStowAnswer(text: string): StoreOutcomes | undefined {
  const module = moduleOf(text);
  if (module === undefined) return undefined;
  const outcomes = new Map<string, StoreOutcome>();
  for (const item of itemsOf(module, REFERENCED_SOP_SEQUENCE)) {
    const warning = numberOf(item, WARNING_REASON);
    outcomes.set(uidOf(item), { kind: "stored", warning });
  }
  for (const item of itemsOf(module, FAILED_SOP_SEQUENCE)) {
    const reason = numberOf(item, FAILURE_REASON) ?? STATUS.processingFailure;
    outcomes.set(uidOf(item), {
      kind: mayPass(reason) ? "failed" : "refused",
      reason,
      explanation: `The server refused it with ${describeStatus(reason)}`,
    });
  }
  return outcomes;
}

/** Reasons that lie in the server or its operation, and not in the instance. */
function mayPass(reason: number): boolean {
  return reason === STATUS.processingFailure || reason === STATUS.notAuthorized ||
    reason === STATUS.resourceLimitation || reason >>> 8 === STATUS.outOfResources >>> 8;
}

function moduleOf(text: string): DataSet | undefined {
  try {
    const json: unknown = JSON.parse(text);
    // Some servers put the module into a list.
    return decodeJson(Array.isArray(json) ? json[0] : json);
  } catch (error) {
    if (
      error instanceof SyntaxError || error instanceof DecodeError || error instanceof LimitError
    ) return undefined;
    throw error;
  }
}

function itemsOf(dataSet: DataSet, tag: Tag): readonly DataSet[] {
  const element = dataSet.get(tag);
  return element?.kind === "sequence" ? element.items : [];
}

function uidOf(item: DataSet): string {
  const bytes = bytesOf(item.get(REFERENCED_SOP_INSTANCE_UID));
  return bytes === undefined ? "" : new TextDecoder("latin1").decode(bytes).replace(/[\0 ]+$/, "");
}

function numberOf(item: DataSet, tag: Tag): number | undefined {
  const bytes = bytesOf(item.get(tag));
  if (bytes === undefined || bytes.length < 2) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
}

function bytesOf(element: Element | undefined): Uint8Array | undefined {
  return element?.kind === "value" ? element.bytes : undefined;
}

/**
 * The elements of command sets (PS3.7 E.1) and which field of {@linkcode Command} each one is.
 * @module
 */
import type { Tag } from "../dicom/dataset.ts";
import type { Command } from "./command.ts";

/** Names of the fields whose values are of a type. */
type Named<Value> = {
  [Name in keyof Command]-?: Exclude<Command[Name], undefined> extends Value ? Name : never;
}[keyof Command];

/** An element of a command set. Each VR is that of PS3.7 E.1. */
export type CommandElement =
  | { readonly tag: Tag; readonly vr: "US"; readonly name: Named<number> }
  | { readonly tag: Tag; readonly vr: "UI" | "AE" | "LO"; readonly name: Named<string> }
  | { readonly tag: Tag; readonly vr: "AT"; readonly name: Named<readonly Tag[]> };

/** Command Group Length (0000,0000). */
export const COMMAND_GROUP_LENGTH: Tag = 0x00000000;

/** Every element that is neither retired nor the group's length, in the order of their tags. */
export const COMMAND_ELEMENTS: readonly CommandElement[] = [
  { tag: 0x00000002, vr: "UI", name: "AffectedSOPClassUID" },
  { tag: 0x00000003, vr: "UI", name: "RequestedSOPClassUID" },
  { tag: 0x00000100, vr: "US", name: "CommandField" },
  { tag: 0x00000110, vr: "US", name: "MessageID" },
  { tag: 0x00000120, vr: "US", name: "MessageIDBeingRespondedTo" },
  { tag: 0x00000600, vr: "AE", name: "MoveDestination" },
  { tag: 0x00000700, vr: "US", name: "Priority" },
  { tag: 0x00000800, vr: "US", name: "CommandDataSetType" },
  { tag: 0x00000900, vr: "US", name: "Status" },
  { tag: 0x00000901, vr: "AT", name: "OffendingElement" },
  { tag: 0x00000902, vr: "LO", name: "ErrorComment" },
  { tag: 0x00000903, vr: "US", name: "ErrorID" },
  { tag: 0x00001000, vr: "UI", name: "AffectedSOPInstanceUID" },
  { tag: 0x00001001, vr: "UI", name: "RequestedSOPInstanceUID" },
  { tag: 0x00001002, vr: "US", name: "EventTypeID" },
  { tag: 0x00001005, vr: "AT", name: "AttributeIdentifierList" },
  { tag: 0x00001008, vr: "US", name: "ActionTypeID" },
  { tag: 0x00001020, vr: "US", name: "NumberOfRemainingSuboperations" },
  { tag: 0x00001021, vr: "US", name: "NumberOfCompletedSuboperations" },
  { tag: 0x00001022, vr: "US", name: "NumberOfFailedSuboperations" },
  { tag: 0x00001023, vr: "US", name: "NumberOfWarningSuboperations" },
  { tag: 0x00001030, vr: "AE", name: "MoveOriginatorApplicationEntityTitle" },
  { tag: 0x00001031, vr: "US", name: "MoveOriginatorMessageID" },
];

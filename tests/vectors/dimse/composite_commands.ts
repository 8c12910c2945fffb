/**
 * Command sets of DIMSE-C as DCMTK 3.6.7 sends them, recorded between its clients (echoscu, storescu,
 * findscu, movescu, getscu) and its servers (storescp, dcmqrscp).
 * @module
 */
import {
  COMMAND,
  type Command,
  DATA_SET_FOLLOWS,
  NO_DATA_SET,
} from "../../../lib/dimse/command.ts";

/** A recorded command set. */
export interface CommandVector {
  readonly command: Command;
  /** Its bytes in hexadecimal digits, with white space. */
  readonly hex: string;
}

/** One of each message, more where the fields differ. */
export const COMPOSITE_COMMANDS: readonly CommandVector[] = [
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      CommandField: COMMAND["C-STORE-RQ"],
      MessageID: 1,
      Priority: 0,
      CommandDataSetType: DATA_SET_FOLLOWS,
      AffectedSOPInstanceUID: "1.2.3.4.1",
    },
    hex: `
      00000000040000005c000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e
      3200000000010200000001000000100102000000010000000007020000000000000000080200000001000000
      00100a000000312e322e332e342e3100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      CommandField: COMMAND["C-STORE-RQ"],
      MessageID: 1,
      Priority: 0,
      CommandDataSetType: DATA_SET_FOLLOWS,
      AffectedSOPInstanceUID: "1.2.3.4.1",
      MoveOriginatorApplicationEntityTitle: "DEST",
      MoveOriginatorMessageID: 1,
    },
    hex: `
      000000000400000072000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e
      3200000000010200000001000000100102000000010000000007020000000000000000080200000001000000
      00100a000000312e322e332e342e310000003010040000004445535400003110020000000100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      CommandField: COMMAND["C-STORE-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0x0000,
      AffectedSOPInstanceUID: "1.2.3.4.1",
    },
    hex: `
      00000000040000005c000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e
      3200000000010200000001800000200102000000010000000008020000000101000000090200000000000000
      00100a000000312e322e332e342e3100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.3",
      CommandField: COMMAND["C-GET-RQ"],
      MessageID: 1,
      Priority: 0,
      CommandDataSetType: DATA_SET_FOLLOWS,
    },
    hex: `
      00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e330000000001020000001000000010010200000001000000000702000000000000000008020000000100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.3",
      CommandField: COMMAND["C-GET-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0xff00,
      NumberOfRemainingSuboperations: 1,
      NumberOfCompletedSuboperations: 1,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    },
    hex: `
      000000000400000074000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e3300000000010200000010800000200102000000010000000008020000000101000000090200000000ff
      00002010020000000100000021100200000001000000221002000000000000002310020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.3",
      CommandField: COMMAND["C-GET-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0x0000,
      NumberOfCompletedSuboperations: 2,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    },
    hex: `
      00000000040000006a000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e330000000001020000001080000020010200000001000000000802000000010100000009020000000000
      000021100200000002000000221002000000000000002310020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.1",
      CommandField: COMMAND["C-FIND-RQ"],
      MessageID: 1,
      Priority: 0,
      CommandDataSetType: DATA_SET_FOLLOWS,
    },
    hex: `
      00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e310000000001020000002000000010010200000001000000000702000000000000000008020000000100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.1",
      CommandField: COMMAND["C-FIND-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: DATA_SET_FOLLOWS,
      Status: 0xff00,
    },
    hex: `
      00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e3100000000010200000020800000200102000000010000000008020000000100000000090200000000ff
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.1",
      CommandField: COMMAND["C-FIND-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0x0000,
    },
    hex: `
      00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e310000000001020000002080000020010200000001000000000802000000010100000009020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.2",
      CommandField: COMMAND["C-MOVE-RQ"],
      MessageID: 1,
      MoveDestination: "DEST",
      Priority: 0,
      CommandDataSetType: DATA_SET_FOLLOWS,
    },
    hex: `
      000000000400000058000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e320000000001020000002100000010010200000001000000000604000000444553540000000702000000
      000000000008020000000100
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.2",
      CommandField: COMMAND["C-MOVE-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0xff00,
      NumberOfRemainingSuboperations: 1,
      NumberOfCompletedSuboperations: 1,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    },
    hex: `
      000000000400000074000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e3200000000010200000021800000200102000000010000000008020000000101000000090200000000ff
      00002010020000000100000021100200000001000000221002000000000000002310020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.2",
      CommandField: COMMAND["C-MOVE-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0x0000,
      NumberOfCompletedSuboperations: 2,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    },
    hex: `
      00000000040000006a000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e320000000001020000002180000020010200000001000000000802000000010100000009020000000000
      000021100200000002000000221002000000000000002310020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.5.1.4.1.2.2.2",
      CommandField: COMMAND["C-MOVE-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0xa801,
      NumberOfCompletedSuboperations: 0,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    },
    hex: `
      00000000040000006a000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e
      322e3200000000010200000021800000200102000000010000000008020000000101000000090200000001a8
      000021100200000000000000221002000000000000002310020000000000
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.1.1",
      CommandField: COMMAND["C-ECHO-RQ"],
      MessageID: 1,
      CommandDataSetType: NO_DATA_SET,
    },
    hex: `
      0000000004000000380000000000020012000000312e322e3834302e31303030382e312e3100000000010200
      000030000000100102000000010000000008020000000101
    `,
  },
  {
    command: {
      AffectedSOPClassUID: "1.2.840.10008.1.1",
      CommandField: COMMAND["C-ECHO-RSP"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
      Status: 0x0000,
    },
    hex: `
      0000000004000000420000000000020012000000312e322e3834302e31303030382e312e3100000000010200
      00003080000020010200000001000000000802000000010100000009020000000000
    `,
  },
  {
    command: {
      CommandField: COMMAND["C-CANCEL-RQ"],
      MessageIDBeingRespondedTo: 1,
      CommandDataSetType: NO_DATA_SET,
    },
    hex: `
      00000000040000001e0000000000000102000000ff0f0000200102000000010000000008020000000101
    `,
  },
];

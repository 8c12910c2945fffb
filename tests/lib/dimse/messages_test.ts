/**
 * Requests and responses as they are built.
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  COMMAND,
  type Command,
  DATA_SET_FOLLOWS,
  NO_DATA_SET,
} from "../../../lib/dimse/command.ts";
import {
  cCancelRQ,
  cEchoRQ,
  cFindRQ,
  cGetRQ,
  cMoveRQ,
  cStoreRQ,
  nActionRQ,
  nCreateRQ,
  nDeleteRQ,
  nEventReportRQ,
  nGetRQ,
  nSetRQ,
} from "../../../lib/dimse/requests.ts";
import {
  cEchoRSP,
  cFindRSP,
  cStoreRSP,
  response,
  retrieveRSP,
} from "../../../lib/dimse/responses.ts";
import { QUERY_RETRIEVE } from "../../../lib/dimse/sop_classes.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import { COMPOSITE_COMMANDS } from "../../vectors/dimse/composite_commands.ts";
import { NORMALIZED_COMMANDS } from "../../vectors/dimse/normalized_commands.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const { find, move, get } = QUERY_RETRIEVE.study;
const COUNTS = { remaining: 1, completed: 1, failed: 0, warning: 0 };
const instance = { MessageID: 1, AffectedSOPClassUID: CT, AffectedSOPInstanceUID: "1.2.3.4.1" };

/** The recorded commands of a message. */
function recorded(name: keyof typeof COMMAND): Command[] {
  return [...COMPOSITE_COMMANDS, ...NORMALIZED_COMMANDS]
    .map(({ command }) => command)
    .filter(({ CommandField }) => CommandField === COMMAND[name]);
}

Deno.test("requests of DIMSE-C: have the fields that DCMTK's have", () => {
  assertEquals([cEchoRQ({ MessageID: 1 })], recorded("C-ECHO-RQ"));
  assertEquals(
    [
      cStoreRQ(instance),
      cStoreRQ({ ...instance, moveOriginator: { AETitle: "DEST", MessageID: 1 } }),
    ],
    recorded("C-STORE-RQ"),
  );
  assertEquals([cFindRQ({ MessageID: 1, AffectedSOPClassUID: find })], recorded("C-FIND-RQ"));
  assertEquals([cGetRQ({ MessageID: 1, AffectedSOPClassUID: get })], recorded("C-GET-RQ"));
  assertEquals(
    [cMoveRQ({ MessageID: 1, AffectedSOPClassUID: move, MoveDestination: "DEST" })],
    recorded("C-MOVE-RQ"),
  );
  assertEquals([cCancelRQ(1)], recorded("C-CANCEL-RQ"));
});

Deno.test("requests of DIMSE-N: have the fields that DCMTK's have", () => {
  const affected = (command: Command) => ({
    MessageID: command.MessageID ?? 0,
    AffectedSOPClassUID: command.AffectedSOPClassUID ?? "",
    AffectedSOPInstanceUID: command.AffectedSOPInstanceUID ?? "",
  });
  const requested = (command: Command) => ({
    MessageID: command.MessageID ?? 0,
    RequestedSOPClassUID: command.RequestedSOPClassUID ?? "",
    RequestedSOPInstanceUID: command.RequestedSOPInstanceUID ?? "",
  });
  const hasDataSet = (command: Command) => command.CommandDataSetType === DATA_SET_FOLLOWS;
  const builders = {
    "N-EVENT-REPORT-RQ": (it: Command) =>
      nEventReportRQ({ ...affected(it), EventTypeID: it.EventTypeID ?? 0 }, hasDataSet(it)),
    "N-GET-RQ": (it: Command) => nGetRQ(requested(it)),
    "N-SET-RQ": (it: Command) => nSetRQ(requested(it)),
    "N-ACTION-RQ": (it: Command) =>
      nActionRQ({ ...requested(it), ActionTypeID: it.ActionTypeID ?? 0 }, hasDataSet(it)),
    "N-CREATE-RQ": (it: Command) => {
      const { AffectedSOPInstanceUID: _, ...request } = affected(it);
      return nCreateRQ(request, hasDataSet(it));
    },
    "N-DELETE-RQ": (it: Command) => nDeleteRQ(requested(it)),
  } as const;
  for (const [name, build] of Object.entries(builders)) {
    const commands = recorded(name as keyof typeof builders);
    assertEquals(commands.map(build), commands);
  }
});

Deno.test("responses: have the fields that DCMTK's have", () => {
  const query = (AffectedSOPClassUID: string) => cFindRQ({ MessageID: 1, AffectedSOPClassUID });
  assertEquals([cEchoRSP(cEchoRQ({ MessageID: 1 }))], recorded("C-ECHO-RSP"));
  assertEquals([cStoreRSP(cStoreRQ(instance), STATUS.success)], recorded("C-STORE-RSP"));
  assertEquals(
    [cFindRSP(query(find), STATUS.pending), cFindRSP(query(find), STATUS.success)],
    recorded("C-FIND-RSP"),
  );
  const done = { ...COUNTS, remaining: 0, completed: 2 };
  const getRQ = cGetRQ({ MessageID: 1, AffectedSOPClassUID: get });
  assertEquals([
    retrieveRSP(getRQ, STATUS.pending, { counts: COUNTS }),
    retrieveRSP(getRQ, STATUS.success, { counts: done }),
  ], recorded("C-GET-RSP"));
  const moveRQ = cMoveRQ({ MessageID: 1, AffectedSOPClassUID: move, MoveDestination: "DEST" });
  assertEquals([
    retrieveRSP(moveRQ, STATUS.pending, { counts: COUNTS }),
    retrieveRSP(moveRQ, STATUS.success, { counts: done }),
    retrieveRSP(moveRQ, STATUS.moveDestinationUnknown, { counts: { ...done, completed: 0 } }),
  ], recorded("C-MOVE-RSP"));
});

Deno.test("response: answers normalized requests with the affected instance, and what it was about", () => {
  const request = nActionRQ({
    MessageID: 9,
    RequestedSOPClassUID: "1.2.840.10008.1.20.1",
    RequestedSOPInstanceUID: "1.2.840.10008.1.20.1.1",
    ActionTypeID: 1,
  }, true);
  assertEquals(response(request, STATUS.success), {
    CommandField: COMMAND["N-ACTION-RSP"],
    CommandDataSetType: NO_DATA_SET,
    Status: 0,
    MessageIDBeingRespondedTo: 9,
    AffectedSOPClassUID: "1.2.840.10008.1.20.1",
    AffectedSOPInstanceUID: "1.2.840.10008.1.20.1.1",
    ActionTypeID: 1,
  });
});

Deno.test("response: tells the UID that N-CREATE made, and of what a failure is about", () => {
  const request = nCreateRQ({ MessageID: 2, AffectedSOPClassUID: "1.2" }, false);
  const details = {
    hasDataSet: true,
    ErrorComment: "why",
    ErrorID: 3,
    OffendingElement: [0x00100010],
    AffectedSOPInstanceUID: "1.2.3",
  };
  assertEquals(response(request, STATUS.attributeListError, details), {
    CommandField: COMMAND["N-CREATE-RSP"],
    CommandDataSetType: DATA_SET_FOLLOWS,
    Status: 0x0107,
    MessageIDBeingRespondedTo: 2,
    AffectedSOPClassUID: "1.2",
    AffectedSOPInstanceUID: "1.2.3",
    ErrorComment: "why",
    ErrorID: 3,
    OffendingElement: [0x00100010],
  });
});

Deno.test("response: refuses a command that is not known", () => {
  const request = { CommandField: 0x0ffe, CommandDataSetType: NO_DATA_SET, MessageID: 5 };
  assertEquals(response(request, STATUS.unrecognizedOperation), {
    CommandField: 0x8ffe,
    CommandDataSetType: NO_DATA_SET,
    Status: 0x0211,
    MessageIDBeingRespondedTo: 5,
  });
});

Deno.test("retrieveRSP: tells what remains while under way and after a cancel only", () => {
  const request = cGetRQ({ MessageID: 1, AffectedSOPClassUID: get });
  const remaining = (status: number) =>
    retrieveRSP(request, status, { counts: COUNTS }).NumberOfRemainingSuboperations;
  assertEquals(remaining(STATUS.pending), 1);
  assertEquals(remaining(STATUS.cancel), 1);
  assertEquals(remaining(STATUS.success), undefined);
  assertEquals(remaining(STATUS.completeWithFailures), undefined);
  assertEquals(
    retrieveRSP(request, STATUS.identifierDoesNotMatchSOPClass, { ErrorComment: "no level" }),
    response(request, 0xa900, { ErrorComment: "no level" }),
  );
});

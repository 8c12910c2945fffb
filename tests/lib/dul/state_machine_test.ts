/**
 * The upper layer protocol machine against a second writing of PS3.8 Tables 9-6 to 9-10, and along
 * the ways that associations take.
 * @module
 */
import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Effect, Transition } from "../../../lib/dul/actions.ts";
import { EVENT, type State } from "../../../lib/dul/events.ts";
import { type Role, transition } from "../../../lib/dul/state_machine.ts";

/** Rows are states, as an association passes through them; columns are Evt1 to Evt19; a dot is empty. */
const MATRIX = `
 Sta1  AE-1 .    .    .    AE-5 .    .    .    .    .    .    .    .     .    .    .    .    .    .
 Sta2  .    .    AA-1 AA-1 .    AE-6 .    .    .    AA-1 .    AA-1 AA-1  .    .    AA-2 AA-5 AA-2 AA-1
 Sta3  .    .    AA-8 AA-8 .    AA-8 AE-7 AE-8 .    AA-8 .    AA-8 AA-8  .    AA-1 AA-3 AA-4 .    AA-8
 Sta4  .    AE-2 .    .    .    .    .    .    .    .    .    .    .     .    AA-2 .    AA-4 .    .
 Sta5  .    .    AE-3 AE-4 .    AA-8 .    .    .    AA-8 .    AA-8 AA-8  .    AA-1 AA-3 AA-4 .    AA-8
 Sta6  .    .    AA-8 AA-8 .    AA-8 .    .    DT-1 DT-2 AR-1 AR-2 AA-8  .    AA-1 AA-3 AA-4 .    AA-8
 Sta7  .    .    AA-8 AA-8 .    AA-8 .    .    .    AR-6 .    AR-8 AR-3  .    AA-1 AA-3 AA-4 .    AA-8
 Sta8  .    .    AA-8 AA-8 .    AA-8 .    .    AR-7 AA-8 .    AA-8 AA-8  AR-4 AA-1 AA-3 AA-4 .    AA-8
 Sta9  .    .    AA-8 AA-8 .    AA-8 .    .    .    AA-8 .    AA-8 AA-8  AR-9 AA-1 AA-3 AA-4 .    AA-8
 Sta10 .    .    AA-8 AA-8 .    AA-8 .    .    .    AA-8 .    AA-8 AR-10 .    AA-1 AA-3 AA-4 .    AA-8
 Sta11 .    .    AA-8 AA-8 .    AA-8 .    .    .    AA-8 .    AA-8 AR-3  .    AA-1 AA-3 AA-4 .    AA-8
 Sta12 .    .    AA-8 AA-8 .    AA-8 .    .    .    AA-8 .    AA-8 AA-8  AR-4 AA-1 AA-3 AA-4 .    AA-8
 Sta13 .    .    AA-6 AA-6 .    AA-7 .    .    .    AA-6 .    AA-6 AA-6  .    .    AA-2 AR-5 AA-2 AA-7
`;

/** "effects → next state" for each action; AE-6 and AR-8 by their choice. */
const MEANING: Readonly<Record<string, string>> = {
  "AE-1": "openTransport → Sta4",
  "AE-2": "sendAssociateRQ → Sta5",
  "AE-3": "confirmAccept → Sta6",
  "AE-4": "confirmReject closeTransport → Sta1",
  "AE-5": "acceptTransport startArtim → Sta2",
  "AE-6 acceptable": "stopArtim indicateAssociate → Sta3",
  "AE-6 unacceptable": "stopArtim sendAssociateRJ startArtim → Sta13",
  "AE-7": "sendAssociateAC → Sta6",
  "AE-8": "sendAssociateRJ startArtim → Sta13",
  "DT-1": "sendData → Sta6",
  "DT-2": "indicateData → Sta6",
  "AR-1": "sendReleaseRQ → Sta7",
  "AR-2": "indicateRelease → Sta8",
  "AR-3": "confirmRelease closeTransport → Sta1",
  "AR-4": "sendReleaseRP startArtim → Sta13",
  "AR-5": "stopArtim → Sta1",
  "AR-6": "indicateData → Sta7",
  "AR-7": "sendData → Sta8",
  "AR-8 requestor": "indicateRelease → Sta9",
  "AR-8 acceptor": "indicateRelease → Sta10",
  "AR-9": "sendReleaseRP → Sta11",
  "AR-10": "confirmRelease → Sta12",
  "AA-1": "sendUserAbort startArtim → Sta13",
  "AA-2": "stopArtim closeTransport → Sta1",
  "AA-3": "indicateAbort closeTransport → Sta1",
  "AA-4": "indicateProviderAbort → Sta1",
  "AA-5": "stopArtim → Sta1",
  "AA-6": " → Sta13",
  "AA-7": "sendProviderAbort → Sta13",
  "AA-8": "sendProviderAbort indicateProviderAbort startArtim → Sta13",
};

const EVENTS = Object.values(EVENT);

function written(outcome: Transition | undefined): string {
  return outcome === undefined ? "." : `${outcome.effects.join(" ")} → ${outcome.next}`;
}

function expected(cell: string, role: Role, isAcceptable: boolean): string | undefined {
  if (cell === ".") return ".";
  if (cell === "AE-6") return MEANING[`AE-6 ${isAcceptable ? "acceptable" : "unacceptable"}`];
  return MEANING[cell === "AR-8" ? `AR-8 ${role}` : cell];
}

Deno.test("transition: is the standard's in all 13 x 19 cells, for both roles and choices", () => {
  const rows = MATRIX.trim().split("\n").map((line) => line.trim().split(/ +/));
  assertEquals([rows.length, EVENTS.length], [13, 19]);
  let filled = 0;
  for (const [state, ...cells] of rows) {
    for (const [index, event] of EVENTS.entries()) {
      assertEquals(event, `Evt${index + 1}`);
      const cell = cells[index]!;
      if (cell !== ".") filled++;
      for (const role of ["requestor", "acceptor"] as const) {
        for (const isAcceptable of [true, false]) {
          const got = written(transition(state as State, event, role, isAcceptable));
          assertEquals(got, expected(cell, role, isAcceptable), `${state} ${event} ${role}`);
        }
      }
    }
  }
  assertEquals(filled, 123);
});

/** Walks along events; the effects of all of them, and the last state. */
function walk(
  from: State,
  role: Role,
  ...happenings: readonly (keyof typeof EVENT)[]
): { effects: readonly Effect[]; state: State } {
  let state = from;
  const effects: Effect[] = [];
  for (const happening of happenings) {
    const step = transition(state, EVENT[happening], role);
    if (step === undefined) throw new Error(`${happening} cannot happen in ${state}`);
    effects.push(...step.effects);
    state = step.next;
  }
  return { effects, state };
}

Deno.test("transition: leads an acceptor from the connection to its end", () => {
  assertEquals(
    walk(
      "Sta1",
      "acceptor",
      "transport connection indication",
      "A-ASSOCIATE-RQ",
      "A-ASSOCIATE response (accept)",
      "P-DATA-TF",
      "P-DATA request",
      "A-RELEASE-RQ",
      "P-DATA request",
      "A-RELEASE response",
      "transport connection closed",
    ),
    {
      effects: [
        "acceptTransport",
        "startArtim",
        "stopArtim",
        "indicateAssociate",
        "sendAssociateAC",
        "indicateData",
        "sendData",
        "indicateRelease",
        "sendData",
        "sendReleaseRP",
        "startArtim",
        "stopArtim",
      ],
      state: "Sta1",
    },
  );
});

Deno.test("transition: leads a requestor from the connection to its end", () => {
  assertEquals(
    walk(
      "Sta1",
      "requestor",
      "A-ASSOCIATE request",
      "transport connection confirmation",
      "A-ASSOCIATE-AC",
      "P-DATA request",
      "A-RELEASE request",
      "P-DATA-TF",
      "A-RELEASE-RP",
    ),
    {
      effects: [
        "openTransport",
        "sendAssociateRQ",
        "confirmAccept",
        "sendData",
        "sendReleaseRQ",
        "indicateData",
        "confirmRelease",
        "closeTransport",
      ],
      state: "Sta1",
    },
  );
});

Deno.test("transition: ends a release collision on both sides", () => {
  const requestor = walk(
    "Sta6",
    "requestor",
    "A-RELEASE request",
    "A-RELEASE-RQ",
    "A-RELEASE response",
    "A-RELEASE-RP",
  );
  assertEquals(requestor, {
    effects: [
      "sendReleaseRQ",
      "indicateRelease",
      "sendReleaseRP",
      "confirmRelease",
      "closeTransport",
    ],
    state: "Sta1",
  });
  const acceptor = walk(
    "Sta6",
    "acceptor",
    "A-RELEASE request",
    "A-RELEASE-RQ",
    "A-RELEASE-RP",
    "A-RELEASE response",
    "transport connection closed",
  );
  assertEquals(acceptor, {
    effects: [
      "sendReleaseRQ",
      "indicateRelease",
      "confirmRelease",
      "sendReleaseRP",
      "startArtim",
      "stopArtim",
    ],
    state: "Sta1",
  });
});

Deno.test("transition: comes to Sta1 from every state when the connection closes", () => {
  for (let number = 2; number <= 13; number++) {
    const state = `Sta${number}` as State;
    assertEquals(walk(state, "acceptor", "transport connection closed").state, "Sta1");
  }
});

Deno.test("transition: gives the same object each time, so that data costs nothing", () => {
  const first = transition("Sta6", EVENT["P-DATA-TF"], "acceptor");
  assertStrictEquals(transition("Sta6", EVENT["P-DATA-TF"], "acceptor"), first);
});

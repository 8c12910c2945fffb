/**
 * The upper layer protocol machine (PS3.8 9.2): the standard's transition table, and the one
 * function that reads it. Whoever holds the connection carries out the effects.
 * @module
 */
import { type Action, AE_6, AR_8, OUTCOME, type Transition } from "./actions.ts";
import type { Event, State } from "./events.ts";

/** Which side of the association this is; it decides who goes first when both release (AR-8). */
export type Role = "requestor" | "acceptor";

type Cell = Action | undefined;
const none = undefined;

/** PS3.8 Table 9-10. What cannot happen in a state is `none`. */
// deno-fmt-ignore
const TABLE: Readonly<Record<Event, readonly Cell[]>> = {
  //       Sta1    Sta2    Sta3    Sta4    Sta5    Sta6    Sta7    Sta8    Sta9    Sta10    Sta11   Sta12   Sta13
  Evt1:  ["AE-1", none,   none,   none,   none,   none,   none,   none,   none,   none,    none,   none,   none  ],
  Evt2:  [none,   none,   none,   "AE-2", none,   none,   none,   none,   none,   none,    none,   none,   none  ],
  Evt3:  [none,   "AA-1", "AA-8", none,   "AE-3", "AA-8", "AA-8", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-6"],
  Evt4:  [none,   "AA-1", "AA-8", none,   "AE-4", "AA-8", "AA-8", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-6"],
  Evt5:  ["AE-5", none,   none,   none,   none,   none,   none,   none,   none,   none,    none,   none,   none  ],
  Evt6:  [none,   "AE-6", "AA-8", none,   "AA-8", "AA-8", "AA-8", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-7"],
  Evt7:  [none,   none,   "AE-7", none,   none,   none,   none,   none,   none,   none,    none,   none,   none  ],
  Evt8:  [none,   none,   "AE-8", none,   none,   none,   none,   none,   none,   none,    none,   none,   none  ],
  Evt9:  [none,   none,   none,   none,   none,   "DT-1", none,   "AR-7", none,   none,    none,   none,   none  ],
  Evt10: [none,   "AA-1", "AA-8", none,   "AA-8", "DT-2", "AR-6", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-6"],
  Evt11: [none,   none,   none,   none,   none,   "AR-1", none,   none,   none,   none,    none,   none,   none  ],
  Evt12: [none,   "AA-1", "AA-8", none,   "AA-8", "AR-2", "AR-8", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-6"],
  Evt13: [none,   "AA-1", "AA-8", none,   "AA-8", "AA-8", "AR-3", "AA-8", "AA-8", "AR-10", "AR-3", "AA-8", "AA-6"],
  Evt14: [none,   none,   none,   none,   none,   none,   none,   "AR-4", "AR-9", none,    none,   "AR-4", none  ],
  Evt15: [none,   none,   "AA-1", "AA-2", "AA-1", "AA-1", "AA-1", "AA-1", "AA-1", "AA-1",  "AA-1", "AA-1", none  ],
  Evt16: [none,   "AA-2", "AA-3", none,   "AA-3", "AA-3", "AA-3", "AA-3", "AA-3", "AA-3",  "AA-3", "AA-3", "AA-2"],
  Evt17: [none,   "AA-5", "AA-4", "AA-4", "AA-4", "AA-4", "AA-4", "AA-4", "AA-4", "AA-4",  "AA-4", "AA-4", "AR-5"],
  Evt18: [none,   "AA-2", none,   none,   none,   none,   none,   none,   none,   none,    none,   none,   "AA-2"],
  Evt19: [none,   "AA-1", "AA-8", none,   "AA-8", "AA-8", "AA-8", "AA-8", "AA-8", "AA-8",  "AA-8", "AA-8", "AA-7"],
};

const COLUMN: Readonly<Record<State, number>> = {
  Sta1: 0,
  Sta2: 1,
  Sta3: 2,
  Sta4: 3,
  Sta5: 4,
  Sta6: 5,
  Sta7: 6,
  Sta8: 7,
  Sta9: 8,
  Sta10: 9,
  Sta11: 10,
  Sta12: 11,
  Sta13: 12,
};

/**
 * What an event in a state leads to. The answers are shared constants: nothing is allocated.
 *
 * Undefined for an empty cell of the table: of the local user's requests these are the ones that
 * come too late (data after the end of the association) and have no effect; no other can happen
 * as long as the driver tells what happens in its order.
 *
 * `isAcceptable` is asked for with an A-ASSOCIATE-RQ only (AE-6): false where the service provider
 * itself rejects it, as for its protocol version.
 */
export function transition(
  state: State,
  event: Event,
  role: Role,
  isAcceptable = true,
): Transition | undefined {
  const action = TABLE[event][COLUMN[state]];
  switch (action) {
    case undefined:
      return undefined;
    case "AE-6":
      return isAcceptable ? AE_6.acceptable : AE_6.unacceptable;
    case "AR-8":
      return AR_8[role];
    default:
      return OUTCOME[action];
  }
}

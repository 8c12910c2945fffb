/**
 * What a peer sends to a bridge and what it has to get for it, as data.
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { associateRQ, commandPdu, echoRQ, fragmented, storeRQ } from "./dimse_bytes.ts";
import { RawPeer } from "./dimse_raw.ts";
import { buildDataSet, ctElements } from "./part10_builder.ts";
import type { AttackedGateway } from "./unharmed_bridge.ts";

/** Milliseconds in which the bridge has to say what it thinks of what came. */
const PATIENCE = 1000;

/** One peer's behaviour. */
export interface DimseCase {
  readonly what: string;
  /** What it asks for an association with, if it does: nothing else is sent before its answer. */
  readonly request?: Uint8Array;
  /** Each in a write of its own, as fast as the bridge takes them. */
  readonly sends: readonly Uint8Array[];
  /** As RawPeer.next says them, in this order; then the peer closes the connection. */
  readonly answers: readonly (string | RegExp)[];
  /** Before that the association has to answer C-ECHO. */
  readonly lives?: boolean;
}

/** The answer to `associateRQ()`: all contexts are accepted. */
export const ACCEPTED = "AC 0 0 0 0";
/** C-ECHO on context 1. */
export const ECHO: Uint8Array = commandPdu(1, echoRQ());
/** Its answer. */
export const ECHOED = "C-ECHO-RSP 0000";
/** The answer to `store()`. */
export const STORED = "C-STORE-RSP 0000";
/** SOP Instance UID of `ctDataSet()`. */
export const CT = "1.2.826.0.1.3680043.10.7";

/** The data set of a CT image, for context 3. */
export function ctDataSet(sopInstanceUID: string = CT): Uint8Array {
  return buildDataSet(ctElements({ sopInstanceUID, rows: 64, columns: 64 }));
}

/** A whole C-STORE on context 3. */
export function ctStore(sopInstanceUID: string = CT, messageId = 1): Uint8Array[] {
  return [
    commandPdu(3, storeRQ(sopInstanceUID, messageId)),
    ...fragmented(3, "data", ctDataSet(sopInstanceUID)),
  ];
}

/** What ends an association that was accepted. */
export function ending(
  what: string,
  sends: readonly Uint8Array[],
  ...answers: readonly (string | RegExp)[]
): DimseCase {
  return { what, request: associateRQ(), sends, answers: [ACCEPTED, ...answers] };
}

/** What an association bears. */
export function enduring(
  what: string,
  sends: readonly Uint8Array[],
  ...answers: readonly (string | RegExp)[]
): DimseCase {
  return { ...ending(what, sends, ...answers), lives: true };
}

/** Runs a case; the bridge must be unharmed after it. */
export async function runCase(
  gateway: AttackedGateway,
  { what, request, sends, answers, lives = false }: DimseCase,
): Promise<void> {
  {
    using peer = await RawPeer.connect(gateway, PATIENCE);
    const first = request === undefined ? [] : [await peer.associate(request)];
    await peer.send(...sends);
    const others = await peer.answers(answers.length - first.length);
    assertAnswers([...first, ...others], answers, what);
    if (lives) {
      await peer.send(ECHO);
      assertEquals(await peer.next(), ECHOED, what);
    }
  }
  await gateway.assertUnharmed(what);
}

function assertAnswers(
  found: readonly string[],
  expected: readonly (string | RegExp)[],
  what: string,
): void {
  if (expected.every((answer) => typeof answer === "string")) {
    return assertEquals(found, expected, what);
  }
  assertEquals(found.length, expected.length, `${what}: ${found}`);
  expected.forEach((answer, index) => {
    const said = found[index] ?? "";
    if (typeof answer === "string") assert(said === answer, `${what}: ${said}`);
    else assertMatch(said, answer, what);
  });
}

import { assert, assertLess } from "@std/assert";
import { type Chance, chance, IS_LONG, newChance } from "../support/chance.ts";
import { text } from "../support/dimse_bytes.ts";
import {
  type DimseRecording,
  PLACE,
  QUERIERS,
  recordClients,
  SENDERS,
} from "../support/dimse_recordings.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { splitPdus } from "../support/dimse_tap.ts";
import { MUTATIONS } from "../support/mutations.ts";
import { concat } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { memoryOf } from "../support/process_memory.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";
import { type AttackedGateway, withAttackedGateway } from "../support/unharmed_bridge.ts";

/** Associations of the long test, and of the short one as many as begin in so many milliseconds. */
const COUNT = 10_000;
const SHORT_TIME = 12_000;

/** Peers at the same time. */
const PEERS = 4;

/** Bytes of the bridge: some for what its runtime collects late, none for what is over. */
const MEMORY = 400e6;
/** Of the long test: half of the associations later it may have grown by so much. */
const GROWTH = 64e6;

/** Milliseconds in which the bridge has to be done with a peer that sends no more. */
const PATIENCE = 10_000;

/** What a session is made of: everything follows from its number and the seed. */
interface Session {
  readonly number: number;
  readonly request: Uint8Array;
  readonly rest: Uint8Array;
  /** Whether the answer to the request is waited for before the rest is sent. */
  readonly isPolite: boolean;
}

/** Lengths that are wrong in most places. */
const LENGTHS = [0, 1, 2, 3, 5, 255, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff] as const;

type PduMutation = (pdus: readonly Uint8Array[], chance: Chance) => Uint8Array[];

/** Damage of the kinds that only programs do that write PDUs. */
const PDU_MUTATIONS: readonly [PduMutation, ...PduMutation[]] = [
  function leaveOut(pdus, chance) {
    return pdus.toSpliced(chance.below(pdus.length), 1);
  },
  function repeat(pdus, chance) {
    const at = chance.below(pdus.length);
    return pdus.toSpliced(at, 0, ...pdus.slice(at, at + 1));
  },
  function swap(pdus, chance) {
    const at = chance.below(pdus.length);
    return pdus.toSpliced(at, 2, ...pdus.slice(at, at + 2).reverse());
  },
  function falsifyLength(pdus, chance) {
    const at = chance.below(pdus.length);
    // Of the PDU, of its first PDV, or of the first element of a command.
    const place = chance.pick([2, 6, 16]);
    return pdus.with(at, withNumber(pdus[at]!, place, chance));
  },
  function falsifyType(pdus, chance) {
    const at = chance.below(pdus.length);
    return pdus.with(at, concat([Uint8Array.of(chance.below(9)), pdus[at]!.subarray(1)]));
  },
  function falsifyControl(pdus, chance) {
    const at = chance.below(pdus.length);
    const changed = pdus[at]!.slice();
    // The context's id and the message control header of the first PDV.
    if (changed.length > 12) changed[chance.pick([10, 11])] = chance.below(256);
    return pdus.with(at, changed);
  },
];

function withNumber(pdu: Uint8Array, place: number, chance: Chance): Uint8Array {
  if (pdu.length < place + 4) return pdu;
  const changed = pdu.slice();
  const view = new DataView(changed.buffer);
  const nearby = view.getUint32(place) + chance.below(5) - 2;
  view.setUint32(place, chance.pick([nearby, chance.pick(LENGTHS)]));
  return changed;
}

/** An association as recorded, with UIDs of its own, damaged. */
function sessionOf(number: number, seed: number, recordings: readonly DimseRecording[]): Session {
  const own = chance(seed + number);
  const recording = recordings[own.below(recordings.length)]!;
  const other = recordings[own.below(recordings.length)]!;
  const place = `${100_000 + number}`;
  const request = recording.request;
  let rest = ownRest(recording, place);
  for (let n = own.pick([1, 1, 2, 3]); n > 0; n--) {
    const pdus = splitWhole(rest);
    rest = own.below(2) === 0 && pdus.length > 0
      ? concat(own.pick(PDU_MUTATIONS)(pdus, own))
      : own.pick(MUTATIONS)(rest, own, ownRest(other, place));
  }
  // A request that is damaged too has no answer that one could wait for.
  if (own.below(4) > 0) return { number, request, rest, isPolite: own.below(8) > 0 };
  const damaged = own.pick(MUTATIONS)(request, own, other.request);
  return { number, request: damaged, rest, isPolite: false };
}

/** The PDUs, or none where an earlier damage has made them unreadable. */
function splitWhole(stream: Uint8Array): Uint8Array[] {
  try {
    return splitPdus(stream);
  } catch {
    return [];
  }
}

const PLACE_BYTES = text(PLACE);

/** What a client sends, instances of its own; queries stay as they are, for those that were recorded. */
function ownRest({ program, rest }: DimseRecording, place: string): Uint8Array {
  if (!SENDERS.includes(program)) return rest;
  const changed = rest.slice();
  for (let at = 0; at <= rest.length - PLACE_BYTES.length; at++) {
    if (PLACE_BYTES.every((byte, index) => rest[at + index] === byte)) changed.set(text(place), at);
  }
  return changed;
}

/** Plays one session to its end; the SOP Instance UIDs that were answered with success. */
async function play(gateway: AttackedGateway, session: Session): Promise<string[]> {
  using peer = await RawPeer.connect(gateway, PATIENCE);
  if (session.isPolite) await peer.associate(session.request);
  else await peer.send(session.request);
  await peer.send(session.rest);
  await peer.closeWrite();
  while (await peer.next() !== "closed");
  return peer.stored;
}

/** Fails where an instance is neither at the server nor laid aside with a reason. */
async function assertKept(gateway: AttackedGateway, stored: readonly string[]): Promise<void> {
  await untilUploaded(gateway.spool);
  const dead = spooled(gateway.spool, "dead").filter((name) => name.endsWith(".dcm"));
  const refused = dead.map((name) => Deno.readFileSync(`${gateway.spool}/dead/${name}`))
    .map((bytes) => new TextDecoder("latin1").decode(bytes));
  for (const uid of new Set(stored)) {
    const response = await fetch(`${gateway.dicomweb}/instances?SOPInstanceUID=${uid}`);
    const found: unknown[] = response.status === 200 ? await response.json() : [];
    const isKept = found.length > 0 || refused.some((file) => file.includes(uid));
    assert(isKept, `${uid} was stored and is lost`);
  }
}

peerTest("bridge: survives damaged associations of every kind, and loses nothing that it stored", [
  ...SENDERS,
  ...QUERIERS,
], () =>
  withAttackedGateway(async (gateway) => {
    const recordings = await recordClients(gateway);
    const { seed } = newChance();
    const until = performance.now() + SHORT_TIME;
    const stored: string[] = [];
    let begun = 0;
    let halfway = Infinity;

    async function attack(): Promise<void> {
      while (IS_LONG ? begun < COUNT : performance.now() < until) {
        const session = sessionOf(begun++, seed, recordings);
        try {
          stored.push(...await play(gateway, session));
        } catch (error) {
          throw new Error(`Session ${session.number}`, { cause: error });
        }
        if (session.number === COUNT / 2) halfway = (await memoryOf(gateway.pid)).resident;
      }
    }

    await Promise.all(Array.from({ length: PEERS }, attack));
    await gateway.assertUnharmed("damaged associations");
    const { resident } = await memoryOf(gateway.pid);
    console.log(`${begun} associations, ${stored.length} instances stored, ${resident} bytes`);
    assertLess(resident - halfway, GROWTH);
    await assertKept(gateway, stored);
  }, { memory: MEMORY }));

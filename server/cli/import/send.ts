/**
 * One item on its way: what is no DICOM stays, the rest goes to the target.
 * @module
 */
import { joined } from "../../services/byte_source.ts";
import type { ImportItem } from "./item.ts";
import { type ImportOutcome, isAboutContent } from "./outcome.ts";
import { kindOf } from "./sniff.ts";
import type { ImportTarget, Sent } from "./target.ts";

/** Bytes by which the kind of a file is known, where it has as many. */
const START_BYTES = 4096;

/** Stores an item. Resolves when `chunks`, its bytes, have been read; rejects with what they throw. */
export async function send(
  target: ImportTarget,
  item: ImportItem,
  chunks: AsyncGenerator<Uint8Array>,
): Promise<Sent> {
  try {
    const start = await startOf(chunks);
    const kind = await kindOf(start);
    if (kind === "other" || kind === "directory") return { outcome: Promise.resolve(SKIPPED) };
    const sent = await target.store(item, whole(start, chunks));
    return kind === "dicom" ? sent : { ...sent, outcome: sent.outcome.then(asDoubtful) };
  } finally {
    await chunks.return(undefined);
  }
}

const SKIPPED: ImportOutcome = { kind: "skipped" };

/** What was not sure to be DICOM turned out to be none. */
function asDoubtful(outcome: ImportOutcome): ImportOutcome {
  return isAboutContent(outcome) ? SKIPPED : outcome;
}

/** The first bytes; mostly the first chunk as it is. */
async function startOf(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let start = new Uint8Array(0);
  while (start.length < START_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    if (start.length === 0 && next.value.length >= START_BYTES) return next.value;
    start = joined(start, next.value);
  }
  return start;
}

async function* whole(start: Uint8Array, rest: AsyncGenerator<Uint8Array>) {
  if (start.length > 0) yield start;
  yield* rest;
}

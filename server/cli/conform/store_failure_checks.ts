/**
 * Checks of the Store transaction where something cannot be stored, and of metadata and bulk data
 * stored apart (PS3.18 10.5).
 * @module
 */
import { decodeJson } from "../../../lib/dicom/json_decode.ts";
import { encodeXml } from "../../../lib/dicom/xml.ts";
import {
  DICOM_TYPE,
  ensureStatus,
  inParts,
  JSON_TYPE,
  OCTETS_TYPE,
  partsOf,
  sameBytes,
  XML_TYPE,
} from "./answers.ts";
import { type Check, ensure, fail } from "./check.ts";
import type { Answer } from "./http.ts";
import { changed, newUID } from "./make_sample.ts";
import { readFile } from "./part10_file.ts";
import { itemsIn, type Row, textIn } from "./rows.ts";
import type { SampleInstance } from "./sample.ts";
import type { Session } from "./session.ts";
import { ensureAbsent, scratch } from "./store_checks.ts";
import {
  ensureReason,
  filePart,
  itemAbout,
  moduleOf,
  type SentPart,
  storable,
  stow,
} from "./stow.ts";

/** No DICOM, and no file of anything else. */
const GARBAGE: SentPart = {
  headers: { "Content-Type": DICOM_TYPE },
  body: new TextEncoder().encode("This is not a DICOM file. ".repeat(20)),
};

/** What a server says of what it does not store. */
export const storeFailureChecks: readonly Check[] = [
  {
    id: "store.mismatch",
    clause: "10.5.1.1.1, 10.5.3.1",
    level: "required",
    rule:
      "An instance posted to a study that it does not belong to is refused with 409 and not stored.",
    async run(session) {
      const instance = scratch(session);
      const { path } = storable(session).studies[0]!;
      const answer = await stow(session, [filePart(session, instance)], { path });
      ensureStatus(answer, 409);
      await ensureAbsent(session, instance);
    },
  },
  {
    id: "store.mismatch.reason",
    clause: "10.5.3.3, I.1",
    level: "should",
    rule: "The refusal names the instance in the Failed SOP Sequence, with a Failure Reason.",
    async run(session) {
      const instance = scratch(session);
      const { path } = storable(session).studies[0]!;
      const answer = await stow(session, [filePart(session, instance)], { path });
      const item = itemAbout(moduleOf(answer), "FailedSOPSequence", instance);
      ensure(item !== undefined, "The Failed SOP Sequence does not name the instance.");
      ensureReason(item);
    },
  },
  {
    id: "store.partial",
    clause: "10.5.3.1, 10.5.3.3, I.1",
    level: "required",
    rule:
      "Where some instances are stored, the answer is 202 and says of each which, with a reason.",
    async run(session) {
      const good = scratch(session);
      const stray = changed(scratch(session), { StudyInstanceUID: newUID() });
      const parts = [good, stray].map((instance) => filePart(session, instance));
      const path = `/studies/${good.StudyInstanceUID}`;
      const answer = await stow(session, parts, { path });
      if (await isWhollyRefused(session, answer, good)) return;
      const module = moduleOf(answer);
      ensure(
        itemAbout(module, "ReferencedSOPSequence", good) !== undefined,
        "The Referenced SOP Sequence does not name what is stored.",
      );
      const failed = itemAbout(module, "FailedSOPSequence", stray);
      ensure(failed !== undefined, "The Failed SOP Sequence does not name what is not stored.");
      ensureReason(failed);
    },
  },
  {
    id: "store.garbage",
    clause: "10.5.3.1",
    level: "required",
    rule: "What is no DICOM file is refused with 400 or 409.",
    async run(session) {
      storable(session);
      ensureStatus(await stow(session, [GARBAGE]), 400, 409);
    },
  },
  {
    id: "store.garbage.partial",
    clause: "10.5.3.1, I.1",
    level: "required",
    rule:
      "Beside an instance that is stored, it is answered 202 and counted as a failure with a reason.",
    async run(session) {
      const good = scratch(session);
      const answer = await stow(session, [filePart(session, good), GARBAGE]);
      if (await isWhollyRefused(session, answer, good)) return;
      const module = moduleOf(answer);
      const sequences = ["FailedSOPSequence", "OtherFailuresSequence"];
      const [item] = sequences.flatMap((name) => itemsIn(module, name));
      ensure(item !== undefined, "Neither sequence of failures has an item.");
      ensureReason(item);
    },
  },
  {
    id: "store.media-type",
    clause: "10.5.3.1",
    level: "required",
    rule: "A Content-Type that cannot be stored is answered 415.",
    async run(session) {
      storable(session);
      const answer = await session.http.send("/studies", {
        method: "POST",
        accept: JSON_TYPE,
        headers: { "Content-Type": "text/plain" },
        body: new TextEncoder().encode("Not to be stored"),
      });
      ensureStatus(answer, 415);
    },
  },
  {
    id: "store.empty",
    clause: "10.5.1.4, 10.5.3.1",
    level: "should",
    rule: "A request without a representation is no success.",
    async run(session) {
      storable(session);
      const { status } = await stow(session, []);
      ensure(status >= 400 && status < 500, `It is answered with ${status}, not with 400.`);
    },
  },
  {
    id: "store.metadata.json",
    clause: "10.5.1.4, 10.5.4 (table 10.5.4-1)",
    level: "required",
    rule: "Metadata in JSON with its pixel data in a part of its own is stored.",
    run: (session) => storeApart(session, JSON_TYPE, (row) => JSON.stringify([row])),
  },
  {
    id: "store.metadata.xml",
    clause: "10.5.1.4, 10.5.4 (table 10.5.4-1)",
    level: "required",
    rule: "Metadata in XML with its pixel data in a part of its own is stored.",
    run: (session) =>
      storeApart(
        session,
        XML_TYPE,
        (row) => encodeXml(decodeJson(row), { bulkDataURI: (uri) => uri }),
      ),
  },
];

/** True where nothing was stored and the answer says so; fails where it is neither that nor 202. */
async function isWhollyRefused(
  session: Session,
  answer: Answer,
  good: SampleInstance,
): Promise<boolean> {
  ensureStatus(answer, 202, 400, 409);
  if (answer.status === 202) return false;
  const kept = await session.http.send(`${good.path}/metadata`, { accept: JSON_TYPE });
  ensure(kept.status !== 200, `It is answered with ${answer.status}, and one instance is stored.`);
  return true;
}

async function storeApart(
  session: Session,
  type: string,
  write: (row: Row) => string,
): Promise<void> {
  const instance = scratch(session);
  const uri = `${session.http.base}${instance.path}/bulkdata/7FE00010`;
  const row = { ...instance.attributes, "7FE00010": { vr: "OW", BulkDataURI: uri } };
  const { pixels } = instance;
  if (pixels === undefined) fail("There are no pixels to store.");
  session.left.add(instance.StudyInstanceUID);
  const answer = await stow(session, [
    {
      headers: { "Content-Type": `${type}; transfer-syntax=1.2.840.10008.1.2.1` },
      body: new TextEncoder().encode(write(row)),
    },
    { headers: { "Content-Type": OCTETS_TYPE, "Content-Location": uri }, body: pixels },
  ], { type });
  ensureStatus(answer, 200);
  const item = itemAbout(moduleOf(answer), "ReferencedSOPSequence", instance);
  ensure(item !== undefined, "The Referenced SOP Sequence does not name the instance.");
  await ensureKept(session, instance, pixels);
}

/** Fails where what is retrieved is not what was sent. */
async function ensureKept(
  session: Session,
  { path, attributes }: SampleInstance,
  pixels: Uint8Array,
): Promise<void> {
  const answer = await session.http.send(path, { accept: inParts(DICOM_TYPE) });
  const [part] = await partsOf(answer, DICOM_TYPE);
  if (part === undefined) fail("What was stored cannot be retrieved.");
  const file = await readFile(part.body);
  ensure(
    textIn(file.attributes, "PatientID") === textIn(attributes, "PatientID"),
    "What is retrieved has another Patient ID than what was stored.",
  );
  ensure(
    file.pixels !== undefined && sameBytes(file.pixels, pixels),
    "What is retrieved has other pixels than what was stored.",
  );
}

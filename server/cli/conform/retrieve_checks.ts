/**
 * Checks of instances as DICOM files (PS3.18 10.4.1.1.1, 8.7.3).
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import {
  DICOM_TYPE,
  ensureOffered,
  ensureStatus,
  ensureType,
  inParts,
  OCTETS_TYPE,
  partsOf,
  sameBytes,
} from "./answers.ts";
import { type Check, ensure, fail, notOffered, unchecked } from "./check.ts";
import { newUID } from "./make_sample.ts";
import { readFile, RLE_LOSSLESS } from "./part10_file.ts";
import { canonical, textIn } from "./rows.ts";
import { type SampleInstance, seriesOf, seriesPath } from "./sample.ts";
import { firstStudy, secondStudy, type Session, singleFrame } from "./session.ts";

/** The checks. */
export const retrieveChecks: readonly Check[] = [
  whole("retrieve.study", "A study", (session) => {
    const study = firstStudy(session);
    return { path: study.path, instances: study.instances };
  }),
  whole("retrieve.series", "A series", (session) => {
    const study = firstStudy(session);
    const [member] = study.instances;
    if (member === undefined) unchecked("The study is empty.");
    return { path: seriesPath(member), instances: seriesOf(study, member) };
  }),
  whole("retrieve.instance", "An instance", (session) => {
    const instance = singleFrame(session);
    return { path: instance.path, instances: [instance] };
  }),
  {
    id: "retrieve.content",
    clause: "10.4.3.3.1",
    level: "required",
    rule: "What is retrieved has the attributes and the pixels that were stored.",
    async run(session) {
      for (const instance of firstStudy(session).instances) {
        await ensureContent(session, instance, inParts(DICOM_TYPE));
      }
    },
  },
  {
    id: "retrieve.any-syntax",
    clause: "8.7.3.5.2",
    level: "required",
    rule: "transfer-syntax=* is taken, and the instance comes in a syntax that DICOMweb allows.",
    async run(session) {
      const { path } = singleFrame(session);
      const accept = inParts(DICOM_TYPE, "; transfer-syntax=*");
      const [part] = await partsOf(await session.http.send(path, { accept }), DICOM_TYPE);
      if (part === undefined) fail("The answer has no part.");
      const { TransferSyntaxUID } = await readFile(part.body);
      // PS3.18 8.7.3.4 forbids both.
      const forbidden = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2"];
      ensure(!forbidden.includes(TransferSyntaxUID), `It comes in ${TransferSyntaxUID}.`);
    },
  },
  {
    id: "retrieve.decompressed",
    clause: "8.7.3.4",
    level: "required",
    rule: "Who names no transfer syntax gets compressed pixels in Explicit VR Little Endian.",
    async run(session) {
      const [compressed] = secondStudy(session).instances;
      if (compressed === undefined) unchecked("There is no compressed instance.");
      await ensureContent(session, compressed, inParts(DICOM_TYPE));
    },
  },
  {
    id: "retrieve.stored-syntax",
    clause: "8.7.3.5.2",
    level: "optional",
    rule: "What is stored in RLE Lossless is given in it where that is asked for.",
    async run(session) {
      const [compressed] = secondStudy(session).instances;
      if (compressed === undefined) unchecked("There is no compressed instance.");
      const accept = inParts(DICOM_TYPE, `; transfer-syntax=${RLE_LOSSLESS}`);
      const answer = await session.http.send(compressed.path, { accept });
      ensureOffered(answer);
      const [part] = await partsOf(answer, DICOM_TYPE);
      const file = part && await readFile(part.body);
      ensure(file?.TransferSyntaxUID === RLE_LOSSLESS, `It comes in ${file?.TransferSyntaxUID}.`);
    },
  },
  {
    id: "retrieve.single",
    clause: "10.4.4 (table 10.4.4-1)",
    level: "optional",
    rule: "One instance comes as application/dicom, without parts.",
    async run(session) {
      const { path } = singleFrame(session);
      const answer = await session.http.send(path, { accept: DICOM_TYPE });
      ensureOffered(answer);
      if (answer.mediaType?.essence === "multipart/related") notOffered("It comes in parts.");
      ensureType(answer, DICOM_TYPE);
      await readFile(answer.body);
    },
  },
  {
    id: "retrieve.octets",
    clause: "10.4.4 (table 10.4.4-1, note 2)",
    level: "required",
    rule: "An instance comes as its bulk data where application/octet-stream is accepted.",
    async run(session) {
      const { path, pixels } = singleFrame(session);
      const answer = await session.http.send(path, { accept: inParts(OCTETS_TYPE) });
      const parts = await partsOf(answer, OCTETS_TYPE);
      ensure(parts.length > 0, "The answer has no part.");
      if (pixels === undefined) return;
      ensure(parts.some(({ body }) => sameBytes(body, pixels)), "No part is the pixel data.");
    },
  },
  {
    id: "retrieve.default",
    clause: "8.7.7, 10.4.4 (table 10.4.4-1)",
    level: "required",
    rule: "Who accepts everything gets a study as parts of application/dicom.",
    async run(session) {
      const answer = await session.http.send(firstStudy(session).path, { accept: "*/*" });
      await partsOf(answer, DICOM_TYPE);
    },
  },
  {
    id: "retrieve.weights",
    clause: "8.7.8.1",
    level: "required",
    rule: "Of two media types the one of greater weight is given.",
    async run(session) {
      const { path } = singleFrame(session);
      const likes = (dicom: number, octets: number) =>
        `${inParts(OCTETS_TYPE)}; q=${octets}, ${inParts(DICOM_TYPE)}; q=${dicom}`;
      await partsOf(await session.http.send(path, { accept: likes(0.9, 0.2) }), DICOM_TYPE);
      await partsOf(await session.http.send(path, { accept: likes(0.2, 0.9) }), OCTETS_TYPE);
    },
  },
  {
    id: "retrieve.accept-parameter",
    clause: "8.3.3.1, 8.7.8.1, 10.4.1.2 (table 10.4.1-5)",
    level: "required",
    rule: "The accept parameter goes before the Accept header.",
    async run(session) {
      const { path } = singleFrame(session);
      const answer = await session.http.send(path, {
        query: { accept: inParts(OCTETS_TYPE) },
        accept: `${inParts(DICOM_TYPE)}, ${inParts(OCTETS_TYPE)}; q=0.1`,
      });
      await partsOf(answer, OCTETS_TYPE);
    },
  },
  {
    id: "retrieve.content-location",
    clause: "8.6.1.2 (table 8.6.1-1)",
    level: "required",
    rule: "Each part of bulk data or of instances says in Content-Location which it is.",
    async run(session) {
      const { path } = firstStudy(session);
      const answer = await session.http.send(path, { accept: inParts(DICOM_TYPE) });
      const parts = await partsOf(answer, DICOM_TYPE);
      const lacking = parts.filter(({ headers }) => !headers.has("content-location"));
      ensure(lacking.length === 0, `${lacking.length} of ${parts.length} parts have none.`);
    },
  },
  notThere("retrieve.unknown.study", "study", () => `/studies/${newUID()}`),
  notThere(
    "retrieve.unknown.series",
    "series",
    (session) => `${firstStudy(session).path}/series/${newUID()}`,
  ),
  notThere(
    "retrieve.unknown.instance",
    "instance",
    (session) => `${seriesPath(singleFrame(session))}/instances/${newUID()}`,
  ),
  {
    id: "retrieve.not-acceptable",
    clause: "8.7.8.1, 8.3.3.1, 10.4.4 (note 3)",
    level: "required",
    rule: "Who accepts nothing that there is gets 406, or the default.",
    async run(session) {
      const { path } = singleFrame(session);
      const answer = await session.http.send(path, { accept: "text/csv" });
      ensureStatus(answer, 406, 200);
      if (answer.status === 200) await partsOf(answer, DICOM_TYPE);
    },
  },
  {
    id: "retrieve.problem",
    clause: "8.5, 10.4.3.3",
    level: "should",
    rule: "A refusal explains itself.",
    async run(session) {
      const answer = await session.http.send(`/studies/${newUID()}`, {
        accept: inParts(DICOM_TYPE),
      });
      if (answer.status < 400) unchecked("Nothing was refused.");
      ensure(answer.body.length > 0, "The refusal has no payload.");
    },
  },
];

/** What is retrieved, and the instances that must come. */
interface Whole {
  readonly path: string;
  readonly instances: readonly SampleInstance[];
}

function whole(id: string, what: string, find: (session: Session) => Whole): Check {
  return {
    id,
    clause: "10.4.1.1.1, 10.4.4, 8.7.3.4",
    level: "required",
    rule: `${what} comes as multipart/related, every instance once, in Explicit VR Little Endian.`,
    async run(session) {
      const { path, instances } = find(session);
      const answer = await session.http.send(path, { accept: inParts(DICOM_TYPE) });
      const parts = await partsOf(answer, DICOM_TYPE);
      const files = await Promise.all(parts.map(({ body }) => readFile(body)));
      const found = files.map(({ attributes }) => textIn(attributes, "SOPInstanceUID")).sort();
      const wanted = instances.map(({ SOPInstanceUID }) => SOPInstanceUID).sort();
      ensure(found.join() === wanted.join(), `${found.length} of ${wanted.length} instances come.`);
      // Of a study that was there already pixels may have been lost, which allows their own syntax.
      const other = files.find((file) =>
        session.own !== undefined && file.TransferSyntaxUID !== EXPLICIT_VR_LITTLE_ENDIAN
      );
      if (other !== undefined) fail(`An instance comes in ${other.TransferSyntaxUID}.`);
    },
  };
}

function notThere(id: string, what: string, path: (session: Session) => string): Check {
  return {
    id,
    clause: "10.4.3.1",
    level: "required",
    rule: `A ${what} that is not there is answered 404.`,
    async run(session) {
      ensureStatus(await session.http.send(path(session), { accept: inParts(DICOM_TYPE) }), 404);
    },
  };
}

/** Attributes that a server may change or add without losing anything. */
const OWN_AFFAIR = new Set(["00080005", "7FE00010", "00280006", "00280004"]);

/** Fails where an attribute or a pixel is not what was stored. */
async function ensureContent(
  session: Session,
  { path, attributes, pixels }: SampleInstance,
  accept: string,
): Promise<void> {
  if (pixels === undefined) unchecked("Nobody knows what was stored.");
  const [part] = await partsOf(await session.http.send(path, { accept }), DICOM_TYPE);
  if (part === undefined) fail("The answer has no part.");
  const file = await readFile(part.body);
  for (const [tag, attribute] of Object.entries(attributes)) {
    if (OWN_AFFAIR.has(tag)) continue;
    const isSame = attribute.vr === "SQ" ||
      canonical(attribute.Value) === canonical(file.attributes[tag]?.Value);
    if (!isSame) fail(`The attribute ${tag} has another value than the one stored.`);
  }
  if (file.pixels === undefined) fail(`Pixel data comes in ${file.TransferSyntaxUID}.`);
  ensure(sameBytes(file.pixels, pixels), "The pixels are others than those stored.");
}

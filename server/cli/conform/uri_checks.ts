/**
 * Checks of the URI service (PS3.18 9), where there is one.
 * @module
 */
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { DICOM_TYPE, ensureStatus, ensureType, sameBytes } from "./answers.ts";
import { type Check, ensure, type Level, notOffered, unchecked } from "./check.ts";
import { type Answer, AnswerError } from "./http.ts";
import { imageSize } from "./image_size.ts";
import { newUID } from "./make_sample.ts";
import { readFile } from "./part10_file.ts";
import { multiFrame, type Session, singleFrame } from "./session.ts";
import type { SampleInstance } from "./sample.ts";

type Query = Readonly<Record<string, string>>;

/** The checks: an offered service has to do what the standard asks of it. */
export const uriChecks: readonly Check[] = [
  check("uri.dicom", "9.1.3, 9.4.2.4", "An instance comes in Explicit VR Little Endian.", {
    async run(session) {
      const instance = singleFrame(session);
      const answer = await get(session, { ...named(instance), contentType: DICOM_TYPE });
      ensureStatus(answer, 200);
      ensureType(answer, DICOM_TYPE);
      const file = await readFile(answer.body);
      ensure(
        session.own === undefined || file.TransferSyntaxUID === EXPLICIT_VR_LITTLE_ENDIAN,
        `It comes in ${file.TransferSyntaxUID}.`,
      );
      if (file.pixels === undefined || instance.pixels === undefined) return;
      ensure(sameBytes(file.pixels, instance.pixels), "The pixels are others than those stored.");
    },
  }),
  check("uri.default", "9.3, 8.7.4 (table 8.7.4-1)", "Who names no type gets image/jpeg.", {
    async run(session) {
      const instance = singleFrame(session);
      const answer = await get(session, named(instance));
      ensureStatus(answer, 200);
      ensureType(answer, "image/jpeg");
      const { width, height } = imageSize(answer.body, "image/jpeg");
      ensure(width === instance.columns && height === instance.rows, "It has another size.");
    },
  }),
  check("uri.size", "9.5.1.2.4", "rows and columns scale the image.", {
    level: "optional",
    async run(session) {
      const answer = await get(session, {
        ...named(singleFrame(session)),
        rows: "64",
        columns: "64",
      });
      ensureStatus(answer, 200);
      const { width, height } = imageSize(answer.body, "image/jpeg");
      if (Math.max(width, height) !== 64) notOffered(`The image is ${width} by ${height}.`);
    },
  }),
  check("uri.window", "9.5.1.2.6", "windowCenter and windowWidth change how bright it is.", {
    level: "optional",
    async run(session) {
      const instance = singleFrame(session);
      const plain = await get(session, named(instance));
      const window = { windowCenter: "200", windowWidth: "10" };
      const dark = await get(session, { ...named(instance), ...window });
      if (instance.pixels === undefined) unchecked("Nobody knows which window fits the image.");
      ensureStatus(dark, 200);
      if (sameBytes(plain.body, dark.body)) notOffered("The image is the same without them.");
    },
  }),
  check("uri.frame", "9.5.1.2.1", "frameNumber chooses the frame.", {
    level: "optional",
    async run(session) {
      const instance = multiFrame(session);
      const [first, last] = await Promise.all(
        ["1", String(instance.frames)].map((frameNumber) =>
          get(session, { ...named(instance), frameNumber, contentType: "image/jpeg" })
        ),
      ) as [Answer, Answer];
      ensureStatus(first, 200);
      ensureStatus(last, 200);
      if (sameBytes(first.body, last.body)) notOffered("Two frames are the same image.");
    },
  }),
  refused("uri.no-request-type", "9.4.2.1", "requestType", 400),
  refused("uri.no-study", "9.4.2.2", "studyUID", 400),
  refused("uri.no-series", "9.4.2.2", "seriesUID", 400),
  refused("uri.no-object", "9.4.2.2", "objectUID", 400),
  check("uri.unknown", "9.4.3.1", "An instance that is not there is answered 404.", {
    async run(session) {
      const query = { ...named(singleFrame(session)), objectUID: newUID() };
      ensureStatus(await get(session, { ...query, contentType: DICOM_TYPE }), 404);
    },
  }),
  check(
    "uri.type-parameter",
    "9.1.2.2.1",
    "A transfer syntax as a parameter of contentType is answered 400.",
    {
      async run(session) {
        const contentType = `${DICOM_TYPE}; transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`;
        ensureStatus(await get(session, { ...named(singleFrame(session)), contentType }), 400);
      },
    },
  ),
];

function check(
  id: string,
  clause: string,
  rule: string,
  { run, level = "required" }: { run: (session: Session) => Promise<void>; level?: Level },
): Check {
  return { id, clause, level, rule, run };
}

function refused(id: string, clause: string, lacking: string, status: number): Check {
  return check(id, clause, `A request without ${lacking} is answered ${status}.`, {
    async run(session) {
      const { [lacking]: _, ...query } = named(singleFrame(session)) as Record<string, string>;
      ensureStatus(await get(session, { ...query, contentType: DICOM_TYPE }), status);
    },
  });
}

/** The parameters that name an instance (PS3.18 9.1.2.1). */
function named({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: SampleInstance): Query {
  return {
    requestType: "WADO",
    studyUID: StudyInstanceUID,
    seriesUID: SeriesInstanceUID,
    objectUID: SOPInstanceUID,
  };
}

async function get(session: Session, query: Query): Promise<Answer> {
  session.wado ??= await find(session);
  return await session.http.send(session.wado, { query });
}

/** Where servers have the service, seen from their DICOMweb root. */
const PLACES = ["/wado", "../wado", "./wado", "wado-uri", "../wado-uri"];

/** The URL under which an instance is given. The service is not offered where there is none. */
async function find(session: Session): Promise<string> {
  const query = { ...named(singleFrame(session)), contentType: DICOM_TYPE };
  const root = `${session.http.base}/`;
  for (const place of PLACES) {
    const url = new URL(place, root).href;
    try {
      const answer = await session.http.send(url, { query });
      if (answer.status === 200 && answer.mediaType?.essence === DICOM_TYPE) return url;
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
    }
  }
  notOffered("Nothing answers to requestType=WADO beside the root; name it with --wado.");
}

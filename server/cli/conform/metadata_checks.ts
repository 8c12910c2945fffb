/**
 * Checks of metadata (PS3.18 10.4.1.1.2).
 * @module
 */
import {
  ensureStatus,
  ensureType,
  inParts,
  JSON_TYPE,
  jsonRows,
  XML_TYPE,
  xmlRows,
} from "./answers.ts";
import { type Check, ensure, fail, unchecked } from "./check.ts";
import { newUID } from "./make_sample.ts";
import { canonical, type Row, textIn } from "./rows.ts";
import { type SampleInstance, seriesOf, seriesPath } from "./sample.ts";
import { firstStudy, instancesIn, presentIn, type Session, singleFrame } from "./session.ts";

/** What metadata is asked of, and the instances that it must be of. */
type Find = (session: Session) => {
  readonly path: string;
  readonly instances: readonly SampleInstance[];
};

const ofStudy: Find = (session) => firstStudy(session);
const ofSeries: Find = (session) => {
  const study = firstStudy(session);
  const [member] = study.instances;
  if (member === undefined) unchecked("The study is empty.");
  return { path: seriesPath(member), instances: seriesOf(study, member) };
};
const ofInstance: Find = (session) => {
  const instance = singleFrame(session);
  return { path: instance.path, instances: [instance] };
};

/** The checks. */
export const metadataChecks: readonly Check[] = [
  asJson("metadata.study.json", "a study", ofStudy),
  asJson("metadata.series.json", "a series", ofSeries),
  asJson("metadata.instance.json", "an instance", ofInstance),
  asXml("metadata.study.xml", "a study", ofStudy),
  asXml("metadata.series.xml", "a series", ofSeries),
  asXml("metadata.instance.xml", "an instance", ofInstance),
  {
    id: "metadata.content",
    clause: "10.4.3.3.2",
    level: "required",
    rule: "All attributes that were stored are there with their values, sequences included.",
    async run(session) {
      if (session.own === undefined) unchecked("Nobody knows what was stored.");
      for (const instance of instancesIn(presentIn(session))) {
        ensureAttributes(await metadataOf(session, instance), instance);
      }
    },
  },
  {
    id: "metadata.bulk",
    clause: "10.4.3.3.2, F.2.2",
    level: "required",
    rule: "Pixel data is named by a BulkDataURI, or given as InlineBinary.",
    async run(session) {
      const row = await metadataOf(session, singleFrame(session));
      const pixels = row["7FE00010"];
      ensure(pixels !== undefined, "(7FE0,0010) is not in it.");
      ensure(
        pixels.BulkDataURI !== undefined || pixels.InlineBinary !== undefined,
        "(7FE0,0010) has neither BulkDataURI nor InlineBinary.",
      );
    },
  },
  {
    id: "metadata.no-file-meta",
    clause: "10.4.1.1.2 (note 1), F.2.2",
    level: "required",
    rule: "There is no File Meta Information and no group length in it.",
    async run(session) {
      const tags = Object.keys(await metadataOf(session, singleFrame(session)));
      ensure(!tags.some((tag) => tag.startsWith("0002")), "There are elements of group 0002.");
      ensure(!tags.some((tag) => tag.endsWith("0000")), "There are group lengths.");
    },
  },
  {
    id: "metadata.default",
    clause: "8.7.7, 10.4.4 (table 10.4.4-1)",
    level: "required",
    rule: "Who accepts everything gets JSON.",
    async run(session) {
      const { path } = singleFrame(session);
      const answer = await session.http.send(`${path}/metadata`, { accept: "*/*" });
      ensureStatus(answer, 200);
      ensureType(answer, JSON_TYPE);
    },
  },
  {
    id: "metadata.weights",
    clause: "8.7.8.1",
    level: "required",
    rule: "Of two media types the one of greater weight is given.",
    async run(session) {
      const path = `${singleFrame(session).path}/metadata`;
      const likes = (json: number, xml: number) =>
        `${JSON_TYPE}; q=${json}, ${inParts(XML_TYPE)}; q=${xml}`;
      await xmlRows(await session.http.send(path, { accept: likes(0.2, 0.9) }));
      jsonRows(await session.http.send(path, { accept: likes(0.9, 0.2) }));
    },
  },
  {
    id: "metadata.accept-parameter",
    clause: "8.3.3.1, 8.7.8.1, 10.4.1.2 (table 10.4.1-5)",
    level: "required",
    rule: "The accept parameter goes before the Accept header.",
    async run(session) {
      const path = `${singleFrame(session).path}/metadata`;
      const accept = `${JSON_TYPE}, ${inParts(XML_TYPE)}; q=0.1`;
      const query = { accept: inParts(XML_TYPE) };
      await xmlRows(await session.http.send(path, { query, accept }));
    },
  },
  {
    id: "metadata.charset",
    clause: "8.3.3.2, 8.8",
    level: "required",
    rule: "UTF-8 is given where it is asked for by Accept-Charset and by the charset parameter.",
    async run(session) {
      const path = `${singleFrame(session).path}/metadata`;
      jsonRows(
        await session.http.send(path, {
          query: { charset: "utf-8" },
          accept: JSON_TYPE,
          headers: { "Accept-Charset": "utf-8" },
        }),
      );
    },
  },
  {
    id: "metadata.unknown",
    clause: "10.4.3.1",
    level: "required",
    rule: "Metadata of a study that is not there is answered 404.",
    async run(session) {
      presentIn(session);
      const answer = await session.http.send(`/studies/${newUID()}/metadata`, {
        accept: JSON_TYPE,
      });
      ensureStatus(answer, 404);
    },
  },
];

function asJson(id: string, what: string, find: Find): Check {
  return {
    id,
    clause: "10.4.1.1.2, 10.4.4 (table 10.4.4-1), F.2.1",
    level: "required",
    rule: `Metadata of ${what} comes in JSON, one object for each instance.`,
    async run(session) {
      const { path, instances } = find(session);
      const answer = await session.http.send(`${path}/metadata`, { accept: JSON_TYPE });
      ensureInstances(jsonRows(answer), instances);
    },
  };
}

function asXml(id: string, what: string, find: Find): Check {
  return {
    id,
    clause: "10.4.1.1.2, 10.4.4 (table 10.4.4-1)",
    level: "required",
    rule: `Metadata of ${what} comes in XML, one part for each instance.`,
    async run(session) {
      const { path, instances } = find(session);
      const answer = await session.http.send(`${path}/metadata`, { accept: inParts(XML_TYPE) });
      ensureInstances(await xmlRows(answer), instances);
    },
  };
}

function ensureInstances(rows: readonly Row[], instances: readonly SampleInstance[]): void {
  const found = rows.map((row) => textIn(row, "SOPInstanceUID")).sort();
  const wanted = instances.map(({ SOPInstanceUID }) => SOPInstanceUID).sort();
  ensure(found.join() === wanted.join(), `It is of ${found.length} of ${wanted.length} instances.`);
}

/** The metadata of an instance. */
export async function metadataOf(session: Session, { path }: SampleInstance): Promise<Row> {
  const answer = await session.http.send(`${path}/metadata`, { accept: JSON_TYPE });
  const rows = jsonRows(answer);
  return rows.length === 1 ? rows[0]! : fail(`There are ${rows.length} data sets, not one.`);
}

/** Text is Unicode in JSON whatever it was, and pixels may be described as they would be given. */
const OWN_AFFAIR = new Set(["00080005", "00280004", "00280006", "7FE00010"]);

/** Fails where an attribute is missing or has another value. */
function ensureAttributes(row: Row, { attributes }: SampleInstance): void {
  for (const [tag, { vr, Value }] of Object.entries(attributes)) {
    if (OWN_AFFAIR.has(tag)) continue;
    const found = row[tag];
    if (found === undefined) fail(`The attribute ${tag} is missing.`);
    const isSame = vr === "SQ"
      ? found.Value?.length === Value?.length
      : canonical(found.Value) === canonical(Value);
    if (!isSame) fail(`The attribute ${tag} has another value than the one stored.`);
  }
}

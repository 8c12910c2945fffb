/**
 * Checks of what a search answers with: resources, attributes, and their form (PS3.18 10.6.3, 10.6.4).
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
import { type Check, ensure, fail } from "./check.ts";
import { textOf } from "./http.ts";
import { attributeIn, type Row, textIn } from "./rows.ts";
import { type SampleInstance, type SampleStudy, seriesOf, seriesPath } from "./sample.ts";
import { ask, ensureUIDs, expectedUIDs, type Kind, type Query, search, uidsOf } from "./search.ts";
import { firstStudy, type Session, singleFrame } from "./session.ts";

/** Table 10.6.3-3, types U and R. */
const STUDY_ATTRIBUTES = "StudyDate StudyTime AccessionNumber ModalitiesInStudy " +
  "ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID " +
  "StudyID NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances";
/** Table 10.6.3-4. Retrieve URL, though of type R, only where the series can be retrieved. */
const SERIES_ATTRIBUTES = "Modality SeriesInstanceUID SeriesNumber NumberOfSeriesRelatedInstances";
/** Table 10.6.3-5. */
const INSTANCE_ATTRIBUTES = "SOPClassUID SOPInstanceUID InstanceNumber";
/** Of the tables those that are to be there where they are known, as they are of what is stored. */
const KNOWN_SERIES = "SeriesDescription PerformedProcedureStepStartDate " +
  "PerformedProcedureStepStartTime RequestAttributesSequence";
const KNOWN_INSTANCE = "Rows Columns BitsAllocated NumberOfFrames";

/** A resource that is searched, on a study. */
interface Resource {
  readonly id: string;
  readonly template: string;
  readonly kind: Kind;
  readonly path: (study: SampleStudy, instance: SampleInstance) => string;
  /** What beside the path limits it to the study, or the series. */
  readonly query: (study: SampleStudy) => Query;
  readonly expected: (study: SampleStudy, instance: SampleInstance) => readonly string[];
}

const byStudy = ({ StudyInstanceUID }: SampleStudy): Query => ({ StudyInstanceUID });
const none = (): Query => ({});

/** Table 10.6.1-1. */
const RESOURCES: readonly Resource[] = [
  {
    id: "search.all-studies",
    template: "/studies",
    kind: "study",
    path: () => "/studies",
    query: byStudy,
    expected: (study) => [study.StudyInstanceUID],
  },
  {
    id: "search.study-series",
    template: "/studies/{study}/series",
    kind: "series",
    path: (study) => `${study.path}/series`,
    query: none,
    expected: (study) => expectedUIDs(study, "series"),
  },
  {
    id: "search.study-instances",
    template: "/studies/{study}/instances",
    kind: "instance",
    path: (study) => `${study.path}/instances`,
    query: none,
    expected: (study) => expectedUIDs(study, "instance"),
  },
  {
    id: "search.all-series",
    template: "/series",
    kind: "series",
    path: () => "/series",
    query: byStudy,
    expected: (study) => expectedUIDs(study, "series"),
  },
  {
    id: "search.series-instances",
    template: "/studies/{study}/series/{series}/instances",
    kind: "instance",
    path: (_, instance) => `${seriesPath(instance)}/instances`,
    query: none,
    expected: (study, instance) =>
      seriesOf(study, instance).map(({ SOPInstanceUID }) => SOPInstanceUID),
  },
  {
    id: "search.all-instances",
    template: "/instances",
    kind: "instance",
    path: () => "/instances",
    query: byStudy,
    expected: (study) => expectedUIDs(study, "instance"),
  },
];

/** The checks. */
export const searchAnswerChecks: readonly Check[] = [
  ...RESOURCES.map((resource): Check => ({
    id: resource.id,
    clause: "10.6.1.1 (table 10.6.1-1)",
    level: "required",
    rule: `${resource.template} can be searched.`,
    async run(session) {
      const study = firstStudy(session);
      const instance = study.instances[0]!;
      const rows = await search(session, resource.path(study, instance), resource.query(study));
      ensureUIDs(rows, resource.kind, resource.expected(study, instance));
    },
  })),
  attributes("search.all-studies.attributes", "10.6.3.3.1 (table 10.6.3-3)", 0, STUDY_ATTRIBUTES),
  attributes("search.study-series.attributes", "10.6.3.3.2 (table 10.6.3-4)", 1, SERIES_ATTRIBUTES),
  attributes(
    "search.study-series.known",
    "10.6.3.3.2 (table 10.6.3-4, type C)",
    1,
    KNOWN_SERIES,
  ),
  attributes(
    "search.series-instances.attributes",
    "10.6.3.3.3 (table 10.6.3-5)",
    4,
    INSTANCE_ATTRIBUTES,
  ),
  attributes(
    "search.series-instances.known",
    "10.6.3.3.3 (table 10.6.3-5, type C)",
    4,
    KNOWN_INSTANCE,
  ),
  attributes(
    "search.all-series.attributes",
    "10.6.3.3.2",
    3,
    `${SERIES_ATTRIBUTES} ${STUDY_ATTRIBUTES}`,
  ),
  attributes(
    "search.study-instances.attributes",
    "10.6.3.3.3",
    2,
    `${INSTANCE_ATTRIBUTES} ${SERIES_ATTRIBUTES}`,
  ),
  attributes(
    "search.all-instances.attributes",
    "10.6.3.3.3",
    5,
    `${INSTANCE_ATTRIBUTES} ${SERIES_ATTRIBUTES} ${STUDY_ATTRIBUTES}`,
  ),
  {
    id: "search.retrieve-url",
    clause: "10.6.3.3.1 to 10.6.3.3.3",
    level: "required",
    rule: "Each result has a Retrieve URL, under which it can be retrieved.",
    async run(session) {
      const study = firstStudy(session);
      const instance = singleFrame(session);
      for (const index of [0, 1, 4]) {
        const { path, query } = RESOURCES[index]!;
        const answer = await ask(session, path(study, instance), query(study));
        const [row] = jsonRows(answer);
        const url = row === undefined ? "" : textIn(row, "RetrieveURL");
        ensure(url !== "", `A result of ${path(study, instance)} has no Retrieve URL.`);
        const own = session.http.own(url, answer);
        if (own === undefined) continue;
        const found = await session.http.send(own, { accept: inParts("application/dicom") });
        ensureStatus(found, 200);
      }
    },
  },
  {
    id: "search.counts",
    clause: "10.6.3.3.1, 10.6.3.3.2",
    level: "required",
    rule: "Numbers of related series and instances, and modalities, are those of what is stored.",
    async run(session) {
      const study = firstStudy(session);
      const row = only(await search(session, "/studies", byStudy(study)));
      const series = String(expectedUIDs(study, "series").length);
      const instances = String(study.instances.length);
      ensure(
        textIn(row, "NumberOfStudyRelatedSeries") === series,
        "Number of Study Related Series is wrong.",
      );
      ensure(
        textIn(row, "NumberOfStudyRelatedInstances") === instances,
        "Number of Study Related Instances is wrong.",
      );
      const modalities = new Set(
        study.instances.map((each) => textIn(each.attributes, "Modality")),
      );
      const found = new Set(attributeIn(row, "ModalitiesInStudy")?.Value ?? []);
      ensure(modalities.symmetricDifference(found).size === 0, "Modalities in Study are wrong.");
    },
  },
  {
    id: "search.json",
    clause: "10.6.4, F.2.1, F.2.2",
    level: "required",
    rule: "JSON is one array of objects with their attributes in ascending order of tags.",
    async run(session) {
      const answer = await ask(session, "/studies", byStudy(firstStudy(session)));
      ensureType(answer, JSON_TYPE);
      for (const row of jsonRows(answer)) {
        // Names of eight digits with one that is no 0 in front are not sorted by who reads the text.
        const tags = [...textOf(answer.body).matchAll(/"([0-9A-F]{8})"\s*:/g)].map(([, tag]) =>
          tag!
        );
        const top = tags.filter((tag) => tag in row);
        if (!inOrder(top.filter((tag, index) => top.indexOf(tag) === index))) {
          fail("The attributes are not in ascending order.");
        }
        break;
      }
    },
  },
  {
    id: "search.default",
    clause: "8.7.7, 10.6.4 (table 10.6.4-1)",
    level: "required",
    rule: "Who accepts everything gets JSON.",
    async run(session) {
      const query = byStudy(firstStudy(session));
      const answer = await session.http.send("/studies", { query, accept: "*/*" });
      ensureStatus(answer, 200);
      ensureType(answer, JSON_TYPE);
    },
  },
  {
    id: "search.xml",
    clause: "10.6.4 (table 10.6.4-1)",
    level: "required",
    rule:
      "Results come as multipart/related with a Native DICOM Model each where that is accepted.",
    async run(session) {
      const study = firstStudy(session);
      const answer = await session.http.send(`${study.path}/series`, { accept: inParts(XML_TYPE) });
      ensureUIDs(await xmlRows(answer), "series", expectedUIDs(study, "series"));
    },
  },
  {
    id: "search.weights",
    clause: "8.7.8.1",
    level: "required",
    rule: "Of two media types the one of greater weight is given.",
    async run(session) {
      const query = byStudy(firstStudy(session));
      const accept = `${JSON_TYPE}; q=0.3, ${inParts(XML_TYPE)}; q=0.9`;
      const xml = await session.http.send("/studies", { query, accept });
      await xmlRows(xml);
      const other = `${JSON_TYPE}; q=0.9, ${inParts(XML_TYPE)}; q=0.3`;
      const json = await session.http.send("/studies", { query, accept: other });
      ensureType(json, JSON_TYPE);
    },
  },
  {
    id: "search.not-acceptable",
    clause: "8.7.8.1, 8.3.3.1",
    level: "required",
    rule: "Who accepts nothing that there is gets 406, or the default.",
    async run(session) {
      const query = byStudy(firstStudy(session));
      const answer = await session.http.send("/studies", { query, accept: "image/png" });
      ensureStatus(answer, 406, 200);
      if (answer.status === 200) ensureType(answer, JSON_TYPE);
    },
  },
];

function attributes(id: string, clause: string, resource: number, keywords: string): Check {
  const { path, query } = RESOURCES[resource]!;
  return {
    id,
    clause,
    level: "required",
    rule: "Every result has the attributes of the table.",
    async run(session: Session) {
      const study = firstStudy(session);
      const first = study.instances[0]!;
      const rows = await search(session, path(study, first), query(study));
      ensure(rows.length > 0, "Nothing is found.");
      const isKnown = id.endsWith(".known");
      const instances = new Map(study.instances.map((each) => [each.SOPInstanceUID, each]));
      for (const row of rows) {
        const owner = instances.get(uidsOf([row], "instance")[0] ?? "") ??
          study.instances.find((each) =>
            each.SeriesInstanceUID === textIn(row, "SeriesInstanceUID")
          );
        const wanted = keywords.split(" ").filter((keyword) =>
          !isKnown || owner === undefined || attributeIn(owner.attributes, keyword) !== undefined
        );
        const missing = wanted.filter((keyword) => attributeIn(row, keyword) === undefined);
        if (missing.length > 0) fail(`A result lacks ${missing.join(", ")}.`);
      }
    },
  };
}

function only(rows: readonly Row[]): Row {
  return rows.length === 1 ? rows[0]! : fail(`There are ${rows.length} results, not one.`);
}

function inOrder(tags: readonly string[]): boolean {
  return tags.every((tag, index) => index === 0 || tags[index - 1]! < tag);
}

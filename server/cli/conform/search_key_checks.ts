/**
 * Checks of the matching attributes that a search has to support, one by one (PS3.18 table 10.6.1-5).
 * @module
 */
import { type Check, type Level, unchecked } from "./check.ts";
import { hexTag } from "./rows.ts";
import { type SampleInstance, type SampleStudy, seriesPath } from "./sample.ts";
import {
  ensureUIDs,
  expectedUIDs,
  keyValue,
  type Kind,
  otherValue,
  resultsOf,
  search,
} from "./search.ts";
import { firstStudy, presentIn, type Session } from "./session.ts";

/** Table 10.6.1-5. */
const KEYS: Readonly<Record<Kind, readonly string[]>> = {
  study: [
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ModalitiesInStudy",
    "ReferringPhysicianName",
    "PatientName",
    "PatientID",
    "StudyInstanceUID",
    "StudyID",
  ],
  series: [
    "Modality",
    "SeriesInstanceUID",
    "SeriesNumber",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "RequestAttributesSequence.ScheduledProcedureStepID",
    "RequestAttributesSequence.RequestedProcedureID",
  ],
  instance: ["SOPClassUID", "SOPInstanceUID", "InstanceNumber"],
};

const PLURALS: Readonly<Record<Kind, string>> = {
  study: "studies",
  series: "series",
  instance: "instances",
};

const CLAUSE = "10.6.1.2.3 (table 10.6.1-5), 8.3.4.1";

/** A check for each key on the resource of its level, and one for all of them on the others. */
export const searchKeyChecks: readonly Check[] = [
  ...KEYS.study.map((keyword) => keyCheck("study", keyword)),
  ...KEYS.series.map((keyword) => keyCheck("series", keyword)),
  ...KEYS.instance.map((keyword) => keyCheck("instance", keyword)),
  everyKey("search.all-series.keys", "/series", "series", ["study", "series"]),
  everyKey("search.study-instances.keys", undefined, "instance", ["series", "instance"]),
  everyKey("search.all-instances.keys", "/instances", "instance", ["study", "series", "instance"]),
  byTag(),
  percentEncoded(),
];

/** On the resource that is nearest to the key: studies, a study's series, a series' instances. */
function keyCheck(kind: Kind, keyword: string): Check {
  return {
    id: `search.${kind}.${keyword}`,
    clause: CLAUSE,
    level: "required" satisfies Level,
    rule: `A search for ${PLURALS[kind]} matches ${keyword}.`,
    async run(session) {
      const study = firstStudy(session);
      const [instance] = study.instances;
      if (instance === undefined) unchecked("The study is empty.");
      await ensureMatches(session, {
        study,
        instance,
        kind,
        keyword,
        path: pathOf(kind, instance),
      });
    },
  };
}

function pathOf(kind: Kind, instance: SampleInstance): string {
  switch (kind) {
    case "study":
      return "/studies";
    case "series":
      return `/studies/${instance.StudyInstanceUID}/series`;
    case "instance":
      return `${seriesPath(instance)}/instances`;
  }
}

/** One key on one resource. */
interface KeyCase {
  readonly study: SampleStudy;
  readonly instance: SampleInstance;
  readonly kind: Kind;
  readonly keyword: string;
  readonly path: string;
}

/** Fails where a key's value does not find what has it, or another value finds it too. */
async function ensureMatches(session: Session, each: KeyCase): Promise<void> {
  const { study, instance, kind, keyword, path } = each;
  const value = keyValue(study, instance, keyword);
  if (value === "") unchecked(`The study has no ${keyword}.`);
  // Among everything that others have stored, only what is known is looked at.
  const scope: Record<string, string> =
    path.startsWith("/studies/") || keyword === "StudyInstanceUID"
      ? {}
      : { StudyInstanceUID: study.StudyInstanceUID };
  const found = await search(session, path, { ...scope, [keyword]: value });
  ensureUIDs(found, kind, matching(each, value));
  const others = await search(session, path, { ...scope, [keyword]: otherValue(keyword) });
  ensureUIDs(others, kind, []);
}

/** What of the study has the value, by its UID. */
function matching({ study, instance, kind, keyword, path }: KeyCase, value: string): string[] {
  const inSeries = path.endsWith("/instances") && path.includes("/series/");
  const instances = study.instances.filter((each) =>
    keyValue(study, each, keyword) === value &&
    (!inSeries || each.SeriesInstanceUID === instance.SeriesInstanceUID)
  );
  return [...expectedUIDs({ ...study, instances }, kind)];
}

/** Every key of some levels on a resource of its own. */
function everyKey(
  id: string,
  path: string | undefined,
  kind: Kind,
  levels: readonly Kind[],
): Check {
  const resource = path ?? "a study's /instances";
  return {
    id,
    clause: "10.6.1.2.3 (tables 10.6.1-4, 10.6.1-5)",
    level: "required",
    rule: `A search of ${resource} matches every key of the levels that it has to support.`,
    async run(session) {
      const study = firstStudy(session);
      const [instance] = study.instances;
      if (instance === undefined) unchecked("The study is empty.");
      const keywords = levels.flatMap((level) => KEYS[level])
        .filter((keyword) => keyValue(study, instance, keyword) !== "");
      for (const keyword of keywords) {
        const target = path ?? `${study.path}/instances`;
        await named(
          keyword,
          () => ensureMatches(session, { study, instance, kind, keyword, path: target }),
        );
      }
    },
  };
}

function byTag(): Check {
  return {
    id: "search.by-tag",
    clause: "8.3.4.1",
    level: "required",
    rule: "Attributes are named by tag as well as by keyword.",
    async run(session) {
      const { studies } = presentIn(session);
      const study = firstStudy(session);
      const query = { [hexTag("StudyInstanceUID")]: study.StudyInstanceUID };
      const rows = await search(session, "/studies", query);
      ensureUIDs(
        rows,
        "study",
        studies.slice(0, 1).map(({ StudyInstanceUID }) => StudyInstanceUID),
      );
    },
  };
}

function percentEncoded(): Check {
  return {
    id: "search.percent-encoding",
    clause: "8.3.4.1 (RFC 3986 2.1)",
    level: "required",
    rule: "A character of a value means the same percent-encoded.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const encoded = Array.from(
        StudyInstanceUID,
        (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
      ).join("");
      const target = `/studies?StudyInstanceUID=${encoded}`;
      const answer = await session.http.send(target, { accept: "application/dicom+json" });
      ensureUIDs(resultsOf(answer), "study", [StudyInstanceUID]);
    },
  };
}

/** Names the key in the reason. */
async function named(keyword: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) error.message = `${keyword}: ${error.message}`;
    throw error;
  }
}

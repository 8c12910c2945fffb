/**
 * Checks of the kinds of matching (PS3.18 8.3.4.1, 8.3.4.2, 8.3.4.5, 8.3.4.6; PS3.4 C.2.2.2).
 * @module
 */
import { warningsOf } from "./answers.ts";
import { type Check, ensure, notOffered, unchecked } from "./check.ts";
import { textIn } from "./rows.ts";
import { ask, ensureUIDs, type Query, resultsOf, search, uidsOf } from "./search.ts";
import { firstStudy, secondStudy } from "./session.ts";
import type { SampleStudy } from "./sample.ts";

/** The checks. */
export const searchMatchChecks: readonly Check[] = [
  matches("search.wildcard.star", "8.3.4.1.1 (PS3.4 C.2.2.2.4)", "`*` stands for any characters.", {
    hit: (study) => ({ PatientName: `${text(study, "PatientName").slice(0, 3)}*` }),
    miss: () => ({ PatientName: "NOBODY*" }),
  }),
  matches("search.wildcard.mark", "8.3.4.1.1 (PS3.4 C.2.2.2.4)", "`?` stands for one character.", {
    hit: (study) => ({ PatientID: `${text(study, "PatientID").slice(0, -1)}?` }),
    miss: (study) => ({ PatientID: `${text(study, "PatientID")}?` }),
  }),
  matches("search.range.date", "8.3.4.1.1 (PS3.4 C.2.2.2.5)", "A range of two dates is matched.", {
    hit: (study) => ({ StudyDate: `${text(study, "StudyDate")}-${text(study, "StudyDate")}` }),
    miss: () => ({ StudyDate: "19010101-19010131" }),
  }),
  matches("search.range.date.from", "8.3.4.1.1 (PS3.4 C.2.2.2.5)", "A date and later is matched.", {
    hit: (study) => ({ StudyDate: `${text(study, "StudyDate")}-` }),
    miss: () => ({ StudyDate: "29990101-" }),
  }),
  matches("search.range.date.to", "8.3.4.1.1 (PS3.4 C.2.2.2.5)", "A date and before is matched.", {
    hit: (study) => ({ StudyDate: `-${text(study, "StudyDate")}` }),
    miss: () => ({ StudyDate: "-19010101" }),
  }),
  matches("search.range.time", "8.3.4.1.1 (PS3.4 C.2.2.2.5)", "A range of two times is matched.", {
    hit: (study) => ({ StudyTime: `000000-${text(study, "StudyTime").slice(0, 6)}` }),
    miss: (study) => {
      const [early] = text(study, "StudyTime") < "120000" ? ["230000-235959"] : ["000000-000001"];
      return { StudyTime: early ?? "" };
    },
  }),
  {
    id: "search.range.datetime",
    clause: "8.3.4.1.1 (PS3.4 C.2.2.2.5)",
    level: "required",
    rule: "Ranges of date and time together are one range, from one moment to another.",
    async run(session) {
      const study = firstStudy(session);
      const date = text(study, "StudyDate");
      const time = text(study, "StudyTime");
      if (date.length !== 8 || time < "020000" || time > "220000") {
        unchecked("This needs a study with a date, and a time of the day.");
      }
      // From late on the day before to early on the day after: by themselves the times exclude it.
      const query = { StudyDate: `${dayBeside(date, -1)}-${dayBeside(date, 1)}` };
      const times = { StudyTime: "230000-233000" };
      const rows = await search(session, "/studies", { ...own(study), ...query, ...times });
      ensureUIDs(rows, "study", [study.StudyInstanceUID]);
    },
  },
  {
    id: "search.uid-list",
    clause: "8.3.4.1 (PS3.4 C.2.2.2.2)",
    level: "required",
    rule: "A list of UIDs, separated by commas, finds all of them.",
    async run(session) {
      const uids = [firstStudy(session), secondStudy(session)]
        .map(({ StudyInstanceUID }) => StudyInstanceUID);
      const rows = await search(session, "/studies", { StudyInstanceUID: uids.join(",") });
      ensureUIDs(rows, "study", uids);
    },
  },
  {
    id: "search.fuzzymatching",
    clause: "8.3.4.2 (PS3.4 C.2.2.2.1.1)",
    level: "required",
    rule: "fuzzymatching=true finds a name that is written as it is stored, supported or not.",
    async run(session) {
      const study = firstStudy(session);
      const query = { PatientName: text(study, "PatientName"), fuzzymatching: "true" };
      const rows = await search(session, "/studies", { ...own(study), ...query });
      ensureUIDs(rows, "study", [study.StudyInstanceUID]);
    },
  },
  {
    id: "search.fuzzymatching.order",
    clause: "8.3.4.2 (PS3.4 C.2.2.2.1.1)",
    level: "optional",
    rule: "fuzzymatching=true finds a name in lower case, its components in another order.",
    async run(session) {
      const study = firstStudy(session);
      const [family = "", given = ""] = text(study, "PatientName").toLowerCase().split("^");
      const query = { PatientName: `${given} ${family}`, fuzzymatching: "true" };
      const rows = await search(session, "/studies", { ...own(study), ...query });
      if (rows.length === 0) notOffered("Such a name is not found.");
    },
  },
  {
    id: "search.emptyvaluematching",
    clause: "8.3.4.5 (PS3.4 C.2.2.2.7)",
    level: "required",
    rule:
      "emptyvaluematching=true finds what has no value, or a Warning says that it is not supported.",
    async run(session) {
      const empty = secondStudy(session);
      const query = { AccessionNumber: '""', emptyvaluematching: "true" };
      const answer = await ask(session, "/studies", { ...own(empty), ...query });
      if (/emptyvaluematching/i.test(warningsOf(answer))) return;
      ensureUIDs(resultsOf(answer), "study", [empty.StudyInstanceUID]);
      const full = await search(session, "/studies", { ...own(firstStudy(session)), ...query });
      ensureUIDs(full, "study", []);
    },
  },
  {
    id: "search.multiplevaluematching",
    clause: "8.3.4.6 (PS3.4 C.2.2.2.8)",
    level: "required",
    rule:
      "multiplevaluematching=true finds what has any of several values, or a Warning says that it is not supported.",
    async run(session) {
      const studies = [firstStudy(session), secondStudy(session)];
      const PatientID = studies.map((study) => text(study, "PatientID")).join("\\");
      const query = { PatientID, multiplevaluematching: "true" };
      const answer = await ask(session, "/studies", query);
      if (/multiplevaluematching/i.test(warningsOf(answer))) return;
      const found = uidsOf(resultsOf(answer), "study");
      const all = studies.every(({ StudyInstanceUID }) => found.includes(StudyInstanceUID));
      ensure(all, "It finds not all of them, and no Warning says why.");
    },
  },
];

/** Two queries beside the study's own UID: one that must find it, and one that must not. */
interface Pair {
  readonly hit: (study: SampleStudy) => Query;
  readonly miss: (study: SampleStudy) => Query;
}

function matches(id: string, clause: string, rule: string, { hit, miss }: Pair): Check {
  return {
    id,
    clause,
    level: "required",
    rule,
    async run(session) {
      const study = firstStudy(session);
      const found = await search(session, "/studies", { ...own(study), ...hit(study) });
      ensureUIDs(found, "study", [study.StudyInstanceUID]);
      const missed = await search(session, "/studies", { ...own(study), ...miss(study) });
      ensureUIDs(missed, "study", []);
    },
  };
}

function own({ StudyInstanceUID }: SampleStudy): Query {
  return { StudyInstanceUID };
}

/** A value of the study that a check cannot do without. */
function text({ instances }: SampleStudy, keyword: string): string {
  const value = instances[0] === undefined ? "" : textIn(instances[0].attributes, keyword);
  return value === "" ? unchecked(`The study has no ${keyword}.`) : value;
}

/** The date so many days later. */
function dayBeside(date: string, days: number): string {
  const day = new Date(Date.UTC(
    Number(date.slice(0, 4)),
    Number(date.slice(4, 6)) - 1,
    Number(date.slice(6)) + days,
  ));
  return day.toISOString().slice(0, 10).replaceAll("-", "");
}

/**
 * Checks of a search's other parameters: attributes to include, pages, and what is wrong or unknown
 * (PS3.18 8.3, 8.3.4).
 * @module
 */
import {
  ensureStatus,
  ensureType,
  inParts,
  JSON_TYPE,
  warningsOf,
  XML_TYPE,
  xmlRows,
} from "./answers.ts";
import { type Check, ensure, fail, notOffered, unchecked } from "./check.ts";
import { newUID } from "./make_sample.ts";
import { attributeIn, hexTag } from "./rows.ts";
import { ask, ensureUIDs, type Query, resultsOf, search, uidsOf } from "./search.ts";
import { firstStudy, secondStudy, type Session } from "./session.ts";

/** Attributes of a study that an archive may know and that the tables do not ask for. */
const MORE_OF_A_STUDY = ["StudyDescription", "PatientAge", "PatientBirthTime"];

/** The checks. */
export const searchRequestChecks: readonly Check[] = [
  {
    id: "search.includefield",
    clause: "8.3.4.3, 10.6.3.3.1",
    level: "required",
    rule: "includefield adds attributes that the server knows, by keyword, by tag and as a list.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const keywords = new Set(MORE_OF_A_STUDY);
      const unasked = await knownOf(session, { StudyInstanceUID }, keywords);
      const names = [MORE_OF_A_STUDY, MORE_OF_A_STUDY.map(hexTag)];
      for (const includefield of names.map((list) => list.join(","))) {
        const found = await knownOf(session, { StudyInstanceUID, includefield }, keywords);
        const isMore = found.difference(unasked).size > 0;
        ensure(isMore || unasked.size > 1, `Nothing of ${MORE_OF_A_STUDY.join(", ")} is added.`);
      }
    },
  },
  {
    id: "search.includefield.all",
    clause: "8.3.4.3, 10.6.3.3.1",
    level: "required",
    rule: "includefield=all returns no less than a search without it.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const [plain] = await search(session, "/studies", { StudyInstanceUID });
      const [all] = await search(session, "/studies", { StudyInstanceUID, includefield: "all" });
      if (plain === undefined || all === undefined) fail("The study is not found.");
      const missing = Object.keys(plain).filter((tag) => !(tag in all));
      ensure(missing.length === 0, `It lacks ${missing.join(", ")}.`);
    },
  },
  {
    id: "search.includefield.level",
    clause: "10.6.3.3.1",
    level: "required",
    rule: "Attributes of series and instances are not returned of a study, though included.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const below = ["SeriesNumber", "SeriesInstanceUID", "SOPInstanceUID", "InstanceNumber"];
      const query = { StudyInstanceUID, includefield: below.join(",") };
      const [row] = await search(session, "/studies", query);
      if (row === undefined) fail("The study is not found.");
      const there = below.filter((keyword) => attributeIn(row, keyword) !== undefined);
      ensure(there.length === 0, `It returns ${there.join(", ")}.`);
    },
  },
  {
    id: "search.limit",
    clause: "8.3.4.4",
    level: "required",
    rule: "limit is the most results that come, and offset skips as many.",
    async run(session) {
      const { query, all } = await bothStudies(session);
      const pages = [];
      for (const offset of ["0", "1"]) {
        const page = await search(session, "/studies", { ...query, limit: "1", offset });
        ensure(page.length === 1, `A page of one result has ${page.length}.`);
        pages.push(...uidsOf(page, "study"));
      }
      ensure(pages.join() === all.join(), "Two pages of one do not make what comes as one of two.");
    },
  },
  {
    id: "search.remaining",
    clause: "8.3.4.4.1",
    level: "required",
    rule: "Where more results remain, a Warning says so.",
    async run(session) {
      const { query } = await bothStudies(session);
      const answer = await ask(session, "/studies", { ...query, limit: "1" });
      ensure(/\b299\b/.test(warningsOf(answer)), "There is no Warning 299.");
      ensure(
        /additional results/i.test(warningsOf(answer)),
        "No Warning names additional results.",
      );
    },
  },
  {
    id: "search.offset.beyond",
    clause: "8.3.4.4.1",
    level: "required",
    rule: "An offset behind the last match leaves nothing.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const rows = await search(session, "/studies", { StudyInstanceUID, offset: "1000" });
      ensureUIDs(rows, "study", []);
    },
  },
  {
    id: "search.order",
    clause: "8.3.4.4.1",
    level: "required",
    rule: "The same search returns the same results in the same order.",
    async run(session) {
      const { path } = firstStudy(session);
      const first = uidsOf(await search(session, `${path}/instances`, {}), "instance");
      const again = uidsOf(await search(session, `${path}/instances`, {}), "instance");
      ensure(first.join() === again.join(), "The order is another the second time.");
    },
  },
  {
    id: "search.none",
    clause: "10.6.3.1",
    level: "required",
    rule: "No match is 204, or 200 with an empty list.",
    async run(session) {
      const answer = await ask(session, "/studies", { StudyInstanceUID: newUID() });
      ensureUIDs(resultsOf(answer), "study", []);
      ensure(answer.status === 200 || answer.body.length === 0, "The 204 has a body.");
    },
  },
  {
    id: "search.none.204",
    clause: "8.3.4.4.1, 10.6.3.1",
    // The clause says "shall", but clients in use rely on either.
    level: "should",
    rule: "No match is 204.",
    async run(session) {
      ensureStatus(await ask(session, "/studies", { StudyInstanceUID: newUID() }), 204);
    },
  },
  wrongValue("search.wrong.date", "/studies", { StudyDate: "no-date-at-all" }),
  wrongValue("search.wrong.limit", "/studies", { limit: "many" }),
  wrongValue("search.wrong.offset", "/studies", { offset: "-1" }),
  wrongValue("search.wrong.fuzzymatching", "/studies", {
    PatientName: "A",
    fuzzymatching: "maybe",
  }),
  {
    id: "search.unknown-parameter",
    clause: "8.3",
    level: "required",
    rule: "A parameter that the server does not know is passed over.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const query = { StudyInstanceUID, "gantryconform": "1" };
      ensureUIDs(await search(session, "/studies", query), "study", [StudyInstanceUID]);
    },
  },
  {
    id: "search.accept-parameter",
    clause: "8.3.3.1, 8.7.8.1",
    level: "optional",
    rule: "The accept parameter goes before the Accept header.",
    async run(session) {
      const { StudyInstanceUID } = firstStudy(session);
      const answer = await session.http.send("/studies", {
        query: { StudyInstanceUID, accept: inParts(XML_TYPE) },
        accept: `${inParts(XML_TYPE)}; q=0.1, ${JSON_TYPE}`,
      });
      ensureStatus(answer, 200);
      if (answer.mediaType?.essence === JSON_TYPE) notOffered("The parameter is passed over.");
      await xmlRows(answer);
    },
  },
  {
    id: "search.problem",
    clause: "8.5, 10.6.3.3",
    level: "should",
    rule: "A refusal explains itself.",
    async run(session) {
      firstStudy(session);
      const answer = await ask(session, "/studies", { limit: "many" });
      if (answer.status < 400) unchecked("Nothing was refused.");
      ensure(answer.body.length > 0, "The refusal has no payload.");
      ensureType(answer, answer.mediaType?.essence ?? "a media type");
    },
  },
];

/** Which of some attributes the only result of a search has. */
async function knownOf(
  session: Session,
  query: Query,
  keywords: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const [row] = await search(session, "/studies", query);
  if (row === undefined) fail("The study is not found.");
  return new Set([...keywords].filter((keyword) => attributeIn(row, keyword) !== undefined));
}

/** A search that finds two studies, and their UIDs in its order. */
async function bothStudies(session: Session) {
  const uids = [firstStudy(session), secondStudy(session)]
    .map(({ StudyInstanceUID }) => StudyInstanceUID);
  const query: Query = { StudyInstanceUID: uids.join(",") };
  const all = uidsOf(await search(session, "/studies", query), "study");
  if (all.length !== uids.length) unchecked("No search finds two studies and no others.");
  return { query, all };
}

function wrongValue(id: string, path: string, query: Query): Check {
  return {
    id,
    clause: "8.3, 10.6.3.1",
    level: "required",
    rule: `A value that ${Object.keys(query).at(-1)} cannot have is answered 400.`,
    async run(session) {
      firstStudy(session);
      ensureStatus(await ask(session, path, query), 400);
    },
  };
}

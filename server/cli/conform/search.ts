/**
 * Searches of checks (PS3.18 10.6).
 * @module
 */
import { JSON_TYPE, jsonRows, said } from "./answers.ts";
import { ensure, fail } from "./check.ts";
import type { Answer } from "./http.ts";
import { itemsIn, type Row, textIn, textsIn } from "./rows.ts";
import type { SampleInstance, SampleStudy } from "./sample.ts";
import type { Session } from "./session.ts";

/** Parameters of a search by name. */
export type Query = Readonly<Record<string, string>>;

/** Sends a search whose results are wanted as JSON. */
export function ask(session: Session, path: string, query: Query): Promise<Answer> {
  return session.http.send(path, { query, accept: JSON_TYPE });
}

/** The results of an answer to a search: an empty list where it says that there is nothing. */
export function resultsOf(answer: Answer): readonly Row[] {
  if (answer.status === 204) return [];
  ensure(answer.status === 200, said(answer, "200"));
  return jsonRows(answer);
}

/** The results of a search. Fails where it does not succeed. */
export async function search(
  session: Session,
  path: string,
  query: Query,
): Promise<readonly Row[]> {
  return resultsOf(await ask(session, path, query));
}

/** What a search returns. */
export type Kind = "study" | "series" | "instance";

/** The attribute that identifies a result. */
const UNIQUE_KEY: Readonly<Record<Kind, string>> = {
  study: "StudyInstanceUID",
  series: "SeriesInstanceUID",
  instance: "SOPInstanceUID",
};

/** The UIDs of results in their order. */
export function uidsOf(rows: readonly Row[], kind: Kind): readonly string[] {
  return rows.map((row) => textIn(row, UNIQUE_KEY[kind]));
}

/** UIDs of what a study holds, each once. */
export function expectedUIDs({ instances }: SampleStudy, kind: Kind): readonly string[] {
  return [...new Set(instances.map((instance) => instance[UNIQUE_KEY[kind] as UniqueKey]))];
}

type UniqueKey = "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID";

/** Fails where the results are not exactly these, in any order. */
export function ensureUIDs(rows: readonly Row[], kind: Kind, expected: readonly string[]): void {
  const found = uidsOf(rows, kind);
  if (new Set(found).size < found.length) fail(`A ${kind} is there more than once.`);
  const missing = expected.filter((uid) => !found.includes(uid));
  if (missing.length > 0) fail(`It does not find what it should: ${missing.length} missing.`);
  const strange = found.filter((uid) => !expected.includes(uid));
  if (strange.length > 0) fail(`It finds ${strange.length} more than what matches.`);
}

/**
 * The value of a matching key that an instance has, as a query carries it; empty where it has none.
 * A key in a sequence is named by both keywords, with a dot.
 */
export function keyValue(
  study: SampleStudy,
  { attributes }: SampleInstance,
  keyword: string,
): string {
  if (keyword === "ModalitiesInStudy") {
    return study.instances.map((each) => textIn(each.attributes, "Modality")).find(Boolean) ?? "";
  }
  const [sequence = "", inner] = keyword.split(".");
  if (inner === undefined) return textsIn(attributes, sequence).join("\\");
  const [item] = itemsIn(attributes, sequence);
  return item === undefined ? "" : textIn(item, inner);
}

/** Values that nothing has which is stored for a run, by the keyword's meaning. */
export function otherValue(keyword: string): string {
  if (keyword.endsWith("UID")) return "2.25.1";
  if (keyword.endsWith("Date")) return "19010203";
  if (keyword.endsWith("Time")) return "010203";
  if (keyword.endsWith("Number")) return "999999";
  if (keyword === "Modality" || keyword === "ModalitiesInStudy") return "ZZ";
  return keyword.endsWith("Name") ? "NOBODY^AT ALL" : "NO-SUCH-VALUE";
}

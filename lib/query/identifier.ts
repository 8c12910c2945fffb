/**
 * The identifier of C-FIND (PS3.4 C.4.1) as searches of QIDO-RS (PS3.18 10.6). Keys are passed on
 * as they are, since both have the same matching (PS3.4 C.2.2.2); what a server cannot match it
 * leaves out with a warning.
 * @module
 */
import type { Charset } from "../dicom/charset.ts";
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { implicitVR } from "../dicom/dictionary.ts";
import { isUsableUID } from "../dicom/uids.ts";
import type { QueryRetrieveRoot } from "../dimse/sop_classes.ts";
import { LimitError } from "../errors.ts";
import { type Key, keysOf } from "./identifier_keys.ts";
import { type QueryRetrieveLevel, queryRetrieveLevel } from "./information_model.ts";
import { listsOf, type QidoSearch, UIDS_PER_SEARCH } from "./qido_search.ts";

/** Searches for one identifier: 100,000 UIDs, more than an identifier has room for in one list. */
export const MAX_SEARCHES = 1000;
/** Attributes that are asked for by name; whoever wants more of them gets all there are. */
export const MAX_NAMED_FIELDS = 200;

/** An identifier as a server can answer it. */
export interface FindQuery {
  /** The matches of these together are those of the identifier, each once. */
  readonly searches: readonly QidoSearch[];
  /** True where a key has a value that no search can hold, so that it is not matched (PS3.4 C.4.1.1.4). */
  readonly hasUnsupportedKeys: boolean;
}

const MODALITY: Tag = 0x00080060;
const MODALITIES_IN_STUDY: Tag = 0x00080061;
const STUDY_INSTANCE_UID: Tag = 0x0020000D;
const SERIES_INSTANCE_UID: Tag = 0x0020000E;

/**
 * At each level the UIDs of which a match has one: a list of them can be split, and every match
 * still comes once.
 */
const SINGLE_UIDS: Readonly<Record<QueryRetrieveLevel, readonly Tag[]>> = {
  PATIENT: [],
  STUDY: [STUDY_INSTANCE_UID],
  SERIES: [STUDY_INSTANCE_UID, SERIES_INSTANCE_UID],
  IMAGE: [STUDY_INSTANCE_UID, SERIES_INSTANCE_UID, 0x00080016, 0x00080018],
};

/**
 * The searches for an identifier. Unique keys of the levels above become the path where they are
 * given; an identifier without them is taken as a relational one (PS3.4 C.4.1.2.2.1), which many
 * workstations send without negotiating it.
 *
 * @param charset of an identifier that names none
 * @throws {DecodeError} where the level is none that the model has; messages hold no values
 * @throws {LimitError} where there are more keys than `MAX_KEYS`, or UID lists are too long
 *   to be answered
 */
export function findQuery(
  identifier: DataSet,
  root: QueryRetrieveRoot,
  charset?: Charset,
): FindQuery {
  const level = queryRetrieveLevel(identifier, root);
  const keys = keysOf(identifier, charset);
  const matched = level === "STUDY" ? withModalities(keys.matched) : keys.matched;
  const { path, inPath } = resourceOf(level, matched);
  const parameters = new URLSearchParams();
  const returned = [...keys.returned];
  const long: Key[] = [];
  for (const key of matched) {
    // What is in the path a server may leave out of its answer.
    if (inPath.has(key.name)) returned.push(key.name);
    else if (key.values.length > UIDS_PER_SEARCH && isSingleUID(key, level)) long.push(key);
    else parameters.set(key.name, joined(key));
  }
  // In a URL a list of anything but UIDs has to be asked for (PS3.18 8.3.4.6).
  if (matched.some((key) => key.values.length > 1 && !isUID(key.tag))) {
    parameters.set("multiplevaluematching", "true");
  }
  if (returned.length > 0) parameters.set("includefield", fields(returned));
  return {
    searches: split(parameters, long).map((parameters) => ({ path, parameters })),
    hasUnsupportedKeys: keys.hasUnsupported,
  };
}

/** At the study level Modality is asked for where ModalitiesInStudy is meant. */
function withModalities(keys: readonly Key[]): readonly Key[] {
  if (keys.some(({ tag }) => tag === MODALITIES_IN_STUDY)) return keys;
  return keys.map((key) =>
    key.tag === MODALITY && key.name === "Modality"
      ? { ...key, tag: MODALITIES_IN_STUDY, name: "ModalitiesInStudy" }
      : key
  );
}

/** The path of a search, and the names of the keys that it holds (PS3.18 Table 10.6.1-1). */
function resourceOf(
  level: QueryRetrieveLevel,
  keys: readonly Key[],
): { readonly path: string; readonly inPath: ReadonlySet<string> } {
  const study = onlyUID(keys, STUDY_INSTANCE_UID);
  const series = onlyUID(keys, SERIES_INSTANCE_UID);
  const within = study === undefined ? "" : `studies/${study}/`;
  const inPath = new Set(study === undefined ? [] : ["StudyInstanceUID"]);
  switch (level) {
    case "PATIENT":
      return { path: "patients", inPath: new Set() };
    case "STUDY":
      return { path: "studies", inPath: new Set() };
    case "SERIES":
      return { path: `${within}series`, inPath };
    case "IMAGE":
      if (study === undefined || series === undefined) {
        return { path: `${within}instances`, inPath };
      }
      return {
        path: `${within}series/${series}/instances`,
        inPath: inPath.add("SeriesInstanceUID"),
      };
  }
}

/** The one UID of a key at the top level, where it can be a part of a path. */
function onlyUID(keys: readonly Key[], tag: Tag): string | undefined {
  const values = keys.find((key) => key.tag === tag && isAtTop(key.name))?.values ?? [];
  const [uid] = values;
  return values.length === 1 && uid !== undefined && isUsableUID(uid) ? uid : undefined;
}

function isSingleUID({ tag, name }: Key, level: QueryRetrieveLevel): boolean {
  return SINGLE_UIDS[level].includes(tag) && isAtTop(name);
}

function isAtTop(name: string): boolean {
  return !name.includes(".");
}

function isUID(tag: Tag): boolean {
  return implicitVR(tag, {}) === "UI";
}

function joined({ tag, values }: Key): string {
  return values.join(isUID(tag) ? "," : "\\");
}

function fields(names: readonly string[]): string {
  return names.length > MAX_NAMED_FIELDS ? "all" : names.join(",");
}

/** The parameters with every combination of groups out of the long lists. */
function split(parameters: URLSearchParams, keys: readonly Key[]): URLSearchParams[] {
  const lists = keys.map(({ name, values }) => ({ name, lists: listsOf(values) }));
  const count = lists.reduce((product, { lists }) => product * lists.length, 1);
  if (count > MAX_SEARCHES) throw new LimitError("MAX_SEARCHES", MAX_SEARCHES, "A list of UIDs");
  let all = [parameters];
  for (const { name, lists: values } of lists) {
    all = all.flatMap((each) => values.map((value) => withParameter(each, name, value)));
  }
  return all;
}

function withParameter(parameters: URLSearchParams, name: string, value: string): URLSearchParams {
  const more = new URLSearchParams(parameters);
  more.set(name, value);
  return more;
}

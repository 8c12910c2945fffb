/**
 * The study list's query string: the only place where what a person looks at is kept, so that links,
 * reloading and the browser's own buttons work.
 * @module
 */
import { isUsableUID } from "../../../lib/dicom/uids.ts";
import { MAX_CURSOR_LENGTH } from "../../../lib/query/qido.ts";
import { MAX_WORDS_LENGTH, parseWords } from "../../../lib/query/words.ts";
import { STUDY_ORDERS, type StudyOrder, type StudySearch } from "../../services/study_list.ts";

/** What a request for the list asks. */
export interface ListRequest {
  /** As it was typed. */
  readonly text: string;
  readonly search: StudySearch;
  /** The study whose row is open. */
  readonly open: string | undefined;
  /** Number of the page's first row; for a person to read. */
  readonly firstRow: number;
  /** Name of the archive; undefined for the default. */
  readonly archive: string | undefined;
  /** The parameters that the list knows, within bounds: links repeat them. */
  readonly parameters: URLSearchParams;
}

/** Parameters, each with the characters of it that count. */
export const PARAMETERS = {
  q: MAX_WORDS_LENGTH,
  from: 10,
  to: 10,
  days: 5,
  /** VR CS (PS3.5 6.2). */
  modality: 16,
  sort: 16,
  after: MAX_CURSOR_LENGTH,
  row: 10,
  study: 128,
  archive: 64,
} as const;

function known(given: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, length] of Object.entries(PARAMETERS)) {
    const value = given.get(name)?.slice(0, length);
    if (value) parameters.set(name, value);
  }
  return parameters;
}

/** Reads a query string; what a parameter cannot mean is left out. `today`: YYYYMMDD. */
export function parseListRequest(given: URLSearchParams, today: string): ListRequest {
  const parameters = known(given);
  const get = (name: string) => parameters.get(name)?.trim() || undefined;
  const { order, descending } = orderOf(get("sort"));
  const days = Number(get("days"));
  const from = Number.isInteger(days) && days > 0 ? daysBefore(today, days - 1) : date(get("from"));
  const to = date(get("to"));
  const isEmptyRange = from !== undefined && to !== undefined && from > to;
  const text = parameters.get("q") ?? "";
  const open = get("study");
  return {
    text,
    search: {
      words: parseWords(text),
      from,
      to: isEmptyRange ? from : to,
      modality: get("modality"),
      order,
      descending,
      after: get("after"),
    },
    open: open !== undefined && isUsableUID(open) ? open : undefined,
    firstRow: Math.max(1, Math.trunc(Number(get("row"))) || 1),
    archive: get("archive"),
    parameters,
  };
}

/** A link within the list: its parameters with some changed; undefined takes one out. */
export function listLink(
  { parameters }: ListRequest,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const next = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  return next.size === 0 ? "./" : `?${next}`;
}

/** The whole list of the same archive. */
export function clearLink({ archive }: ListRequest): string {
  return archive === undefined ? "./" : `?${new URLSearchParams({ archive })}`;
}

/** An order as the query string names it; the usual one is not named. */
export function sortParameter(order: StudyOrder, descending: boolean): string | undefined {
  if (order === "date" && descending) return undefined;
  return descending ? `-${order}` : order;
}

function orderOf(sort = "-date"): { readonly order: StudyOrder; readonly descending: boolean } {
  const order = sort.replace(/^-/, "");
  return Object.hasOwn(STUDY_ORDERS, order)
    ? { order: order as StudyOrder, descending: sort.startsWith("-") }
    : { order: "date", descending: true };
}

/** YYYYMMDD of a date field's YYYY-MM-DD. */
function date(text: string | undefined): string | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text ?? "") ? text?.replaceAll("-", "") : undefined;
}

/** A date field's YYYY-MM-DD of YYYYMMDD. */
export function dateField(value: string | undefined): string {
  return value?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3") ?? "";
}

/** Beyond any archive. */
const MAX_DAYS = 36_500;

function daysBefore(today: string, days: number): string {
  const [year, month, day] = dateField(today).split("-").map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, (day ?? 1) - Math.min(days, MAX_DAYS));
  return new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
}

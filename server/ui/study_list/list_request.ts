/**
 * The study list's query string: the only place where what a person looks at is kept, so that links,
 * reloading and the browser's own buttons work.
 * @module
 */
import { isUsableUID } from "../../../lib/dicom/uids.ts";
import { parseWords } from "../../../lib/query/words.ts";
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
  /** The parameters as they came. */
  readonly parameters: URLSearchParams;
}

/** Reads a query string; what a parameter cannot mean is left out. `today`: YYYYMMDD. */
export function parseListRequest(parameters: URLSearchParams, today: string): ListRequest {
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
      modality: get("modality")?.slice(0, MODALITY_LENGTH),
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

/** VR CS (PS3.5 6.2). */
const MODALITY_LENGTH = 16;

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
  // Forms send what is empty as well.
  for (const [name, value] of [...next]) if (value === "") next.delete(name);
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

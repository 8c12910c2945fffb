/**
 * Dates and times in the form in which they are compared as text: `YYYYMMDD`, `HHMMSS.FFFFFF`
 * (PS3.5 6.2, PS3.4 C.2.2.2.5). The index keeps columns in it; the parsers bring keys into it.
 * @module
 */

/** First and last moment that a time stands for: `10` is everything from 10:00 to 10:59:60. */
export interface TimeSpan {
  readonly first: string;
  readonly last: string;
}

/** `YYYYMMDD`, or with the dots of ACR-NEMA. */
const DATE = /^(\d{4})(\.?)(\d{2})\2(\d{2})$/;
/** `HH[MM[SS[.F{1,6}]]]`, or with the colons of ACR-NEMA. */
const TIME = /^([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(?:\.(\d{1,6}))?)?)?$/;

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A date as `YYYYMMDD`; undefined where the text is not a day of the calendar. */
export function parseDate(text: string): string | undefined {
  const parts = DATE.exec(text.trim());
  if (parts === null) return undefined;
  const [, year = "", , month = "", day = ""] = parts;
  const last = month === "02" && !isLeapYear(Number(year)) ? 28 : DAYS[Number(month) - 1] ?? 0;
  return Number(day) >= 1 && Number(day) <= last ? year + month + day : undefined;
}

/** A year without month and day, or a month without a day. */
const PARTIAL_DATE = /^\d{4}(?:00|0[1-9]|1[0-2])00$/;

/**
 * A date to search for: also one whose month or day is 00. PS3.5 knows none, but birth dates that
 * are known in part are stored so, and what is stored must be found.
 */
export function parseDateKey(text: string): string | undefined {
  const trimmed = text.trim();
  return PARTIAL_DATE.test(trimmed) ? trimmed : parseDate(trimmed);
}

/** The span of a time; undefined where the text is none. */
export function parseTime(text: string): TimeSpan | undefined {
  const parts = TIME.exec(text.trim());
  if (parts === null) return undefined;
  const [, hour = "", minute, second, fraction] = parts;
  return {
    first: `${hour}${minute ?? "00"}${second ?? "00"}.${(fraction ?? "").padEnd(6, "0")}`,
    last: `${hour}${minute ?? "59"}${second ?? "60"}.${(fraction ?? "").padEnd(6, "9")}`,
  };
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * Dates moved by whole days, so that what lies between two of them stays as it was
 * (PS3.15 E.3.6).
 * @module
 */
import type { VR } from "../dicom/dataset.ts";

const DAY = 86_400_000;

/** Hours to fractions of a second, from two digits on (PS3.5 6.2, TM). */
const TIME = /^(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?$/;
/** The same as ACR-NEMA had it. */
const OLD_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/;
const DATE_TIME =
  /^(\d{4})(?:(\d\d)(?:(\d\d)(\d{2}(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/;
const DATE = /^(\d{4})(\.?)(\d\d)\2(\d\d)$/;

/**
 * A value of VR DA, DT or TM, `days` days earlier; a time of day is the same on any day. A date of
 * which only year or month is known moves as its middle does. Undefined for what is no date: it
 * could say anything.
 */
export function earlier(value: string, vr: VR, days: number): string | undefined {
  switch (vr) {
    case "TM":
      return TIME.test(value) || OLD_TIME.test(value) ? value : undefined;
    case "DA": {
      const match = DATE.exec(value);
      if (match === null) return undefined;
      const [, year = "", dot = "", month = "", day = ""] = match;
      return moved(year, month, day, days)?.join(dot);
    }
    case "DT": {
      const match = DATE_TIME.exec(value);
      if (match === null) return undefined;
      const [, year = "", month, day, time = "", zone = ""] = match;
      if (time !== "" && !TIME.test(time)) return undefined;
      const date = moved(year, month ?? "07", day ?? (month === undefined ? "01" : "15"), days);
      if (date === undefined) return undefined;
      const known = day === undefined ? (month === undefined ? 1 : 2) : 3;
      return `${date.slice(0, known).join("")}${time}${zone}`;
    }
    default:
      return undefined;
  }
}

/** Year, month and day, where both dates are of the calendar. */
function moved(
  year: string,
  month: string,
  day: string,
  days: number,
): readonly string[] | undefined {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    return undefined;
  }
  const earlier = new Date(date.getTime() - days * DAY);
  if (earlier.getUTCFullYear() < 1) return undefined;
  return [
    String(earlier.getUTCFullYear()).padStart(4, "0"),
    String(earlier.getUTCMonth() + 1).padStart(2, "0"),
    String(earlier.getUTCDate()).padStart(2, "0"),
  ];
}

/**
 * Ranges of a date and of its time in C-FIND: each holds for itself, the hours on every day (PS3.4
 * C.2.2.2.5, without extended negotiation). QIDO-RS takes the two for one range of moments (PS3.18
 * 8.3.4.1.1), which finds these matches and more.
 * @module
 */
import type { DataSet, Tag } from "../dicom/dataset.ts";
import { text } from "../dicom/values.ts";
import { TIME_OF_DATE } from "./attributes.ts";
import { parseTime } from "./dates.ts";

/** A range of times, as they are compared. */
interface TimeRange {
  readonly time: Tag;
  readonly first: string;
  readonly last: string;
}

/**
 * Whether a match of the identifier's search lies within every range of times that stands beside
 * a range of dates. A range that ends before it begins makes sense as moments only, and is left to
 * the server.
 */
export function separateTimes(identifier: DataSet): (match: DataSet) => boolean {
  const ranges = [...TIME_OF_DATE].flatMap(([date, time]): TimeRange[] => {
    const range = text(identifier, date)?.includes("-") ? rangeOf(identifier, time) : undefined;
    return range === undefined || range.first > range.last ? [] : [range];
  });
  return (match) => ranges.every((range) => isWithin(text(match, range.time), range));
}

function rangeOf(identifier: DataSet, time: Tag): TimeRange | undefined {
  const [from, to] = text(identifier, time)?.split("-") ?? [];
  if (to === undefined) return undefined;
  const first = parseTime(from ?? "")?.first ?? "";
  return { time, first, last: parseTime(to)?.last ?? "~" };
}

/** A time that cannot be read is left to the server. */
function isWithin(value: string | undefined, { first, last }: TimeRange): boolean {
  const time = parseTime(value ?? "");
  return time === undefined || (time.first >= first && time.first <= last);
}

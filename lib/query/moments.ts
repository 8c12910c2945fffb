/**
 * Ranges of a date and of the time that belongs to it, as one range of moments (PS3.4 C.2.2.2.5,
 * which PS3.18 8.3.4.1.1 asks for): from the first day's time to the last day's, not those hours
 * of every day. It holds for two ranges of the same form; a day, a time or an end alone beside a
 * range is a condition of its own.
 * @module
 */
import { DecodeError } from "../errors.ts";
import { attributeAt, TIME_OF_DATE } from "./attributes.ts";
import type { Condition, Match } from "./query.ts";

/**
 * Puts the conditions of a date range and of its time's range together, and leaves all others as they are.
 * Throws DecodeError for a time range on its own that ends before it begins.
 */
export function combineDateTimes(conditions: readonly Condition[]): readonly Condition[] {
  let combined = conditions;
  for (const [date, time] of TIME_OF_DATE) {
    const times = rangeOf(conditions, time);
    if (times === undefined) continue;
    const dates = rangeOf(conditions, date);
    if (dates !== undefined && isSameForm(dates.match, times.match)) {
      const { from, to } = dates.match;
      const moments: Condition = {
        path: dates.condition.path,
        match: {
          kind: "moments",
          time,
          from: from && `${from}${times.match.from}`,
          to: to && `${to}${times.match.to}`,
        },
      };
      combined = combined.filter((each) => each !== times.condition)
        .map((each) => each === dates.condition ? moments : each);
    } else {
      const { from, to } = times.match;
      if (from !== undefined && to !== undefined && from > to) {
        const keyword = attributeAt([time])?.keyword;
        throw new DecodeError(`The range in ${keyword} ends before it begins`);
      }
    }
  }
  return combined;
}

type Range = Extract<Match, { kind: "range" }>;

/** Whether both have a beginning, an end, or both. */
function isSameForm(a: Range, b: Range): boolean {
  return (a.from === undefined) === (b.from === undefined) &&
    (a.to === undefined) === (b.to === undefined);
}

function rangeOf(conditions: readonly Condition[], tag: number) {
  for (const condition of conditions) {
    const { path, match } = condition;
    if (path.length === 1 && path[0] === tag && match.kind === "range") return { condition, match };
  }
  return undefined;
}

/**
 * Ranges of a date and of the time that belongs to it, as one range of moments (PS3.4 C.2.2.2.5,
 * which PS3.18 8.3.4.1.1 asks for): from the first day's time to the last day's, not those hours
 * of every day.
 * @module
 */
import { DecodeError } from "../errors.ts";
import { attributeAt, TIME_OF_DATE } from "./attributes.ts";
import type { Condition } from "./query.ts";

const DAY_BEGINS = "000000.000000";
const DAY_ENDS = "235960.999999";

/**
 * Puts the conditions of a date range and of its time together, and leaves all others as they are.
 * Throws DecodeError for a time range on its own that ends before it begins.
 */
export function combineDateTimes(conditions: readonly Condition[]): readonly Condition[] {
  let combined = conditions;
  for (const [date, time] of TIME_OF_DATE) {
    const times = rangeOf(conditions, time);
    if (times === undefined) continue;
    const dates = rangeOf(conditions, date);
    if (dates !== undefined) {
      const { from, to } = dates.match;
      const moments: Condition = {
        path: dates.condition.path,
        match: {
          kind: "moments",
          time,
          from: from && from + (times.match.from ?? DAY_BEGINS),
          to: to && to + (times.match.to ?? DAY_ENDS),
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

function rangeOf(conditions: readonly Condition[], tag: number) {
  for (const condition of conditions) {
    const { path, match } = condition;
    if (path.length === 1 && path[0] === tag && match.kind === "range") return { condition, match };
  }
  return undefined;
}

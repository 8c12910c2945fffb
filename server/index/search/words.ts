/**
 * A search for words: the way in by their trigrams, and what is left to check on a row that was
 * found another way.
 * @module
 */
import { type RawBuilder, sql } from "kysely";
import { type Driver, RANK } from "./driver.ts";
import { isLookedUp, quotedPhrase } from "./patterns.ts";

/** Words as a plan sees them. */
export interface Words {
  /** Undefined where all words are too short to be looked up. */
  readonly driver: Driver | undefined;
  /** The predicates that the driver leaves. */
  readonly rest: readonly RawBuilder<unknown>[];
  /** All predicates. */
  readonly all: readonly RawBuilder<unknown>[];
}

/** How folded words are found. */
export function wordsOf(words: readonly string[]): Words {
  const long = words.filter(isLookedUp);
  return {
    driver: long.length === 0 ? undefined : driverOf(long),
    rest: words.filter((word) => !isLookedUp(word)).map(holds),
    all: words.map(holds),
  };
}

function holds(word: string): RawBuilder<unknown> {
  return sql`instr(study.words, ${word}) > 0`;
}

function driverOf(words: readonly string[]): Driver {
  return {
    rank: RANK.literal,
    level: "study",
    from: sql`study_words`,
    where: [sql`study_words MATCH ${words.map(quotedPhrase).join(" AND ")}`],
    keys: [{ ref: "study_words.rowid", descending: false }],
    serves: true,
    anyArchive: true,
  };
}

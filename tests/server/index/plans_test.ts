/**
 * Every search is answered from an index, at every level: read from SQLite's own plans for each
 * attribute, kind of match and order.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  attributeAt,
  depthOf,
  pathOf,
  SEARCH_ATTRIBUTES,
  type SearchAttribute,
} from "../../../lib/query/attributes.ts";
import type { Condition, Level, Match, OrderBy, Query } from "../../../lib/query/query.ts";
import { Channel } from "../../../server/index/channel.ts";
import { answerStatement, compile } from "../../../server/index/search/compile.ts";
import { SEARCH_LIMITS } from "../../../server/index/search/limits.ts";
import { fieldOf } from "../../../server/index/search/fields.ts";
import { type Plan, plansOf } from "../../../server/index/search/plan.ts";

const LEVELS: readonly Level[] = ["patient", "study", "series", "instance"];

const ALLOWED = [
  /^SEARCH \S+ USING (COVERING )?INDEX \S+ \(/,
  /^SEARCH \S+ USING (INTEGER )?PRIMARY KEY \(/,
  /^(CO-ROUTINE|SCAN) (walk|\(subquery-\d+\))$/,
  /^(CORRELATED )?(SCALAR|LIST) SUBQUERY \d+$/,
  /^SCAN (json_each|item) VIRTUAL TABLE INDEX 1:$/,
  /^SCAN ((patient|study|series)_text|study_words) VIRTUAL TABLE INDEX \d+:M\d+/,
];

/** A sort of what lies in a bounded subquery. */
const SORT = "USE TEMP B-TREE FOR ORDER BY";
/** A sort of rows that are alike in the first of several order attributes. */
const TIE_SORT = /^USE TEMP B-TREE FOR RIGHT PART OF ORDER BY$|^USE TEMP B-TREE FOR LAST/;

const query = (level: Level, conditions: readonly Condition[], orderBy: readonly OrderBy[] = []) =>
  ({
    level,
    scope: {},
    conditions,
    include: [],
    orderBy,
    limit: 25,
    offset: 0,
    after: undefined,
    count: true,
  }) satisfies Query;

function matchesOf(attribute: SearchAttribute): readonly Match[] {
  const single: Match = { kind: "single", value: "1" };
  const list: Match = { kind: "list", values: ["1", "2"] };
  const empty: Match = { kind: "empty" };
  const range = (from?: string, to?: string): Match => ({ kind: "range", from, to });
  const wildcards = ["SMITH*", "S*", "SM?TH", "*MIT*", "*IT*", "?"].map((pattern): Match => ({
    kind: "wildcard",
    pattern,
  }));
  switch (attribute.match) {
    case "uid":
      return [single, list, empty];
    case "date":
      return [single, list, empty, range("20200101", "20201231"), range("20200101")];
    case "time":
      return [range("100000.000000", "115959.999999"), range(undefined, "110000.000000"), empty];
    case "name":
      return [
        ...[single, list, empty, ...wildcards],
        { kind: "wildcard", pattern: "SMITH^*" },
        { kind: "fuzzy", terms: ["JO", "SMITH"] },
      ];
    case "number":
    case "text":
      return [single, list, empty, ...wildcards];
  }
}

const matched = (level: Level) =>
  SEARCH_ATTRIBUTES.filter((entry) => entry.matched && depthOf(entry.level) <= depthOf(level));

const ordered = (level: Level) => matched(level).filter((entry) => !entry.multiple);

async function withPlans(
  run: (explain: (plan: Plan) => Promise<readonly string[]>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const channel = new Channel("plans");
  try {
    await channel.open(`${folder}/index.db`, "writer");
    await run(async (plan) => {
      const after = plan.keys.map(() => "1");
      const columns = SEARCH_ATTRIBUTES.filter(({ level }) => level === plan.level)
        .map((attribute) => fieldOf(attribute, plan.level).value);
      const request = { columns, limit: 25, offset: 0, count: true, limits: SEARCH_LIMITS };
      const plans = { best: plan, ordered: undefined };
      const statements = [
        answerStatement(plans, { ...request, after: undefined }),
        answerStatement(plans, { ...request, after }),
      ];
      const lines: string[] = [];
      for (const statement of statements) {
        const { text, parameters } = compile(statement);
        const { rows } = await channel.rows(`EXPLAIN QUERY PLAN ${text}`, parameters);
        lines.push(...rows.map((row) => String(row[3])));
      }
      return lines;
    });
  } finally {
    await channel.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function assertIndexed(lines: readonly string[], plan: Plan, ties: boolean, what: string): void {
  for (const line of lines) {
    const allowed = ALLOWED.some((pattern) => pattern.test(line)) ||
      (line === SORT && plan.sorted) || (ties && TIE_SORT.test(line));
    assert(allowed, `${what}: ${line}`);
  }
}

Deno.test("search: walks the index of a condition, for every attribute, level and match", async () => {
  await withPlans(async (explain) => {
    for (const level of LEVELS) {
      for (const attribute of matched(level)) {
        for (const match of matchesOf(attribute)) {
          const what = `${level} ${attribute.keyword} ${JSON.stringify(match)}`;
          const condition = { path: pathOf(attribute), match };
          const { best } = plansOf("default", query(level, [condition]));
          assertEquals(best.sorted, false, what);
          const lines = await explain(best);
          assertIndexed(lines, best, false, what);
          // A condition with a way in of its own narrows the walk to a range of that index.
          if (best.driver.rank < 110) {
            const narrowed = lines.some((line) =>
              /archive_id=\? AND |_text VIRTUAL TABLE/.test(line)
            );
            assert(narrowed, `${what}: ${lines.join("; ")}`);
          }
        }
      }
    }
  });
});

Deno.test("search: conditions that share an item look at the items of the rows walked", async () => {
  await withPlans(async (explain) => {
    const conditions = SEARCH_ATTRIBUTES.filter(({ sequence }) => sequence !== undefined)
      .map((attribute) => ({
        path: pathOf(attribute),
        match: { kind: "single", value: "1" } as const,
      }));
    const { best } = plansOf("default", query("series", conditions));
    assertIndexed(await explain(best), best, false, "shared items");
  });
});

Deno.test("search: without conditions walks an order and stops at the limit", async () => {
  await withPlans(async (explain) => {
    for (const level of LEVELS) {
      const { best } = plansOf("default", query(level, []));
      assertIndexed(await explain(best), best, false, level);
    }
  });
});

Deno.test("search: walks the index of the order asked for, or sorts a bounded set", async () => {
  const condition: Condition = {
    path: [0x00100020],
    match: { kind: "wildcard", pattern: "PID*" },
  };
  await withPlans(async (explain) => {
    for (const level of LEVELS) {
      for (const { tag, keyword } of ordered(level)) {
        for (const descending of [false, true]) {
          const what = `${level} by ${descending ? "-" : ""}${keyword}`;
          const alone = plansOf("default", query(level, [], [{ tag, descending }]));
          assertIndexed(await explain(alone.best), alone.best, false, what);
          const plans = plansOf("default", query(level, [condition], [{ tag, descending }]));
          assertIndexed(await explain(plans.best), plans.best, false, `${what}, sorted`);
          if (!plans.best.sorted) {
            // The condition's own walk gives this order.
            assertEquals(`${keyword} ${descending}`, "PatientID false");
            continue;
          }
          assert(plans.ordered !== undefined && !plans.ordered.sorted, what);
          assertIndexed(await explain(plans.ordered), plans.ordered, false, `${what}, filtered`);
        }
      }
    }
  });
});

Deno.test("search: several order attributes sort only what is alike in the first", async () => {
  await withPlans(async (explain) => {
    for (const level of LEVELS) {
      const attributes = ordered(level);
      for (const [index, { tag, keyword }] of attributes.entries()) {
        const other = attributes[(index + 5) % attributes.length];
        if (other === undefined) continue;
        const order = [{ tag, descending: false }, { tag: other.tag, descending: true }];
        const { best } = plansOf("default", query(level, [], order));
        assertIndexed(await explain(best), best, true, `${level} by ${keyword},${other.keyword}`);
      }
    }
  });
});

Deno.test("search: words are looked up by their trigrams, or walk the order within a bound", async () => {
  const orders = [[], [{ tag: 0x00080020, descending: true }], [{
    tag: 0x00100010,
    descending: false,
  }]];
  await withPlans(async (explain) => {
    for (const words of [["SMITH"], ["SMITH", "CT"], ["S"], ["山田", "TARO", "CHEST"]]) {
      for (const order of orders) {
        const what = `${words} by ${JSON.stringify(order)}`;
        const plans = plansOf("default", { ...query("study", [], order), words });
        for (const plan of [plans.best, ...(plans.ordered === undefined ? [] : [plans.ordered])]) {
          assertIndexed(await explain(plan), plan, false, what);
        }
        const isLookedUp = words.some((word) => word.length >= 3);
        const lines = (await explain(plans.best)).join("; ");
        assertEquals(lines.includes("study_words VIRTUAL TABLE"), isLookedUp, what);
      }
    }
  });
});

Deno.test("search: a range of the order's own attribute is not sorted", () => {
  const match: Match = { kind: "range", from: "20200101", to: undefined };
  const order = [{ tag: 0x00080020, descending: true }];
  const asked = query("study", [{ path: [0x00080020], match }], order);
  assertEquals(plansOf("default", { ...asked, words: ["CT"] }).best.sorted, false);
});

Deno.test("search: a study and a series are found by their identifiers alone", async () => {
  const scopes = [
    { StudyInstanceUID: "1.2" },
    { StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3" },
  ];
  await withPlans(async (explain) => {
    for (const scope of scopes) {
      for (const attribute of matched("instance")) {
        for (const match of matchesOf(attribute)) {
          const condition = { path: pathOf(attribute), match };
          const { best } = plansOf("default", { ...query("instance", [condition]), scope });
          const lines = await explain(best);
          assertIndexed(lines, best, false, attribute.keyword);
          assert(lines.some((line) => /(Study|Series|SOP)InstanceUID=\?/.test(line)), lines.join());
        }
      }
    }
  });
});

Deno.test("search: every matched attribute of the table has a column or terms", () => {
  for (const attribute of SEARCH_ATTRIBUTES.filter(({ matched }) => matched)) {
    assertEquals(attributeAt(pathOf(attribute)), attribute);
    const field = fieldOf(attribute, attribute.level);
    assert(field.indexed || field.terms !== undefined, attribute.keyword);
  }
});

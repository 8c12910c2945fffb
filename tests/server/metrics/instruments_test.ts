/** Counters, histograms, gauges and what is timed. @module */
import { assertEquals, assertRejects } from "@std/assert";
import { createExposition } from "../../../server/metrics/exposition.ts";
import { counter, gauge, histogram } from "../../../server/metrics/instruments.ts";
import { timed } from "../../../server/metrics/timed.ts";
import { samplesOf } from "../../support/metrics.ts";

Deno.test("histogram: a value counts in every bucket whose end it does not exceed", () => {
  const family = histogram({ name: "h", help: "H", labels: ["kind"] }, [1, 2.5]);
  const cell = family.of("a");
  for (const value of [0, 1, 1.1, 2.5, 3, 100]) cell.observe(value);
  const samples = family.samples() as Awaited<ReturnType<typeof family.samples>>;
  assertEquals(
    samples.map(({ metricName, labels, value }) => [metricName, labels.kind, labels.le, value]),
    [
      ["h_bucket", "a", "1", 2],
      ["h_bucket", "a", "2.5", 4],
      ["h_bucket", "a", "+Inf", 6],
      ["h_sum", "a", undefined, 107.6],
      ["h_count", "a", undefined, 6],
    ],
  );
});

Deno.test("createExposition: writes what hostile labels say, and every registry is its own", async () => {
  const family = counter({ name: "c_total", help: "Line\none \\", labels: ["what"] });
  const hostile = 'a"b\\c\nd';
  family.of(hostile).add(2);
  family.of(hostile).add(1.5);
  const families = [family, gauge({ name: "g", help: "G" }, () => Infinity)];
  const expected = [
    "# HELP c_total Line\\none \\\\",
    "# TYPE c_total counter",
    'c_total{what="a\\"b\\\\c\\nd"} 3.5',
    "",
    "# HELP g G",
    "# TYPE g gauge",
    "g +Inf",
    "",
  ].join("\n");
  for (const expose of [createExposition(families), createExposition(families)]) {
    const { text, contentType } = await expose();
    assertEquals(text, expected);
    assertEquals(contentType, "text/plain; version=0.0.4; charset=utf-8");
  }
});

Deno.test("createExposition: scrapes at the same time share one", async () => {
  let read = 0;
  const gate = Promise.withResolvers<void>();
  const family = gauge({ name: "g", help: "G" }, async () => {
    await gate.promise;
    return [{ labels: {}, value: ++read }];
  });
  const expose = createExposition([family]);
  const scrapes = [expose(), expose()];
  gate.resolve();
  const texts = (await Promise.all(scrapes)).map(({ text }) => samplesOf(text).get("g"));
  assertEquals(texts, [1, 1]);
  assertEquals(samplesOf((await expose()).text).get("g"), 2);
});

Deno.test("timed: passes answers, failures and pages on, and tells of each", async () => {
  const told: string[] = [];
  const target = {
    size: 3,
    plain: (value: number) => value + 1,
    answer: (value: number) => Promise.resolve(value * 2),
    fail: () => Promise.reject(new Error("no")),
    async *pages() {
      yield await Promise.resolve("one");
      yield "two";
    },
  };
  const { size, plain, answer, fail, pages } = timed(target, {
    begun: (method) => told.push(`begun ${method}`),
    ended: (method, seconds, failed) => told.push(`${method} ${failed} ${seconds >= 0}`),
  });
  assertEquals([size, plain(1), await answer(4)], [3, 2, 8]);
  await assertRejects(fail, Error, "no");
  assertEquals(await Array.fromAsync(pages()), ["one", "two"]);
  for await (const page of pages()) {
    assertEquals(page, "one");
    break;
  }
  const page = ["begun pages", "pages false true"];
  assertEquals(told, [
    "begun answer",
    "answer false true",
    "begun fail",
    "fail true true",
    ...page,
    ...page,
    ...page,
    ...page,
  ]);
});

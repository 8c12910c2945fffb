import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseDate, parseDateKey, parseTime } from "../../../lib/query/dates.ts";

Deno.test("parseDate: takes the days of the calendar alone", () => {
  assertEquals(parseDate("20240229"), "20240229");
  assertEquals(parseDate(" 2024.02.29 "), "20240229");
  for (const text of ["20230229", "19000229", "20240431", "20240100", "2024.0229", "2024", ""]) {
    assertEquals(parseDate(text), undefined, text);
  }
});

Deno.test("parseDateKey: takes what is stored where a day is not known", () => {
  for (const text of ["20240229", "19500000", "19500300", "00000000"]) {
    assertEquals(parseDateKey(text), text);
  }
  for (const text of ["20230229", "19501300", "19500003", "1950", ""]) {
    assertEquals(parseDateKey(text), undefined, text);
  }
});

Deno.test("parseDate: agrees with Date about every day", () => {
  const days = fc.date({
    min: new Date("1800-01-01"),
    max: new Date("2200-01-01"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(days, (date) => {
      const text = date.toISOString().slice(0, 10).replaceAll("-", "");
      assertEquals(parseDate(text), text);
    }),
    { seed: 2024 },
  );
});

Deno.test("parseTime: gives the span that a time of less precision stands for", () => {
  assertEquals(parseTime("10"), { first: "100000.000000", last: "105960.999999" });
  assertEquals(parseTime("1030"), { first: "103000.000000", last: "103060.999999" });
  assertEquals(parseTime("10:30:15"), { first: "103015.000000", last: "103015.999999" });
  assertEquals(parseTime("103015.25"), { first: "103015.250000", last: "103015.259999" });
  assertEquals(parseTime("235960"), { first: "235960.000000", last: "235960.999999" });
  for (const text of ["24", "1", "103", "1060", "103061", "103015.", "103015.1234567", ""]) {
    assertEquals(parseTime(text), undefined, text);
  }
});

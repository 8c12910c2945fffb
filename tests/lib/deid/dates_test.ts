import { assertEquals } from "@std/assert";
import { earlier } from "../../../lib/deid/dates.ts";

Deno.test("earlier: moves dates over leap days and ends of years", () => {
  assertEquals(earlier("20240301", "DA", 1), "20240229");
  assertEquals(earlier("20230301", "DA", 1), "20230228");
  assertEquals(earlier("20000229", "DA", 366), "19990228");
  assertEquals(earlier("19000301", "DA", 1), "19000228");
  assertEquals(earlier("20260101", "DA", 365), "20250101");
  assertEquals(earlier("1994.11.05", "DA", 5), "1994.10.31");
  assertEquals(earlier("00010102", "DA", 1), "00010101");
});

Deno.test("earlier: keeps the intervals between dates", () => {
  const day = (date: string) =>
    Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)));
  const dates = ["20200227", "20200228", "20200229", "20200301", "20201231", "20210101"];
  for (const days of [1, 59, 365, 366, 3650]) {
    const moved = dates.map((date) => earlier(date, "DA", days) ?? "");
    assertEquals(
      moved.map((date) => day(date) - day(moved[0] ?? "")),
      dates.map((date) => day(date) - day(dates[0] ?? "")),
    );
  }
});

Deno.test("earlier: moves the date in a date and time, however much of it is known", () => {
  assertEquals(earlier("20240301101112.123456+0100", "DT", 1), "20240229101112.123456+0100");
  assertEquals(earlier("2024030110", "DT", 1), "2024022910");
  assertEquals(earlier("20240301-0500", "DT", 1), "20240229-0500");
  assertEquals(earlier("202403", "DT", 31), "202402");
  assertEquals(earlier("2024", "DT", 366), "2023");
  assertEquals(earlier("2024+0000", "DT", 1), "2024+0000");
});

Deno.test("earlier: a time of day stays", () => {
  for (const time of ["10", "1011", "101112", "101112.5", "235960", "10:11:12"]) {
    assertEquals(earlier(time, "TM", 100), time);
  }
});

Deno.test("earlier: gives nothing for what is no date, since it could say anything", () => {
  for (const text of ["", "DOE^JANE", "20240230", "20241301", "2024", "20240101-20240102"]) {
    assertEquals(earlier(text, "DA", 1), undefined, text);
  }
  for (const text of ["2024033", "20240101246060", "2024010110 DOE", "20240230"]) {
    assertEquals(earlier(text, "DT", 1), undefined, text);
  }
  assertEquals(earlier("noon", "TM", 1), undefined);
  assertEquals(earlier("00010101", "DA", 1), undefined);
});

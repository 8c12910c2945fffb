import { assertEquals } from "@std/assert";
import { separateTimes } from "../../../lib/query/separate_times.ts";
import { dataSet, element } from "../../support/data_sets.ts";

const at = (date: string, time: string) =>
  dataSet(element(0x00080020, "DA", date), element(0x00080030, "TM", time));

/** Which of the times are within the keys. */
function within(date: string, time: string, times: readonly string[]): string[] {
  const isMatch = separateTimes(at(date, time));
  return times.filter((each) => isMatch(at("20240102", each)));
}

Deno.test("separateTimes: keeps the hours of every day, where both are ranges", () => {
  const times = ["095959", "10", "11:30", "120000.5", "120001", "", "noon"];
  assertEquals(within("20240101-20240103", "100000-120000", times), [
    "10",
    "11:30",
    "120000.5",
    "",
    "noon",
  ]);
  assertEquals(within("20240101-", "12-", ["1159", "12"]), ["12"]);
  assertEquals(within("-20240103", "-1200 ", ["1201", "1200"]), ["1200"]);
});

Deno.test("separateTimes: leaves everything else to the server", () => {
  const times = ["01", "23"];
  assertEquals(within("20240102", "10-12", times), times);
  assertEquals(within("20240101-20240103", "", times), times);
  assertEquals(within("20240101-20240103", "10", times), times);
  assertEquals(within("20240101-20240103", "220000-060000", times), times);
});

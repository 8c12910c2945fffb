import { assertEquals } from "@std/assert";
import {
  clearLink,
  dateField,
  listLink,
  parseListRequest,
} from "../../../server/ui/study_list/list_request.ts";

const parse = (query: string) => parseListRequest(new URLSearchParams(query), "20240301");

Deno.test("parseListRequest: nothing asked is everything, the newest first", () => {
  assertEquals(parse("q=&from=&modality="), {
    text: "",
    search: {
      words: [],
      from: undefined,
      to: undefined,
      modality: undefined,
      order: "date",
      descending: true,
      after: undefined,
    },
    open: undefined,
    firstRow: 1,
    archive: undefined,
    parameters: new URLSearchParams(),
  });
});

Deno.test("parseListRequest: leaves out what a parameter cannot mean", () => {
  const { search, open, firstRow } = parse(
    "sort=-toString&from=1.1.2024&days=-1&to=x&study=../etc&row=-5",
  );
  assertEquals([search.order, search.descending, search.from, search.to], [
    "date",
    true,
    undefined,
    undefined,
  ]);
  assertEquals([open, firstRow], [undefined, 1]);
  assertEquals(parse("from=2024-02-01&to=2024-01-01").search.to, "20240201");
});

Deno.test("parseListRequest: days end today, over the ends of months", () => {
  assertEquals(parse("days=1").search.from, "20240301");
  assertEquals(parse("days=7").search.from, "20240224");
  assertEquals(parse("days=1e300").search.from?.slice(0, 2), "19");
  assertEquals(dateField("20240224"), "2024-02-24");
});

Deno.test("parseListRequest: keeps what it knows, within bounds, since links repeat it", () => {
  const { parameters, text } = parse(`q=${"a".repeat(9_999)}&q=b&other=1&sort=name`);
  assertEquals([text.length, [...parameters.keys()]], [256, ["q", "sort"]]);
});

Deno.test("listLink: changes some parameters and drops what is empty", () => {
  const request = parse("q=a+b&from=&sort=name&after=X&archive=other");
  assertEquals(
    listLink(request, { after: undefined, study: "1.2" }),
    "?q=a+b&sort=name&archive=other&study=1.2",
  );
  assertEquals(listLink(parse("q="), {}), "./");
  assertEquals(clearLink(request), "?archive=other");
});

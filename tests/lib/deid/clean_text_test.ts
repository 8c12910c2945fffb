import { assertEquals } from "@std/assert";
import { cleanText } from "../../../lib/deid/clean_text.ts";
import { VOCABULARY } from "../../../lib/deid/vocabulary.ts";

const none = new Set<string>();

Deno.test("cleanText: keeps words of imaging and measures, and nothing else", () => {
  assertEquals(cleanText("T2w FLAIR axial 5mm", none, none), "T2w FLAIR axial 5mm");
  assertEquals(cleanText("Chest for Jane Doe, born 1.1.1970", none, none), "Chest for");
  assertEquals(cleanText("MRN 12345678 555-1234 5 5 5", none, none), "");
  assertEquals(cleanText("CT: Müller, Kopf (Dr. Ärmel)", none, none), "CT");
  assertEquals(cleanText("山田^太郎 HEAD", none, none), "HEAD");
});

Deno.test("cleanText: keeps the site's own words, and never those of the patient's name", () => {
  assertEquals(cleanText("SmartBrain survey", new Set(["smartbrain"]), none), "SmartBrain survey");
  assertEquals(cleanText("Foot of John Foot", none, new Set(["foot"])), "of");
});

Deno.test("VOCABULARY: is of lower case", () => {
  assertEquals([...VOCABULARY].filter((word) => word !== word.toLowerCase()), []);
});

import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { createFileIds, fileIdComponent } from "../../../lib/dicom/file_ids.ts";

const SERIES = [
  { key: "p", wanted: ["Doe John", "PID1"] },
  { key: "s", wanted: ["20240102"] },
  { key: "e", wanted: ["003 Axial"] },
];

Deno.test("createFileIds: says patient, day, series and number as far as the characters allow", () => {
  const fileIds = createFileIds();
  assertEquals(fileIds.next(SERIES, "IM").join("/"), "DICOM/DOE_JOHN/20240102/003_AXIA/IM000001");
  assertEquals(fileIds.next(SERIES, "SR").at(-1), "SR000002");
});

Deno.test("createFileIds: folders that want the same name get numbers; the same key is the same folder", () => {
  const fileIds = createFileIds();
  const folderOf = (key: string) => fileIds.next([{ key, wanted: ["Mustermann"] }], "IM")[1];
  const wanted = ["MUSTERMA", "MUSTER_2", "MUSTER_3", "MUSTERMA"];
  assertEquals(["a", "b", "c", "a"].map(folderOf), wanted);
  assertEquals(fileIds.next([{ key: "d", wanted: ["Muster 2"] }], "IM")[1], "MUSTER_4");
  for (let i = 0; i < 20_000; i++) folderOf(`key ${i}`);
  assertEquals(folderOf("last"), "MU_20005");
});

Deno.test("createFileIds: takes the next wanted name where one has no letter, and some name in the end", () => {
  const name = (...wanted: string[]) => createFileIds().next([{ key: "", wanted }], "IM")[1];
  assertEquals(name("山田^太郎", "PID1"), "PID1");
  assertEquals(name("", "../.."), "OTHER");
});

Deno.test("fileIdComponent: keeps Latin letters without their marks", () => {
  assertEquals(fileIdComponent("Müßig^Łø"), "MUSSIG_L");
  assertEquals(fileIdComponent("Ærøskøbing"), "AEROSKOB");
  assertEquals(fileIdComponent("t1_mprage_sag"), "T1_MPRAG");
});

Deno.test("fileIdComponent: whatever the text, it is a component of a File ID and means no device", () => {
  const devices = ["con", "PRN^", "../AUX", "nul\0", "COM1", "lpt9", "Con ^"];
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...devices)), (text) => {
      const component = fileIdComponent(text);
      assertMatch(component, /^[A-Z0-9_]{0,8}$/);
      assertEquals(/^(?:CON|PRN|AUX|NUL|COM\d|LPT\d)$/.test(component), false);
    }),
  );
});

Deno.test("createFileIds: a million files in a folder have names of eight characters still", () => {
  const fileIds = createFileIds();
  let last = "";
  for (let i = 0; i < 1_000_001; i++) last = fileIds.next([], "IM").at(-1) ?? "";
  assertEquals(last, "1000001");
});

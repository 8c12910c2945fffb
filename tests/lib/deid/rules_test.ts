import { assertEquals } from "@std/assert";
import { type DeidOption, OPTION_NAMES } from "../../../lib/deid/option.ts";
import { BASIC } from "../../../lib/deid/profile.ts";
import { actionOn } from "../../../lib/deid/rules.ts";
import type { Tag, VR } from "../../../lib/dicom/dataset.ts";

const action = (tag: Tag, vr: VR, ...options: DeidOption[]) =>
  actionOn(tag, vr, { ...BASIC, options: new Set(options) }, undefined).code;

Deno.test("actionOn: has each action of Table E.1-1, compound ones by their last letter", () => {
  assertEquals(action(0x00184000, "LT"), "X"); // Acquisition Comments
  assertEquals(action(0x00080050, "SH"), "Z"); // Accession Number
  assertEquals(action(0x0040a075, "PN"), "D"); // Verifying Observer Name
  assertEquals(action(0x0020000d, "UI"), "U"); // Study Instance UID
  assertEquals(action(0x00080022, "DA"), "Z"); // Acquisition Date, X/Z
  assertEquals(action(0x00081072, "SQ"), "D"); // Operator Identification Sequence, X/D
  assertEquals(action(0x00080080, "LO"), "D"); // Institution Name, X/Z/D
  assertEquals(action(0x00100020, "LO"), "D"); // Patient ID, Z/D
  assertEquals(action(0x00081140, "SQ"), "U"); // Referenced Image Sequence, X/Z/U*
  assertEquals(action(0x00280010, "US"), "K"); // Rows
});

Deno.test("actionOn: has each option's column", () => {
  const options: readonly [DeidOption, Tag, VR, string][] = [
    ["clean-descriptors", 0x0008103e, "LO", "C"],
    ["clean-graphics", 0x00700001, "SQ", "C"],
    ["clean-structured-content", 0x0040a730, "SQ", "C"],
    ["retain-full-dates", 0x00080020, "DA", "K"],
    ["retain-modified-dates", 0x00080020, "DA", "shift"],
    ["retain-patient-characteristics", 0x00100040, "CS", "K"],
    ["retain-patient-characteristics", 0x00102110, "LO", "C"],
    ["retain-device-identity", 0x00181000, "LO", "K"],
    ["retain-device-identity", 0x00080055, "AE", "C"],
    ["retain-uids", 0x0020000d, "UI", "K"],
    ["retain-institution-identity", 0x00080080, "LO", "K"],
  ];
  for (const [option, tag, vr, expected] of options) {
    assertEquals(action(tag, vr, option), expected, option);
    const others = OPTION_NAMES.filter((name) => name !== option && !name.includes("-dates"));
    const unchanged = option === "retain-patient-characteristics" && tag === 0x00102110
      ? "C"
      : action(tag, vr);
    assertEquals(action(tag, vr, ...others), unchanged, `without ${option}`);
  }
});

Deno.test("actionOn: moves the dates of a device too where dates are modified", () => {
  assertEquals(action(0x00181200, "DA", "retain-device-identity"), "K");
  assertEquals(
    action(0x00181200, "DA", "retain-device-identity", "retain-modified-dates"),
    "shift",
  );
});

Deno.test("actionOn: knows curves, and overlays of any group", () => {
  assertEquals(action(0x50100110, "CS"), "X");
  assertEquals(action(0x601e3000, "OW"), "X");
  assertEquals(action(0x60004000, "LT"), "X");
});

Deno.test("actionOn: treats what the table lacks by its VR", () => {
  assertEquals(action(0x00142006, "PN"), "D");
  assertEquals(action(0x00620006, "ST"), "D");
  assertEquals(action(0x00620006, "ST", "clean-descriptors"), "C");
  assertEquals(action(0x00081190, "UR"), "X");
  assertEquals(action(0x00080120, "UR"), "K");
  assertEquals(action(0x00080016, "UI"), "K");
  assertEquals(action(0x00440102, "UI"), "U");
  assertEquals(action(0x00080404, "DT", "retain-full-dates"), "K");
});

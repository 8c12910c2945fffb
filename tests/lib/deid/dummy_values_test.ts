import { assert, assertEquals } from "@std/assert";
import { dummyElement } from "../../../lib/deid/dummy_values.ts";
import type { VR } from "../../../lib/dicom/dataset.ts";
import { layoutOf } from "../../../lib/dicom/value_layout.ts";
import { VR_TRAITS } from "../../../lib/dicom/vr.ts";

/** What PS3.5 Table 6.2-1 allows in a value. */
const FORMS: Readonly<Partial<Record<VR, RegExp>>> = {
  AE: /^[\x21-\x5b\x5d-\x7e]{1,16}$/,
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9_ ]{1,16}$/,
  DA: /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/,
  DS: /^[+-]?[\d.eE+-]{1,16}$/,
  DT: /^\d{14}$/,
  IS: /^[+-]?\d{1,12}$/,
  LO: /^[^\\]{1,64}$/,
  PN: /^[^\\=]{1,64}$/,
  SH: /^[^\\]{1,16}$/,
  TM: /^\d{6}$/,
  UR: /^[a-z]+:\S+$/,
};

Deno.test("dummyElement: has a value that is right in every VR", () => {
  for (const vr of Object.keys(VR_TRAITS) as VR[]) {
    if (vr === "SQ" || vr === "UI") continue;
    const { bytes } = dummyElement(0x00080070, vr);
    assert(bytes.length > 0, vr);
    const text = new TextDecoder().decode(bytes);
    assert(FORMS[vr]?.test(text) ?? true, `${vr}: ${text}`);
    if (VR_TRAITS[vr].kind !== "text") assertEquals(bytes.length % layoutOf(vr).wordBytes, 0, vr);
  }
});

Deno.test("dummyElement: has a defined term where the attribute has few", () => {
  const { bytes } = dummyElement(0x04000565, "CS");
  assertEquals(new TextDecoder().decode(bytes), "COERCE");
});

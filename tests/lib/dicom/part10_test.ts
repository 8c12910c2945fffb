import { assertEquals } from "@std/assert";
import {
  encodePart10Header,
  fileMetaText,
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
} from "../../../lib/dicom/part10.ts";
import { isValidUID } from "../../../lib/dicom/uids.ts";
import { scan } from "../../support/element_list.ts";
import {
  buildDataSet,
  buildPart10,
  concat,
  ctElements,
  SYNTAX,
  value,
} from "../../support/part10_builder.ts";

const META = {
  MediaStorageSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
  MediaStorageSOPInstanceUID: "1.2.3",
  TransferSyntaxUID: SYNTAX.explicit,
};

Deno.test("encodePart10Header: writes File Meta Information with its length", async () => {
  const header = encodePart10Header(META);
  assertEquals(
    new DataView(header.buffer, header.byteOffset + 140).getUint32(0, true),
    header.length - 144,
  );
  const { fileMeta, dataSetOffset } = await scan(concat([header, buildDataSet(ctElements())]));
  assertEquals(dataSetOffset, header.length);
  assertEquals(
    [0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013]
      .map((tag) => fileMetaText(fileMeta, tag)),
    [
      META.MediaStorageSOPClassUID,
      META.MediaStorageSOPInstanceUID,
      META.TransferSyntaxUID,
      IMPLEMENTATION_CLASS_UID,
      IMPLEMENTATION_VERSION_NAME,
    ],
  );
});

Deno.test("encodePart10Header: keeps what it does not decide itself", async () => {
  const original = buildPart10(ctElements(), SYNTAX.implicit, {
    meta: [
      value(0x00020010, "UI", SYNTAX.implicit),
      value(0x00020012, "UI", "1.2.3.4"),
      value(0x00020016, "AE", "MODALITY"),
      value(0x00020100, "UI", "1.2.3.4.5"),
      value(0x00020102, "OB", new Uint8Array(5000)),
    ],
  });
  const kept = (await scan(original)).fileMeta;
  const header = encodePart10Header({ ...META, ...(kept === undefined ? {} : { kept }) });
  const { fileMeta } = await scan(concat([header, buildDataSet(ctElements())]));
  assertEquals(fileMetaText(fileMeta, 0x00020016), "MODALITY");
  assertEquals(fileMetaText(fileMeta, 0x00020010), SYNTAX.explicit);
  assertEquals(fileMeta?.get(0x00020102), kept?.get(0x00020102));
  assertEquals([...fileMeta?.keys() ?? []].at(-1), 0x00020102);
});

Deno.test("IMPLEMENTATION_CLASS_UID: is a UID, and its name as short as it has to be", () => {
  assertEquals(isValidUID(IMPLEMENTATION_CLASS_UID), true);
  assertEquals(IMPLEMENTATION_VERSION_NAME.length <= 16, true);
});

import { assertEquals, assertThrows } from "@std/assert";
import { readFileHead } from "../../../lib/dicom/file_head.ts";
import {
  encodePart10Header,
  fileMetaText,
  TRANSFER_SYNTAX_UID,
} from "../../../lib/dicom/part10.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { DecodeError } from "../../../lib/errors.ts";

const HEADER = encodePart10Header({
  MediaStorageSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
  MediaStorageSOPInstanceUID: "1.2.3",
  TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
});
const FILE = Uint8Array.of(...HEADER, 0x08, 0x00, 0x05, 0x00);

Deno.test("readFileHead: finds the data set and the transfer syntax", () => {
  const head = readFileHead(FILE);
  assertEquals(head?.dataSetOffset, HEADER.length);
  assertEquals(fileMetaText(head?.fileMeta, TRANSFER_SYNTAX_UID), EXPLICIT_VR_LITTLE_ENDIAN);
});

Deno.test("readFileHead: waits until the first byte of the data set is there", () => {
  for (let length = 0; length <= HEADER.length; length++) {
    assertEquals(readFileHead(FILE.subarray(0, length)), undefined);
  }
});

Deno.test("readFileHead: takes File Meta Information without the preamble, and a bare data set", () => {
  const head = readFileHead(FILE.subarray(132));
  assertEquals(head?.dataSetOffset, HEADER.length - 132);
  assertEquals(fileMetaText(head?.fileMeta, TRANSFER_SYNTAX_UID), EXPLICIT_VR_LITTLE_ENDIAN);
  assertEquals(readFileHead(new Uint8Array(200)), { fileMeta: undefined, dataSetOffset: 0 });
});

Deno.test("readFileHead: refuses File Meta Information that is none", () => {
  const damaged = FILE.slice();
  damaged.fill(0xff, 136, 140);
  assertThrows(() => readFileHead(damaged), DecodeError);
});

/**
 * Where a spooled instance came from, as its file remembers it (PS3.10 Table 7.1-1): what is in the
 * file survives every crash, and moves with it.
 * @module
 */
import type { DataSet, Tag, ValueElement } from "../../lib/dicom/dataset.ts";
import { encodePart10Header, fileMetaText } from "../../lib/dicom/part10.ts";

/** Source Application Entity Title: who made the file's content. */
const SOURCE_AET: Tag = 0x00020016;
/** Sending Application Entity Title: who called. */
const SENDING_AET: Tag = 0x00020017;
/** Receiving Application Entity Title: who was called. */
const RECEIVING_AET: Tag = 0x00020018;
/** Media Storage SOP Instance UID. */
const INSTANCE_UID: Tag = 0x00020003;

/** What is known of an instance before its data set. */
export interface Origin {
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
  readonly transferSyntaxUID: string;
  readonly callingAETitle: string;
  /** Names the archive that the instance goes to. */
  readonly calledAETitle: string;
}

/** The bytes before the data set of an instance with this origin. */
export function fileHead(origin: Origin): Uint8Array {
  return encodePart10Header({
    MediaStorageSOPClassUID: origin.SOPClassUID,
    MediaStorageSOPInstanceUID: origin.SOPInstanceUID,
    TransferSyntaxUID: origin.transferSyntaxUID,
    kept: new Map([
      title(SOURCE_AET, origin.callingAETitle),
      title(SENDING_AET, origin.callingAETitle),
      title(RECEIVING_AET, origin.calledAETitle),
    ]),
  });
}

/** What the uploader has to know of a file; undefined where the file does not say. */
export interface Sent {
  readonly SOPInstanceUID: string | undefined;
  readonly callingAETitle: string | undefined;
  readonly calledAETitle: string | undefined;
}

/** What File Meta Information says; nothing where there is none. */
export function sentBy(fileMeta: DataSet | undefined): Sent {
  return {
    SOPInstanceUID: fileMetaText(fileMeta, INSTANCE_UID),
    callingAETitle: fileMetaText(fileMeta, SENDING_AET),
    calledAETitle: fileMetaText(fileMeta, RECEIVING_AET),
  };
}

function title(tag: Tag, text: string): [Tag, ValueElement] {
  // Titles of careless peers have bytes beyond ASCII: each stays one byte.
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return [tag, { kind: "value", tag, vr: "AE", bytes }];
}

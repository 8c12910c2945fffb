/**
 * Store requests of checks, and the Store Instances Response Module (PS3.18 Annex I) that answers them.
 * @module
 */
import { closeDelimiter, partHead } from "../../../lib/multipart/encode.ts";
import { DICOM_TYPE, JSON_TYPE, MULTIPART, XML_TYPE } from "./answers.ts";
import { fail, unchecked } from "./check.ts";
import { type Answer, joined } from "./http.ts";
import { attributeIn, itemsIn, numberIn, type Row, rowOfJson, rowOfXml, textIn } from "./rows.ts";
import type { Sample, SampleInstance } from "./sample.ts";
import type { Session } from "./session.ts";

/** One part of a request. */
export interface SentPart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a request is written. */
export interface StowOptions {
  /** `/studies` where it is left out. */
  readonly path?: string;
  readonly accept?: string;
  /** Of the parts, for the parameter `type`. */
  readonly type?: string;
  /** Whether the type stands without quotes. */
  readonly unquoted?: boolean;
  /** Whether the body is sent without its length. */
  readonly chunked?: boolean;
}

/** Longer than any bytes that repeat by chance. */
const BOUNDARY = crypto.randomUUID();

/** Sends a multipart request. */
export function stow(
  session: Session,
  parts: readonly SentPart[],
  options: StowOptions = {},
): Promise<Answer> {
  const { path = "/studies", accept = JSON_TYPE, type = DICOM_TYPE } = options;
  const pieces = parts.flatMap(({ headers, body }, index) => [
    partHead(BOUNDARY, headers, index === 0),
    body,
  ]);
  pieces.push(closeDelimiter(BOUNDARY));
  const body = joined(pieces, pieces.reduce((sum, { length }) => sum + length, 0));
  const quote = options.unquoted ? "" : '"';
  return session.http.send(path, {
    method: "POST",
    accept,
    headers: { "Content-Type": `${MULTIPART}; type=${quote}${type}${quote}; boundary=${BOUNDARY}` },
    body: options.chunked ? ReadableStream.from([body]) : body,
  });
}

/** An instance as the part that brings its file. What is sent may have to be removed. */
export function filePart(session: Session, instance: SampleInstance): SentPart {
  session.left.add(instance.StudyInstanceUID);
  return { headers: { "Content-Type": DICOM_TYPE }, body: instance.file ?? new Uint8Array() };
}

/** What this run may store. Nothing can be told where it looks at an existing study, or is refused. */
export function storable(session: Session): Sample {
  if (session.own === undefined) unchecked("Nothing is stored where --study names a study.");
  if (session.present === undefined) unchecked("The server stored nothing.");
  return session.own;
}

/** The module of an answer, which says by its Content-Type what it is written in. Fails without one. */
export function moduleOf(answer: Answer): Row {
  switch (answer.mediaType?.essence) {
    case JSON_TYPE:
    case "application/json":
      return rowOfJson(answer.body);
    case XML_TYPE:
    case "application/xml":
    case "text/xml":
      return rowOfXml(answer.body);
    default:
      return fail(
        `The answer is no Store Instances Response Module in JSON or XML, but ${
          answer.mediaType?.essence ?? "nothing"
        }.`,
      );
  }
}

/** The item about an instance in a sequence of the module. */
export function itemAbout(
  module: Row,
  sequence: "ReferencedSOPSequence" | "FailedSOPSequence",
  { SOPInstanceUID }: SampleInstance,
): Row | undefined {
  return itemsIn(module, sequence).find((item) =>
    textIn(item, "ReferencedSOPInstanceUID") === SOPInstanceUID
  );
}

/** Fails where an item has no Failure Reason that is a number of 16 bits. */
export function ensureReason(item: Row): void {
  const reason = numberIn(item, "FailureReason");
  if (Number.isInteger(reason) && reason > 0 && reason <= 0xffff) return;
  const there = attributeIn(item, "FailureReason") !== undefined;
  fail(`The Failure Reason is ${there ? "no number of 16 bits" : "missing"}.`);
}

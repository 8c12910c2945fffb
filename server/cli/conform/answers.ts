/**
 * What checks look for in an answer whatever its transaction.
 * @module
 */
import { boundaryOf, decodeMultipart } from "../../../lib/multipart/decode.ts";
import { rootTypeOf } from "../../../lib/multipart/media_type.ts";
import { ensure, fail, notOffered } from "./check.ts";
import { type Answer, joined } from "./http.ts";
import { type Row, rowOfXml, rowsOfJson } from "./rows.ts";

/** Media types as the standard writes them. */
export const JSON_TYPE = "application/dicom+json";
export const XML_TYPE = "application/dicom+xml";
export const DICOM_TYPE = "application/dicom";
export const OCTETS_TYPE = "application/octet-stream";
export const MULTIPART = "multipart/related";

/** A multipart media type for Accept. `parameters`: behind the type, as `; transfer-syntax=*`. */
export function inParts(type: string, parameters = ""): string {
  return `${MULTIPART}; type="${type}"${parameters}`;
}

/** Parts of one answer: more than are ever asked for. */
const MAX_PARTS = 1000;

/** One part of an answer. */
export interface AnswerPart {
  readonly headers: ReadonlyMap<string, string>;
  /** Without parameters, in lower case. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Statuses by which servers say that they do not do a thing at all. */
const ABSENT = new Set([400, 404, 405, 406, 415, 501]);

/** Fails where the status is not one of these. */
export function ensureStatus(answer: Answer, ...statuses: readonly number[]): void {
  ensure(statuses.includes(answer.status), said(answer, statuses.join(" or ")));
}

/** Not offered where the status says so; fails where it is another than 200. */
export function ensureOffered(answer: Answer): void {
  if (ABSENT.has(answer.status)) notOffered(`It is answered with ${answer.status}.`);
  ensureStatus(answer, 200);
}

/** A sentence about a status. */
export function said({ status }: Answer, expected: string): string {
  return `It is answered with ${status}, not with ${expected}.`;
}

/** Fails where the Content-Type is another. */
export function ensureType(answer: Answer, ...essences: readonly string[]): void {
  const { essence } = answer.mediaType ?? {};
  ensure(
    essence !== undefined && essences.includes(essence),
    `Its Content-Type is ${essence ?? "missing"}, not ${essences.join(" or ")}.`,
  );
}

/** The parts of a multipart answer of this type. Fails where it is no such answer. */
export async function partsOf(answer: Answer, type: string): Promise<readonly AnswerPart[]> {
  ensureStatus(answer, 200);
  ensureType(answer, MULTIPART);
  const { mediaType } = answer;
  if (mediaType === undefined) fail("Its Content-Type is missing.");
  const named = rootTypeOf(mediaType)?.essence;
  ensure(named !== undefined, "The multipart Content-Type has no parameter type.");
  ensure(named === type, `The type of the multipart answer is ${named}, not ${type}.`);
  const parts: AnswerPart[] = [];
  const limits = { maxParts: MAX_PARTS };
  for await (const part of decodeMultipart(oneChunk(answer.body), boundaryOf(mediaType), limits)) {
    // A chunk is a view of the answer, which stays as it is.
    const chunks = await Array.fromAsync(part.body);
    const body = joined(chunks, chunks.reduce((sum, { length }) => sum + length, 0));
    const essence = (part.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    parts.push({ headers: part.headers, type: essence, body });
  }
  const other = parts.find((part) => part.type !== type);
  if (other !== undefined) {
    fail(`A part's Content-Type is ${other.type || "missing"}, not ${type}.`);
  }
  return parts;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** The data sets of an answer in JSON. Fails where it is none. */
export function jsonRows(answer: Answer): readonly Row[] {
  ensureStatus(answer, 200);
  ensureType(answer, JSON_TYPE, "application/json");
  return rowsOfJson(answer.body);
}

/** The data sets of a multipart answer in XML. Fails where it is none. */
export async function xmlRows(answer: Answer): Promise<readonly Row[]> {
  return (await partsOf(answer, XML_TYPE)).map(({ body }) => rowOfXml(body));
}

/** True where both hold the same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** The texts of `Warning` headers. */
export function warningsOf({ headers }: Answer): string {
  return headers.get("warning") ?? "";
}

/**
 * Retrieval of instances (PS3.18 10.4.1.1.1): the stored bytes, or the same data set in Explicit
 * VR Little Endian.
 * @module
 */
import { createReencoder, REENCODER_VERSION } from "../../lib/dicom/reencode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { Problem } from "../http/problem.ts";
import type { MultipartBody, Part, Representation } from "../http/representation.ts";
import {
  type InstanceChoice,
  type InstanceForm,
  instanceForm,
  withTransferSyntax,
} from "../http/wado_negotiate.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import { type Chunk, placesSource } from "./byte_source.ts";
import {
  boundaryOf,
  isInstance,
  pathOf,
  presentScope,
  type RetrieveParts,
  vanished,
} from "./retrieve_parts.ts";

const MEDIA_TYPE = "application/dicom";

/** Rows kept between counting and sending; a larger scope is read twice. 5 MB or so. */
const KEPT_ROWS = 10_000;

/** Bytes of a deflated data set taken at once: they may inflate to a thousand times as many. */
const DEFLATED_STEP_BYTES = 4096;

type Choice = Extract<InstanceChoice, { kind: "instances" }>;

/** The instances of a scope as chosen. Throws Problem 404, 410, and 406 where none can be given so. */
export async function retrieveInstances(
  { index, blobs, lasting }: RetrieveParts,
  archive: string,
  scope: Scope,
  { packaging, transferSyntaxes }: Choice,
): Promise<Representation> {
  const formOf = (row: InstanceRow) => instanceForm(transferSyntaxes, row);
  const partOf = (row: InstanceRow, form: InstanceForm) => instancePart(blobs, row, form);
  // One instance is found and dated by its row; more have a revision of their own together.
  const state = isInstance(scope) ? undefined : await presentScope(index, archive, scope);
  const { first, total, missing, rows } = await surveyOf(index.instances(archive, scope), formOf);
  if (first === undefined) {
    await presentScope(index, archive, scope);
    throw vanished();
  }
  const { revision } = state ?? first;
  if (missing === total) throw notRepresentable(first);
  const syntaxes = transferSyntaxes.map((uid) => uid === "*" ? "any" : uid ?? "default");
  const etag = [revision, total, packaging, REENCODER_VERSION, ...syntaxes].join(":");
  // A sound object may take the place of a damaged one.
  const isLasting = isInstance(scope) && lasting(archive) && first.damage === undefined;
  const representation = { etag, lasting: isLasting };
  const form = formOf(first);
  if (packaging === "single" && form !== undefined) {
    return { ...representation, body: { kind: "single", part: partOf(first, form) } };
  }
  const parts = rows?.flatMap((row) => {
    const form = formOf(row);
    return form === undefined ? [] : [partOf(row, form)];
  });
  const body: MultipartBody = {
    kind: "multipart",
    type: MEDIA_TYPE,
    boundary: boundaryOf(first),
    parts: parts ?? partsOf(index.instances(archive, scope), formOf, partOf),
    left: { out: missing, of: total },
  };
  return { ...representation, body };
}

type FormOf = (row: InstanceRow) => InstanceForm | undefined;

/** What the rows of a scope come to; the rows themselves while there are not too many. */
async function surveyOf(pages: AsyncIterable<readonly InstanceRow[]>, formOf: FormOf) {
  let first: InstanceRow | undefined;
  let total = 0;
  let missing = 0;
  let rows: InstanceRow[] | undefined = [];
  for await (const page of pages) {
    first ??= page[0];
    total += page.length;
    for (const row of page) if (formOf(row) === undefined) missing++;
    if (total > KEPT_ROWS) rows = undefined;
    rows?.push(...page);
  }
  return { first, total, missing, rows };
}

async function* partsOf(
  pages: AsyncIterable<readonly InstanceRow[]>,
  formOf: FormOf,
  partOf: (row: InstanceRow, form: InstanceForm) => Part,
): AsyncGenerator<Part> {
  for await (const page of pages) {
    for (const row of page) {
      const form = formOf(row);
      if (form !== undefined) yield partOf(row, form);
    }
  }
}

function instancePart(blobs: BlobStore, row: InstanceRow, form: InstanceForm): Part {
  const location = pathOf(row);
  const stored = placesSource(blobs, row.blobKey, [{ offset: 0, length: row.size }]);
  switch (form) {
    case "stored": {
      const mediaType = withTransferSyntax(MEDIA_TYPE, row.TransferSyntaxUID);
      return { mediaType, location, ...stored };
    }
    case "explicit": {
      const mediaType = withTransferSyntax(MEDIA_TYPE, EXPLICIT_VR_LITTLE_ENDIAN);
      return { mediaType, location, length: undefined, read: () => reencoded(row, stored.read()) };
    }
  }
}

async function* reencoded(row: InstanceRow, chunks: AsyncGenerator<Chunk>): AsyncGenerator<Chunk> {
  const reencoder = createReencoder(row);
  const deflated = transferSyntax(row.TransferSyntaxUID)?.deflated === true;
  for await (const chunk of chunks) {
    const step = deflated ? DEFLATED_STEP_BYTES : chunk.length;
    for (let at = 0; at < chunk.length; at += step) {
      yield* await reencoder.push(chunk.subarray(at, at + step)) as Chunk[];
    }
  }
  yield* await reencoder.end() as Chunk[];
}

function notRepresentable({ TransferSyntaxUID, damage }: InstanceRow): Problem {
  const name = transferSyntax(TransferSyntaxUID)?.name ?? "a private transfer syntax";
  const reason = damage === undefined
    ? `Pixel data is stored as ${name} (${TransferSyntaxUID})`
    : `The stored object is damaged (${damage})`;
  return new Problem(
    406,
    `${reason} and cannot be given in another transfer syntax; ask for ` +
      `multipart/related; type="${MEDIA_TYPE}"; transfer-syntax=* to get it as stored.`,
  );
}

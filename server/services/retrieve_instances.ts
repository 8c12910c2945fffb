/**
 * Retrieval of instances (PS3.18 10.4.1.1.1): the stored bytes, the same data set in Explicit VR
 * Little Endian, or one whose pixels are written anew.
 * @module
 */
import { createReencoder, REENCODER_VERSION } from "../../lib/dicom/reencode.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN, transferSyntax } from "../../lib/dicom/uids.ts";
import { Problem } from "../http/problem.ts";
import type { MultipartBody, Part, Representation } from "../http/representation.ts";
import { type InstanceChoice, withTransferSyntax } from "../http/wado_negotiate.ts";
import type { InstanceRow, Scope } from "../index/index.ts";
import { type Client, PIXELS_VERSION } from "../pixels/pixels.ts";
import type { Anonymizer } from "./anonymizer.ts";
import { type Chunk, placesSource } from "./byte_source.ts";
import { createForms, type GivenForm } from "./instance_forms.ts";
import {
  boundaryOf,
  isInstance,
  pathOf,
  type PixelRetrieveParts,
  presentScope,
  vanishedFrom,
} from "./retrieve_parts.ts";
import { transcodedInstance } from "./transcoded_instance.ts";

const MEDIA_TYPE = "application/dicom";

/** Rows kept between counting and sending; a larger scope is read twice. 5 MB or so. */
const KEPT_ROWS = 10_000;

/** Bytes of a deflated data set taken at once: they may inflate to a thousand times as many. */
const DEFLATED_STEP_BYTES = 4096;

type Choice = Extract<InstanceChoice, { kind: "instances" }>;

/** The instances of a scope as chosen. Throws Problem 404, 410, and 406 where none can be given so. */
export async function retrieveInstances(
  parts: PixelRetrieveParts,
  archive: string,
  scope: Scope,
  choice: Choice,
  client: Client,
): Promise<Representation> {
  const { index, lasting } = parts;
  const { packaging, transferSyntaxes } = choice;
  const anonymizer = anonymizerOf(parts, choice.anonymize);
  const forms = createForms(parts, archive, choice, anonymizer);
  const formOf = (row: InstanceRow) => forms.of(row);
  const partOf = (row: InstanceRow, form: GivenForm) =>
    instancePart(parts, archive, row, form, client);
  // One instance is found and dated by its row; more have a revision of their own together.
  const state = isInstance(scope) ? undefined : await presentScope(index, archive, scope);
  const { first, total, missing, rows } = await surveyOf(
    index.instances(archive, scope),
    formOf,
    client.signal,
  );
  if (first === undefined) throw await vanishedFrom(index, archive, scope);
  const { revision } = state ?? first;
  if (missing === total) throw notRepresentable(first, await forms.obstacleTo(first), anonymizer);
  const nameOf = (uid: string | undefined) => uid === "*" ? "any" : uid ?? "default";
  const syntaxes = transferSyntaxes.map((group) => group.map(nameOf).join("+"));
  const etag = [
    revision,
    total,
    packaging,
    REENCODER_VERSION,
    PIXELS_VERSION,
    ...syntaxes,
    ...(anonymizer === undefined ? [] : [anonymizer.key]),
  ].join(":");
  // A sound object may take the place of a damaged one, and the operator may change a profile.
  const isLasting = isInstance(scope) && lasting(archive) && first.damage === undefined &&
    anonymizer === undefined;
  const representation = { etag, lasting: isLasting };
  const form = await formOf(first);
  if (packaging === "single" && form !== undefined) {
    return { ...representation, body: { kind: "single", part: partOf(first, form) } };
  }
  const listed = rows && await Array.fromAsync(partsOf([rows], formOf, partOf));
  const body: MultipartBody = {
    kind: "multipart",
    type: MEDIA_TYPE,
    boundary: anonymizer?.standIn(boundaryOf(first)) ?? boundaryOf(first),
    parts: listed ?? partsOf(index.instances(archive, scope), formOf, partOf),
    left: {
      out: missing,
      of: total,
      ...(anonymizer === undefined ? {} : { why: "they cannot be given de-identified" }),
    },
  };
  return { ...representation, body };
}

type FormOf = (row: InstanceRow) => Promise<GivenForm | undefined>;

/** What the rows of a scope come to; the rows themselves while there are not too many. */
async function surveyOf(
  pages: AsyncIterable<readonly InstanceRow[]>,
  formOf: FormOf,
  signal: AbortSignal,
) {
  let first: InstanceRow | undefined;
  let total = 0;
  let missing = 0;
  let rows: InstanceRow[] | undefined = [];
  for await (const page of pages) {
    first ??= page[0];
    total += page.length;
    for (const row of page) {
      // It may have to be read whole for this.
      signal.throwIfAborted();
      if (await formOf(row) === undefined) missing++;
    }
    if (total > KEPT_ROWS) rows = undefined;
    rows?.push(...page);
  }
  return { first, total, missing, rows };
}

async function* partsOf(
  pages: Iterable<readonly InstanceRow[]> | AsyncIterable<readonly InstanceRow[]>,
  formOf: FormOf,
  partOf: (row: InstanceRow, form: GivenForm) => Part,
): AsyncGenerator<Part> {
  for await (const page of pages) {
    for (const row of page) {
      const form = await formOf(row);
      if (form !== undefined) yield partOf(row, form);
    }
  }
}

function instancePart(
  parts: PixelRetrieveParts,
  archive: string,
  row: InstanceRow,
  form: GivenForm,
  client: Client,
): Part {
  const location = pathOf(row);
  const stored = placesSource(parts.blobs, row.blobKey, [{ offset: 0, length: row.size }]);
  switch (form.kind) {
    case "stored": {
      const mediaType = withTransferSyntax(MEDIA_TYPE, row.TransferSyntaxUID);
      return { mediaType, location, ...stored };
    }
    case "explicit": {
      const mediaType = withTransferSyntax(MEDIA_TYPE, EXPLICIT_VR_LITTLE_ENDIAN);
      return { mediaType, location, length: undefined, read: () => reencoded(row, stored.read()) };
    }
    case "written": {
      const mediaType = withTransferSyntax(MEDIA_TYPE, form.transferSyntaxUID);
      const work = { pixels: parts.pixels, client };
      const read = () => transcodedInstance(parts, work, archive, row, form);
      // Where it lies says who it is.
      const shown = form.anonymizer === undefined ? location : undefined;
      return { mediaType, location: shown, length: undefined, read };
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

function anonymizerOf(parts: PixelRetrieveParts, profile: string | undefined) {
  if (profile === undefined) return undefined;
  const anonymizer = parts.anonymizer(profile);
  if (anonymizer !== undefined) return anonymizer;
  throw new Problem(
    400,
    "No profile of de-identification has the name that anonymize gives; use anonymize=true.",
  );
}

function notRepresentable(
  { TransferSyntaxUID, damage }: InstanceRow,
  why: string | undefined,
  anonymizer: Anonymizer | undefined,
): Problem {
  const name = transferSyntax(TransferSyntaxUID)?.name ?? "a private transfer syntax";
  const because = why === undefined ? "" : ` (${why})`;
  if (anonymizer !== undefined) {
    return new Problem(
      406,
      `This cannot be given de-identified${because}; the operator can add a rule for such images ` +
        "to the profile's burnedIn in the configuration file.",
    );
  }
  const reason = damage === undefined
    ? `This is stored as ${name} and cannot be given as asked${because}`
    : `The stored object is damaged (${damage}) and cannot be given as asked`;
  return new Problem(
    406,
    `${reason}; ask for multipart/related; type="${MEDIA_TYPE}"; transfer-syntax=* to get it as ` +
      "it is stored.",
  );
}

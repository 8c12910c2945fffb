/**
 * What searches show of patients, studies and series, held against each other at both ends of a
 * migration. The first instance of each decides it: where all went and others came since, and the
 * target was brought the one before it knew that the other had gone, it shows something else.
 * @module
 */
import { createHash } from "node:crypto";
import { SEARCH_ATTRIBUTES } from "../../lib/query/attributes.ts";
import type { Level, Query } from "../../lib/query/query.ts";
import type { AttributeValues, Index } from "../index/index.ts";
import type { Pass } from "./migrate.ts";

/** Rows of one page. */
const PAGE = 1000;

/** What instances say themselves: counts follow. */
const GIVEN = SEARCH_ATTRIBUTES.filter(({ derived }) => !derived);

/**
 * Takes the studies from the target that show something else than at the source, so that the next
 * pass brings them anew. They can be brought back until it does, and go with it.
 */
export async function removeDifferent(pass: Pass): Promise<void> {
  const { source, target, counts } = pass;
  for (const archive of await source.index.archives()) {
    const studies = new Set<string>();
    for await (const { values } of differing(pass, archive, "series")) {
      studies.add(values.StudyInstanceUID ?? "");
    }
    for await (const { values } of differing(pass, archive, "patient")) {
      for await (const of of studiesOf(target.index, archive, values)) studies.add(of);
    }
    for (const StudyInstanceUID of studies) {
      counts.left += await target.index.remove(archive, { StudyInstanceUID }, pass.now());
    }
  }
}

/** Rows of the target that the source has as well, and otherwise. */
async function* differing(
  { source, target }: Pass,
  archive: string,
  level: Level,
): AsyncGenerator<{ readonly values: AttributeValues }> {
  const digests = new Map<string, string>();
  for await (const values of rowsOf(source.index, archive, { level })) {
    digests.set(identityOf(values, level), digestOf(values));
  }
  for await (const values of rowsOf(target.index, archive, { level })) {
    const digest = digests.get(identityOf(values, level));
    if (digest !== undefined && digest !== digestOf(values)) yield { values };
  }
}

async function* studiesOf(
  index: Index,
  archive: string,
  { PatientID, IssuerOfPatientID }: AttributeValues,
): AsyncGenerator<string> {
  // Without an identifier a patient is what its studies say.
  if (!PatientID) return;
  const conditions = [{ path: [0x00100020], match: { kind: "single", value: PatientID } as const }];
  for await (const values of rowsOf(index, archive, { level: "study", conditions })) {
    const isSame = (values.IssuerOfPatientID ?? "") === (IssuerOfPatientID ?? "");
    if (isSame) yield values.StudyInstanceUID ?? "";
  }
}

async function* rowsOf(
  index: Index,
  archive: string,
  asked: Pick<Query, "level"> & Partial<Query>,
): AsyncGenerator<AttributeValues> {
  let after: string | undefined;
  do {
    const page = await index.search(archive, { ...ALL, ...asked, after });
    for (const { values } of page.rows) yield values;
    after = page.next;
  } while (after !== undefined);
}

const ALL = {
  scope: {},
  conditions: [],
  include: GIVEN.map(({ tag, sequence }) => sequence === undefined ? [tag] : [sequence, tag]),
  orderBy: [],
  limit: PAGE,
  offset: 0,
  count: false,
};

function identityOf(values: AttributeValues, level: Level): string {
  if (level !== "patient") return `${values.StudyInstanceUID}/${values.SeriesInstanceUID}`;
  const { PatientID, IssuerOfPatientID, PatientName, PatientBirthDate } = values;
  return JSON.stringify(
    PatientID ? [PatientID, IssuerOfPatientID] : [PatientName, PatientBirthDate, IssuerOfPatientID],
  );
}

function digestOf(values: AttributeValues): string {
  const texts = GIVEN.map(({ keyword }) => values[keyword] ?? "");
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64");
}

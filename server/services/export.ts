/**
 * Choosing what is exported: the studies that a query or their UIDs name, and their instances.
 * @module
 */
import type { Query } from "../../lib/query/query.ts";
import type { BlobStore } from "../blobs/blob_store.ts";
import type { Index, InstanceRow } from "../index/index.ts";

/** Studies by name, or those that a query finds. */
export type ExportChoice =
  | { readonly kind: "studies"; readonly StudyInstanceUIDs: readonly string[] }
  | { readonly kind: "query"; readonly query: Query };

/** What was chosen. */
export interface Chosen {
  /** Each once; those of one patient that follow each other stay together. */
  readonly StudyInstanceUIDs: readonly string[];
  readonly instances: number;
  /** Studies that were named and are not there. */
  readonly missing: readonly string[];
  /** What the search did not do, one sentence each. */
  readonly warnings: readonly string[];
}

/** What exporting reads. */
export interface ExportParts {
  readonly index: Pick<Index, "search" | "state" | "metadata">;
  readonly blobs: Pick<BlobStore, "size">;
}

/** Rows asked of the index at once. */
const PAGE_ROWS = 1000;

/** Finds the studies of a choice in an archive. */
export async function chooseStudies(
  { index }: ExportParts,
  archive: string,
  choice: ExportChoice,
): Promise<Chosen> {
  const { StudyInstanceUIDs, warnings } = choice.kind === "query"
    ? await search(index, archive, choice.query)
    : { StudyInstanceUIDs: choice.StudyInstanceUIDs, warnings: [] };
  const present: string[] = [];
  const missing: string[] = [];
  let instances = 0;
  for (const StudyInstanceUID of new Set(StudyInstanceUIDs)) {
    const state = await index.state(archive, { StudyInstanceUID });
    if (state.kind === "present") {
      present.push(StudyInstanceUID);
      instances += state.instances;
    } else missing.push(StudyInstanceUID);
  }
  return { StudyInstanceUIDs: present, instances, missing, warnings };
}

async function search(index: ExportParts["index"], archive: string, query: Query) {
  const StudyInstanceUIDs: string[] = [];
  const warnings = new Set<string>();
  const most = query.limit ?? Infinity;
  let after = query.after;
  do {
    const limit = Math.min(PAGE_ROWS, most - StudyInstanceUIDs.length);
    const offset = after === undefined ? query.offset : 0;
    const page = await index.search(archive, { ...query, include: [], limit, offset, after });
    for (const { values } of page.rows) StudyInstanceUIDs.push(values.StudyInstanceUID ?? "");
    for (const warning of page.warnings) warnings.add(warning);
    after = page.next;
  } while (after !== undefined && StudyInstanceUIDs.length < most);
  return { StudyInstanceUIDs, warnings: [...warnings] };
}

/** The rows of studies whose objects are there; `onLost` hears of the others. */
export async function* exportedRows(
  { index, blobs }: ExportParts,
  archive: string,
  StudyInstanceUIDs: readonly string[],
  onLost: (row: InstanceRow) => void,
) {
  for (const StudyInstanceUID of StudyInstanceUIDs) {
    for await (const page of index.metadata(archive, { StudyInstanceUID })) {
      for (const row of page) {
        if (await blobs.size(row.blobKey) === row.size) yield row;
        else onLost(row);
      }
    }
  }
}

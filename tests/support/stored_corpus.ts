/**
 * The corpus in archives of its own, file by file.
 * @module
 */
import { assert } from "@std/assert";
import type { InstanceRow } from "../../server/index/index.ts";
import { BASE, multipart } from "./archive.ts";
import { type Retrieval, withRetrieval } from "./retrieval.ts";

/** What MANIFEST.json says of a file, as far as tests look at it. */
export interface CorpusEntry {
  readonly file: string;
  readonly instance_uid: string | null;
}

/** One stored file of the corpus. */
export interface StoredFile<Entry extends CorpusEntry = CorpusEntry> {
  readonly file: string;
  readonly entry: Entry;
  readonly bytes: Uint8Array;
  readonly row: InstanceRow;
  /** Of the instance, below the archive's root. */
  readonly path: string;
}

/** Every entry of the corpus' manifest. */
export async function corpusEntries<Entry extends CorpusEntry = CorpusEntry>(
  corpus: URL,
): Promise<Entry[]> {
  return JSON.parse(await Deno.readTextFile(new URL("MANIFEST.json", corpus))).files;
}

/** Runs on every file that is stored, in archives in which no SOP Instance UID is there twice. */
export async function forEachStored<Entry extends CorpusEntry>(
  corpus: URL,
  entries: readonly Entry[],
  run: (stored: StoredFile<Entry>, retrieval: Retrieval) => Promise<void>,
): Promise<void> {
  for (const group of withoutCollisions(entries)) {
    await withRetrieval(async (retrieval) => {
      for (const entry of group) {
        const { file } = entry;
        const bytes = await Deno.readFile(new URL(file, corpus));
        const request = { method: "POST", ...multipart([{ body: bytes }]) };
        const answer = await retrieval.archive.fetch("/studies", request);
        const said = await answer.json();
        if (answer.status === 409) continue;
        const path = pathIn(said);
        const [, , StudyInstanceUID = "", , SeriesInstanceUID = "", , SOPInstanceUID = ""] = path
          .split("/");
        const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
        const row = await retrieval.archive.index.places("default", uids);
        assert(row !== undefined);
        await run({ file, entry, bytes, row, path }, retrieval);
      }
    });
  }
}

/** The part of a store response (PS3.18 I.2) that names one instance. */
interface StoreResponse {
  readonly "00081199": { readonly Value: [{ readonly "00081190": { readonly Value: [string] } }] };
}

/** Path of the one instance that a store response names. */
function pathIn(response: StoreResponse): string {
  return response["00081199"].Value[0]["00081190"].Value[0].slice(BASE.length);
}

function withoutCollisions<Entry extends CorpusEntry>(entries: readonly Entry[]): Entry[][] {
  const seen = new Map<string, number>();
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const uid = entry.instance_uid ?? entry.file;
    const count = seen.get(uid) ?? 0;
    seen.set(uid, count + 1);
    (groups[count] ??= []).push(entry);
  }
  return groups;
}

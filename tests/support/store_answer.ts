/**
 * Store requests to a test archive, and what their answers say in short.
 * @module
 */
import { assertEquals } from "@std/assert";
import { multipart, type TestArchive } from "./archive.ts";
import { ctInstance, type CtOptions } from "./part10_builder.ts";

/** UIDs of the study and instance that {@linkcode ctInstance} makes. */
export const STUDY = "1.2.826.0.1.3680043.10.1.1";
export const INSTANCE = "1.2.826.0.1.3680043.10.1.3";

/** What a Store Instances Response Module says, in short. */
export interface Answer {
  readonly status: number;
  readonly stored: readonly string[];
  /** SOP Instance UID, or "" for a failure without one, and the reason in hexadecimal. */
  readonly failed: readonly (readonly [string, string])[];
  readonly warnings: number;
  readonly comments: readonly string[];
}

type Item = Record<string, { Value?: (string | number)[] }>;

/** The short form of a response in JSON. */
export async function answerOf(response: Response): Promise<Answer> {
  assertEquals(response.headers.get("content-type"), "application/dicom+json");
  const module = await response.json();
  const items = (tag: string): Item[] => module[tag]?.Value ?? [];
  const first = (item: Item, tag: string) => String(item[tag]?.Value?.[0] ?? "");
  const reason = (item: Item) => Number(first(item, "00081197")).toString(16).padStart(4, "0");
  const failures = [...items("00081198"), ...items("0008119A")];
  return {
    status: response.status,
    stored: items("00081199").map((item) => first(item, "00081155")),
    failed: failures.map((item) => [first(item, "00081155"), reason(item)]),
    warnings: items("00081199").filter((item) => item["00081196"] !== undefined).length,
    comments: [...items("00081199"), ...failures].map((item) => first(item, "00000902"))
      .filter((comment) => comment !== ""),
  };
}

/** Stores PS3.10 files in one request. */
export async function post(
  archive: TestArchive,
  bodies: readonly Uint8Array[],
  path = "/studies",
): Promise<Answer> {
  const request = multipart(bodies.map((body) => ({ body })));
  return await answerOf(await archive.fetch(path, { method: "POST", ...request }));
}

/** A blob's bytes. */
export async function bytesOf(archive: TestArchive, key: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await archive.blobs.open(key)).arrayBuffer());
}

/** Instances of one series, numbered from 0. */
export function numbered(count: number, options: CtOptions = {}): Uint8Array[] {
  return Array.from(
    { length: count },
    (_, n) => ctInstance({ ...options, sopInstanceUID: `1.2.3.${n}`, instanceNumber: n }),
  );
}

/**
 * Everything that an archive answers, so that two states of it can be held against each other.
 * @module
 */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { inTurns } from "../../server/services/turns.ts";

/** Requests at once. */
const AT_ONCE = 8;

/** What a server answers about all of an archive. */
export interface Answers {
  /** Rows of QIDO with every attribute, in their order, without the server's own address. */
  readonly studies: readonly unknown[];
  readonly series: readonly unknown[];
  readonly instances: readonly unknown[];
  /** Metadata by path of the study. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** SHA-256 of the stored bytes by path of the instance. */
  readonly bytes: Readonly<Record<string, string>>;
}

type Row = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

/** Asks for everything; the DICOMweb root is of an archive with at most 10,000 instances. */
export async function answersOf(root: string): Promise<Answers> {
  const search = (path: string) => json(root, `${path}?limit=10000&includefield=all`);
  const [studies, series, instances] = await Promise.all([
    search("/studies"),
    search("/series"),
    search("/instances"),
  ]);
  const metadata: Record<string, unknown> = {};
  await inTurns(studies, AT_ONCE, async (study) => {
    const path = `/studies/${text(study, "0020000D")}`;
    metadata[path] = sorted(await json(root, `${path}/metadata`));
  });
  const bytes: Record<string, string> = {};
  await inTurns(instances, AT_ONCE, async (row) => {
    const path = `/studies/${text(row, "0020000D")}/series/${text(row, "0020000E")}` +
      `/instances/${text(row, "00080018")}`;
    const response = await fetch(root + path, {
      headers: { Accept: "application/dicom; transfer-syntax=*" },
    });
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    bytes[path] = createHash("sha256").update(await response.bytes()).digest("hex");
  });
  return {
    studies: sorted(studies),
    series: sorted(series),
    instances: sorted(instances),
    metadata,
    bytes,
  };
}

async function json(root: string, path: string): Promise<Row[]> {
  const response = await fetch(root + path, { headers: { Accept: "application/dicom+json" } });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
  return JSON.parse(body.replaceAll(new URL(root).origin, ""));
}

function text(row: Row, tag: string): string {
  return String(row[tag]?.Value?.[0] ?? "");
}

/** What is alike in the order asked for comes in that of arrival, which an archive need not keep. */
function sorted(rows: readonly Row[]): readonly unknown[] {
  const key = (row: Row) =>
    ["0020000D", "0020000E", "00080018"].map((tag) => text(row, tag)).join();
  return rows.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
}

/** Holds answers against each other one by one, so that what differs is shown alone. */
export function assertSameAnswers(actual: Answers, expected: Answers): void {
  for (const part of ["studies", "series", "instances", "metadata", "bytes"] as const) {
    const [now, before] = [Object.entries(actual[part]), Object.entries(expected[part])];
    assertEquals(now.length, before.length, part);
    const others = new Map(now);
    for (const [key, value] of before) assertEquals(others.get(key), value, `${part} ${key}`);
  }
}

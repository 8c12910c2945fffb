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

/** Asks for everything, with an API key where one is needed; the DICOMweb root is of an archive with at most 10,000 instances. */
export async function answersOf(root: string, key?: string): Promise<Answers> {
  const ask = (path: string, accept: string) => get(`${root}${path}`, accept, key);
  const json = async (path: string): Promise<Row[]> =>
    JSON.parse((await (await ask(path, "application/dicom+json")).text())
      .replaceAll(new URL(root).origin, ""));
  const search = (path: string) => json(`${path}?limit=10000&includefield=all`);
  const [studies, series, instances] = await Promise.all([
    search("/studies"),
    search("/series"),
    search("/instances"),
  ]);
  const metadata: Record<string, unknown> = {};
  await inTurns(studies, AT_ONCE, async (study) => {
    const path = `/studies/${text(study, "0020000D")}`;
    metadata[path] = sorted(await json(`${path}/metadata`));
  });
  const bytes: Record<string, string> = {};
  await inTurns(instances, AT_ONCE, async (row) => {
    const path = `/studies/${text(row, "0020000D")}/series/${text(row, "0020000E")}` +
      `/instances/${text(row, "00080018")}`;
    const response = await ask(path, "application/dicom; transfer-syntax=*");
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

async function get(url: string, accept: string, key: string | undefined): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept };
  if (key !== undefined) headers.Authorization = `Bearer ${key}`;
  const response = await fetch(url, { headers });
  if (response.status === 200) return response;
  throw new Error(`${new URL(url).pathname}: ${response.status} ${await response.text()}`);
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

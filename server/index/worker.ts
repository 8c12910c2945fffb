/**
 * A thread that owns one connection: libSQL's calls block the thread they are made on.
 * @module
 */
import Database from "libsql";
import type {
  Answer,
  ItemResult,
  Request,
  Rows,
  SqlValue,
  Statement,
  WireItem,
} from "./messages.ts";
import { isPresent, SCRIPTS } from "./schema_version.ts";

/** The part of the global scope of a worker that is used here. */
declare const self: {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  close(): void;
};

/** Prepared statements that are kept; the shapes of searches are many but not unbounded in use. */
const STATEMENTS_KEPT = 500;

type Prepared = Database.Statement<unknown[]>;

let database: Database.Database | undefined;
const prepared = new Map<string, Prepared>();

self.onmessage = ({ data: request }) => {
  try {
    answer(request);
  } catch (error) {
    self.postMessage({ id: request.id, error: messageOf(error) });
  }
};

function answer(request: Request): void {
  switch (request.kind) {
    case "open":
      return self.postMessage({
        id: request.id,
        result: open(request.path, request.role, request.timeout),
      });
    case "open replica":
      // Not in the types of the package, though in its description.
      database = new Database(
        request.path,
        { syncUrl: request.url, authToken: request.token ?? "" } as Database.Options,
      );
      return self.postMessage({ id: request.id, result: null });
    case "sync":
      database?.sync();
      return self.postMessage({ id: request.id, result: null });
    case "value": {
      const row = prepare(request.sql).get(request.parameters) as SqlValue[] | undefined;
      return self.postMessage({ id: request.id, result: row?.[0] ?? null });
    }
    case "rows": {
      const statement = prepare(request.sql);
      const rows = statement.all(request.parameters) as SqlValue[][];
      const columns = statement.columns().map((column) => column.name);
      const result: Rows = { columns, rows };
      return self.postMessage({ id: request.id, result }, buffersOf(rows));
    }
    case "write": {
      const items = JSON.parse(request.items) as WireItem[];
      return self.postMessage({
        id: request.id,
        result: write(request.programs, items, request.bytes),
      });
    }
    case "close":
      database?.close();
      self.postMessage({ id: request.id, result: null });
      return self.close();
  }
}

/** Opens the file; false where it lacks the present schema, which only the writer gives it. */
function open(path: string, role: "reader" | "writer", timeout: number): boolean {
  database = new Database(path, { timeout });
  // 32 MiB, in KiB: the inner pages of the indexes of a large archive.
  database.exec("PRAGMA cache_size = -32768");
  const present = isPresent(versionOf(database));
  if (role === "reader") {
    database.exec("PRAGMA query_only = ON");
    return present;
  }
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  migrate(database);
  return true;
}

function versionOf(opened: Database.Database): number {
  const [version] = opened.prepare("PRAGMA user_version").raw().get([]) as [number];
  return version;
}

function migrate(opened: Database.Database): void {
  if (isPresent(versionOf(opened))) return;
  opened.exec("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have migrated in between.
    for (const script of SCRIPTS.slice(versionOf(opened))) opened.exec(script);
    opened.exec(`PRAGMA user_version = ${SCRIPTS.length}`);
    opened.exec("COMMIT");
  } catch (error) {
    opened.exec("ROLLBACK");
    throw error;
  }
}

function prepare(sql: string): Prepared {
  const found = prepared.get(sql);
  if (found !== undefined) return found;
  if (database === undefined) throw new Error("The index is not open");
  const statement = database.prepare(sql);
  if (returnsRows(statement)) statement.raw();
  if (prepared.size >= STATEMENTS_KEPT) {
    const oldest = prepared.keys().next();
    if (!oldest.done) prepared.delete(oldest.value);
  }
  prepared.set(sql, statement);
  return statement;
}

function returnsRows(statement: Prepared): boolean {
  return statement.columns().length > 0;
}

function write(
  programs: readonly (readonly Statement[])[],
  items: readonly WireItem[],
  bytes: Uint8Array,
): ItemResult[] {
  if (database === undefined) throw new Error("The index is not open");
  database.exec("BEGIN IMMEDIATE");
  try {
    const results = items.map((item) => apply(programs[item[0]] ?? [], item, bytes));
    database.exec("COMMIT");
    return results;
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function apply(program: readonly Statement[], item: WireItem, bytes: Uint8Array): ItemResult {
  const [, values, blobs] = item;
  const all: Record<string, SqlValue> = { ...values };
  for (const [name, offset, length] of blobs) all[name] = bytes.subarray(offset, offset + length);
  database?.exec("SAVEPOINT item");
  try {
    const rows: SqlValue[][][] = [];
    let skipped = 0;
    for (const { sql, names, returns, skips } of program) {
      if (skipped > 0) {
        skipped--;
        continue;
      }
      const parameters = names.map((name) => all[name] ?? null);
      if (returns) rows.push(prepare(sql).all(parameters) as SqlValue[][]);
      else if (skips === 0) prepare(sql).run(parameters);
      else if (prepare(sql).get(parameters) !== undefined) skipped = skips;
    }
    database?.exec("RELEASE item");
    return { rows };
  } catch (error) {
    // Some failures (a full disk) end the whole transaction: then there is nothing to go back to.
    if (!database?.inTransaction) throw error;
    database.exec("ROLLBACK TO item");
    database.exec("RELEASE item");
    return { error: messageOf(error) };
  }
}

/** Buffers that may be handed over: those of which a value is the whole. */
function buffersOf(rows: readonly (readonly SqlValue[])[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const row of rows) {
    for (const value of row) {
      if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) continue;
      if (value.byteLength === value.buffer.byteLength) buffers.push(value.buffer);
    }
  }
  return buffers;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What the servers of an installation agree on through the index.
 * @module
 */
import type { Reader, Writer } from "./connection.ts";
import type { Index } from "./index.ts";
import { statement } from "./statement.ts";

/** The part of the index that keeps secrets and leases. */
export function sharedState(reader: Reader, writer: Writer): Pick<Index, "secret" | "lease"> {
  return {
    async secret(name, make) {
      const found = await reader.value("SELECT value FROM secrets WHERE name = ?", [name]);
      if (found instanceof Uint8Array) return found;
      const blobs = { value: make() };
      const [rows] = await writer.submit({
        program: SECRET,
        values: { name },
        blobs,
        repeatable: true,
      });
      return rows?.[0]?.[0] as Uint8Array;
    },
    async lease(name, holder, milliseconds) {
      const values = { name, holder, seconds: milliseconds / 1000 };
      const [rows] = await writer.submit({ program: LEASE, values, blobs: {}, repeatable: true });
      return rows?.[0]?.[0] === holder;
    },
  };
}

/** Whoever comes first makes it; all are given the same. */
const SECRET = [
  statement("INSERT INTO secrets (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"),
  statement("SELECT value FROM secrets WHERE name = :name", { returns: true }),
];

/** By the clock of the database alone: those of its users need not agree. */
const LEASE = [
  statement(`INSERT INTO leases (name, holder, until)
    VALUES (:name, :holder, unixepoch('subsec') + :seconds)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE holder = excluded.holder OR until <= unixepoch('subsec')`),
  statement("SELECT holder FROM leases WHERE name = :name", { returns: true }),
];

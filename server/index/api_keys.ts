/**
 * API keys as rows.
 * @module
 */
import type { Kysely } from "kysely";
import type { Index } from "./index.ts";
import type { Schema } from "./schema.ts";

/** The part of the index that keeps API keys. */
export function apiKeys(db: Kysely<Schema>): Pick<Index, "addKey" | "keys" | "revokeKey"> {
  return {
    async addKey(key) {
      await db.insertInto("api_keys").values({
        id: key.id,
        name: key.name,
        hash: key.hash,
        scopes: key.scopes.join(" "),
        created_at: key.createdAt,
        revoked_at: key.revokedAt ?? null,
      }).onConflict((conflict) => conflict.doNothing()).execute();
    },
    async keys() {
      const rows = await db.selectFrom("api_keys").selectAll().orderBy("created_at").orderBy("id")
        .execute();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        hash: row.hash,
        scopes: row.scopes.split(" ").filter((scope) => scope !== ""),
        createdAt: row.created_at,
        revokedAt: row.revoked_at ?? undefined,
      }));
    },
    async revokeKey(id, at) {
      const result = await db.updateTable("api_keys").set({ revoked_at: at })
        .where("id", "=", id).where((is) =>
          is.or([is("revoked_at", "is", null), is("revoked_at", "=", at)])
        )
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

/**
 * Which record beside the blobs says of a tombstone that it was made, so that an index that is lost
 * can be rebuilt without bringing back what was deleted.
 *
 * A tombstone without a record waits for one. A record that names a blob which has no tombstone any
 * more is stale: it goes, and what else it named waits for a new one. So is one that is not yet
 * whole; once condemned it never will be, and whoever writes it has to write another.
 * @module
 */

/** Never changed once released: a later schema is a later migration. */
export const removalRecords = `
ALTER TABLE tombstones ADD COLUMN record TEXT NOT NULL DEFAULT '';
CREATE INDEX tombstones_of_record ON tombstones (record);
CREATE TABLE stale_records (
  key TEXT PRIMARY KEY,
  condemned INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tombstones_removed AFTER DELETE ON tombstones WHEN OLD.record <> '' BEGIN
  INSERT INTO stale_records (key) VALUES (OLD.record) ON CONFLICT DO NOTHING;
  UPDATE tombstones SET record = '' WHERE record = OLD.record;
END;
`;

/**
 * What an archive holds, counted as it comes and goes: a sum over a million rows would take a second
 * each time that somebody looks.
 * @module
 */

/** Never changed once released: a later schema is a later migration. */
export const totals = `
ALTER TABLE archives ADD COLUMN studies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE archives ADD COLUMN series INTEGER NOT NULL DEFAULT 0;
ALTER TABLE archives ADD COLUMN instances INTEGER NOT NULL DEFAULT 0;
ALTER TABLE archives ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE archives SET
  studies = (SELECT count(*) FROM studies WHERE archive_id = archives.id),
  series = (SELECT count(*) FROM series WHERE archive_id = archives.id),
  instances = (SELECT count(*) FROM instances WHERE archive_id = archives.id),
  bytes = (SELECT ifnull(sum(size), 0) FROM instances WHERE archive_id = archives.id);

CREATE TRIGGER studies_counted AFTER INSERT ON studies BEGIN
  UPDATE archives SET studies = studies + 1 WHERE id = NEW.archive_id;
END;
CREATE TRIGGER studies_discounted AFTER DELETE ON studies BEGIN
  UPDATE archives SET studies = studies - 1 WHERE id = OLD.archive_id;
END;
CREATE TRIGGER series_counted AFTER INSERT ON series BEGIN
  UPDATE archives SET series = series + 1 WHERE id = NEW.archive_id;
END;
CREATE TRIGGER series_discounted AFTER DELETE ON series BEGIN
  UPDATE archives SET series = series - 1 WHERE id = OLD.archive_id;
END;
CREATE TRIGGER instances_counted AFTER INSERT ON instances BEGIN
  UPDATE archives SET instances = instances + 1, bytes = bytes + NEW.size
    WHERE id = NEW.archive_id;
END;
CREATE TRIGGER instances_discounted AFTER DELETE ON instances BEGIN
  UPDATE archives SET instances = instances - 1, bytes = bytes - OLD.size
    WHERE id = OLD.archive_id;
END;
`;

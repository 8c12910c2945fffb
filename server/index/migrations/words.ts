/**
 * One text for each study in which a person's words are looked for (lib/query/words.ts), and its
 * trigrams. Studies that were there before get theirs without the rules that SQL does not have: the
 * trigrams themselves leave out case and accents.
 * @module
 */

/** Never changed once released: a later schema is a later migration. */
export const words = `
ALTER TABLE studies ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE studies SET words = upper(replace(PatientName_key, '^', ' ') || char(10)
  || replace(PatientName_key, '^', '') || char(10) || PatientID || char(10)
  || AccessionNumber || char(10) || StudyDescription);

CREATE VIRTUAL TABLE study_words USING fts5 (
  words, content = '', contentless_delete = 1,
  tokenize = 'trigram case_sensitive 0 remove_diacritics 1'
);
INSERT INTO study_words (rowid, words) SELECT id, words FROM studies;

CREATE TRIGGER study_words_added AFTER INSERT ON studies BEGIN
  INSERT INTO study_words (rowid, words) VALUES (NEW.id, NEW.words);
END;
CREATE TRIGGER study_words_removed AFTER DELETE ON studies BEGIN
  DELETE FROM study_words WHERE rowid = OLD.id;
END;
`;

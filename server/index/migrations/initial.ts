/**
 * The first schema. Rules that hold for every table here:
 * - text that is absent or empty is `''`, so that keys compare and page without three-valued logic;
 * - a column `X_key` is `X` in the form in which it is compared and ordered (server/index/keys.ts);
 *   where that form is the value itself there is no second column;
 * - the archive comes first in every index of a searched table, the row's id is its implicit end;
 * - what depends on other rows (counts, modalities, revisions, the feed) is kept by triggers, so that
 *   a store is a fixed list of statements.
 *
 * Patients' attributes are repeated in `studies`: a search for studies by patient then walks one index.
 * @module
 */

/** Never changed once released: a later schema is a later migration. */
export const initial = `
CREATE TABLE archives (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE patients (
  id INTEGER PRIMARY KEY,
  archive_id INTEGER NOT NULL,
  unidentified TEXT NOT NULL,
  PatientName TEXT NOT NULL,
  PatientName_key TEXT NOT NULL,
  PatientID TEXT NOT NULL,
  IssuerOfPatientID TEXT NOT NULL,
  PatientBirthDate TEXT NOT NULL,
  PatientBirthDate_key TEXT NOT NULL,
  PatientBirthTime TEXT NOT NULL,
  PatientBirthTime_key TEXT NOT NULL,
  PatientSex TEXT NOT NULL,
  NumberOfPatientRelatedStudies INTEGER NOT NULL DEFAULT 0,
  NumberOfPatientRelatedSeries INTEGER NOT NULL DEFAULT 0,
  NumberOfPatientRelatedInstances INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX patients_identity
  ON patients (archive_id, PatientID, IssuerOfPatientID, unidentified);
CREATE INDEX patients_PatientName ON patients (archive_id, PatientName_key);
CREATE INDEX patients_PatientID ON patients (archive_id, PatientID);
CREATE INDEX patients_IssuerOfPatientID ON patients (archive_id, IssuerOfPatientID);
CREATE INDEX patients_PatientBirthDate ON patients (archive_id, PatientBirthDate_key);
CREATE INDEX patients_PatientBirthTime ON patients (archive_id, PatientBirthTime_key);
CREATE INDEX patients_PatientSex ON patients (archive_id, PatientSex);

CREATE TABLE studies (
  id INTEGER PRIMARY KEY,
  archive_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  PatientName TEXT NOT NULL,
  PatientName_key TEXT NOT NULL,
  PatientID TEXT NOT NULL,
  IssuerOfPatientID TEXT NOT NULL,
  PatientBirthDate TEXT NOT NULL,
  PatientBirthDate_key TEXT NOT NULL,
  PatientBirthTime TEXT NOT NULL,
  PatientBirthTime_key TEXT NOT NULL,
  PatientSex TEXT NOT NULL,
  StudyDate TEXT NOT NULL,
  StudyDate_key TEXT NOT NULL,
  StudyTime TEXT NOT NULL,
  StudyTime_key TEXT NOT NULL,
  AccessionNumber TEXT NOT NULL,
  ModalitiesInStudy TEXT NOT NULL DEFAULT '',
  ReferringPhysicianName TEXT NOT NULL,
  ReferringPhysicianName_key TEXT NOT NULL,
  TimezoneOffsetFromUTC TEXT NOT NULL,
  StudyDescription TEXT NOT NULL,
  StudyInstanceUID TEXT NOT NULL,
  StudyID TEXT NOT NULL,
  NumberOfStudyRelatedSeries INTEGER NOT NULL DEFAULT 0,
  NumberOfStudyRelatedInstances INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX studies_StudyInstanceUID ON studies (archive_id, StudyInstanceUID);
CREATE INDEX studies_of_patient ON studies (patient_id);
CREATE INDEX studies_PatientName ON studies (archive_id, PatientName_key);
CREATE INDEX studies_PatientID ON studies (archive_id, PatientID);
CREATE INDEX studies_IssuerOfPatientID ON studies (archive_id, IssuerOfPatientID);
CREATE INDEX studies_PatientBirthDate ON studies (archive_id, PatientBirthDate_key);
CREATE INDEX studies_PatientBirthTime ON studies (archive_id, PatientBirthTime_key);
CREATE INDEX studies_PatientSex ON studies (archive_id, PatientSex);
CREATE INDEX studies_StudyDate ON studies (archive_id, StudyDate_key, StudyTime_key);
CREATE INDEX studies_StudyTime ON studies (archive_id, StudyTime_key);
CREATE INDEX studies_AccessionNumber ON studies (archive_id, AccessionNumber);
CREATE INDEX studies_ReferringPhysicianName ON studies (archive_id, ReferringPhysicianName_key);
CREATE INDEX studies_StudyDescription ON studies (archive_id, StudyDescription);
CREATE INDEX studies_StudyID ON studies (archive_id, StudyID);

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  archive_id INTEGER NOT NULL,
  study_id INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  SeriesDate TEXT NOT NULL,
  SeriesDate_key TEXT NOT NULL,
  SeriesTime TEXT NOT NULL,
  SeriesTime_key TEXT NOT NULL,
  Modality TEXT NOT NULL,
  InstitutionName TEXT NOT NULL,
  StationName TEXT NOT NULL,
  SeriesDescription TEXT NOT NULL,
  BodyPartExamined TEXT NOT NULL,
  ProtocolName TEXT NOT NULL,
  SeriesInstanceUID TEXT NOT NULL,
  SeriesNumber TEXT NOT NULL,
  SeriesNumber_key TEXT NOT NULL,
  NumberOfSeriesRelatedInstances INTEGER NOT NULL DEFAULT 0,
  PerformedProcedureStepStartDate TEXT NOT NULL,
  PerformedProcedureStepStartDate_key TEXT NOT NULL,
  PerformedProcedureStepStartTime TEXT NOT NULL,
  PerformedProcedureStepStartTime_key TEXT NOT NULL,
  ScheduledProcedureStepID TEXT NOT NULL,
  RequestedProcedureID TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX series_identity ON series (archive_id, study_id, SeriesInstanceUID);
CREATE INDEX series_SeriesInstanceUID ON series (archive_id, SeriesInstanceUID);
CREATE INDEX series_of_study ON series (study_id, SeriesNumber_key);
CREATE INDEX series_SeriesDate ON series (archive_id, SeriesDate_key);
CREATE INDEX series_SeriesTime ON series (archive_id, SeriesTime_key);
CREATE INDEX series_Modality ON series (archive_id, Modality);
CREATE INDEX series_InstitutionName ON series (archive_id, InstitutionName);
CREATE INDEX series_StationName ON series (archive_id, StationName);
CREATE INDEX series_SeriesDescription ON series (archive_id, SeriesDescription);
CREATE INDEX series_BodyPartExamined ON series (archive_id, BodyPartExamined);
CREATE INDEX series_ProtocolName ON series (archive_id, ProtocolName);
CREATE INDEX series_SeriesNumber ON series (archive_id, SeriesNumber_key);
CREATE INDEX series_PerformedProcedureStepStartDate
  ON series (archive_id, PerformedProcedureStepStartDate_key);
CREATE INDEX series_PerformedProcedureStepStartTime
  ON series (archive_id, PerformedProcedureStepStartTime_key);

CREATE TABLE instances (
  revision INTEGER PRIMARY KEY AUTOINCREMENT,
  archive_id INTEGER NOT NULL,
  study_id INTEGER NOT NULL,
  series_id INTEGER NOT NULL,
  SOPClassUID TEXT NOT NULL,
  SOPInstanceUID TEXT NOT NULL,
  TransferSyntaxUID TEXT NOT NULL,
  InstanceNumber TEXT NOT NULL,
  InstanceNumber_key TEXT NOT NULL,
  NumberOfFrames TEXT NOT NULL,
  "Rows" TEXT NOT NULL,
  "Columns" TEXT NOT NULL,
  BitsAllocated TEXT NOT NULL,
  blob_key TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  data_set_offset INTEGER NOT NULL,
  prefix_digest TEXT NOT NULL,
  data_set_digest TEXT NOT NULL,
  header_version INTEGER NOT NULL,
  damage TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX instances_SOPInstanceUID ON instances (archive_id, SOPInstanceUID);
CREATE INDEX instances_of_series ON instances (series_id, InstanceNumber_key);
CREATE INDEX instances_SOPClassUID ON instances (archive_id, SOPClassUID);
CREATE INDEX instances_InstanceNumber ON instances (archive_id, InstanceNumber_key);

CREATE TABLE headers (
  revision INTEGER PRIMARY KEY,
  pieces BLOB NOT NULL,
  places BLOB NOT NULL
) STRICT;

CREATE TABLE terms (
  archive_id INTEGER NOT NULL,
  field TEXT NOT NULL,
  term TEXT NOT NULL,
  owner INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  PRIMARY KEY (archive_id, field, term, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX terms_of_owner ON terms (field, owner, term);

CREATE VIRTUAL TABLE patient_text USING fts5 (
  PatientName, PatientID, IssuerOfPatientID, PatientSex,
  content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE study_text USING fts5 (
  PatientName, PatientID, IssuerOfPatientID, PatientSex, AccessionNumber, ReferringPhysicianName,
  StudyDescription, StudyID,
  content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE series_text USING fts5 (
  Modality, InstitutionName, StationName, SeriesDescription, BodyPartExamined, ProtocolName,
  ScheduledProcedureStepID, RequestedProcedureID,
  content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  archive_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  StudyInstanceUID TEXT NOT NULL,
  SeriesInstanceUID TEXT NOT NULL,
  SOPInstanceUID TEXT NOT NULL
) STRICT;
CREATE INDEX changes_of_archive ON changes (archive_id);

CREATE TABLE tombstones (
  revision INTEGER PRIMARY KEY,
  archive_id INTEGER NOT NULL,
  StudyInstanceUID TEXT NOT NULL,
  SeriesInstanceUID TEXT NOT NULL,
  SOPInstanceUID TEXT NOT NULL,
  SOPClassUID TEXT NOT NULL,
  TransferSyntaxUID TEXT NOT NULL,
  blob_key TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  data_set_offset INTEGER NOT NULL,
  prefix_digest TEXT NOT NULL,
  data_set_digest TEXT NOT NULL,
  removed_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  reaped INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tombstones_of_scope
  ON tombstones (archive_id, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID);
CREATE INDEX tombstones_to_reap ON tombstones (removed_at) WHERE reaped = 0;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TRIGGER patients_added AFTER INSERT ON patients BEGIN
  INSERT INTO patient_text (rowid, PatientName, PatientID, IssuerOfPatientID, PatientSex)
  VALUES (NEW.id, NEW.PatientName_key, NEW.PatientID, NEW.IssuerOfPatientID, NEW.PatientSex);
END;

CREATE TRIGGER patients_removed AFTER DELETE ON patients BEGIN
  DELETE FROM patient_text WHERE rowid = OLD.id;
  DELETE FROM terms
    WHERE field IN ('patient.PatientName', 'patient.PatientName.part') AND owner = OLD.id;
END;

CREATE TRIGGER studies_added AFTER INSERT ON studies BEGIN
  INSERT INTO study_text (rowid, PatientName, PatientID, IssuerOfPatientID, PatientSex,
    AccessionNumber, ReferringPhysicianName, StudyDescription, StudyID)
  VALUES (NEW.id, NEW.PatientName_key, NEW.PatientID, NEW.IssuerOfPatientID, NEW.PatientSex,
    NEW.AccessionNumber, NEW.ReferringPhysicianName_key, NEW.StudyDescription, NEW.StudyID);
  UPDATE patients SET NumberOfPatientRelatedStudies = NumberOfPatientRelatedStudies + 1
    WHERE id = NEW.patient_id;
END;

CREATE TRIGGER studies_removed AFTER DELETE ON studies BEGIN
  DELETE FROM study_text WHERE rowid = OLD.id;
  DELETE FROM terms
    WHERE field IN ('study.PatientName', 'study.PatientName.part', 'study.ReferringPhysicianName',
      'study.ReferringPhysicianName.part', 'study.ModalitiesInStudy', 'study.SOPClassesInStudy')
    AND owner = OLD.id;
  UPDATE patients SET NumberOfPatientRelatedStudies = NumberOfPatientRelatedStudies - 1
    WHERE id = OLD.patient_id;
  DELETE FROM patients WHERE id = OLD.patient_id AND NumberOfPatientRelatedStudies = 0;
END;

CREATE TRIGGER series_added AFTER INSERT ON series BEGIN
  INSERT INTO series_text (rowid, Modality, InstitutionName, StationName, SeriesDescription,
    BodyPartExamined, ProtocolName, ScheduledProcedureStepID, RequestedProcedureID)
  VALUES (NEW.id, NEW.Modality, NEW.InstitutionName, NEW.StationName, NEW.SeriesDescription,
    NEW.BodyPartExamined, NEW.ProtocolName, NEW.ScheduledProcedureStepID, NEW.RequestedProcedureID);
  INSERT INTO terms (archive_id, field, term, owner, uses)
    SELECT NEW.archive_id, 'study.ModalitiesInStudy', NEW.Modality, NEW.study_id, 1
    WHERE NEW.Modality <> ''
    ON CONFLICT DO UPDATE SET uses = uses + 1;
  UPDATE studies SET
    NumberOfStudyRelatedSeries = NumberOfStudyRelatedSeries + 1,
    ModalitiesInStudy = (SELECT ifnull(group_concat(term, '\\'), '') FROM terms
      WHERE field = 'study.ModalitiesInStudy' AND owner = NEW.study_id)
    WHERE id = NEW.study_id;
  UPDATE patients SET NumberOfPatientRelatedSeries = NumberOfPatientRelatedSeries + 1
    WHERE id = (SELECT patient_id FROM studies WHERE id = NEW.study_id);
END;

CREATE TRIGGER series_removed AFTER DELETE ON series BEGIN
  DELETE FROM series_text WHERE rowid = OLD.id;
  DELETE FROM terms
    WHERE field IN ('series.ScheduledProcedureStepID', 'series.RequestedProcedureID')
    AND owner = OLD.id;
  UPDATE terms SET uses = uses - 1
    WHERE archive_id = OLD.archive_id AND field = 'study.ModalitiesInStudy'
    AND term = OLD.Modality AND owner = OLD.study_id;
  DELETE FROM terms
    WHERE archive_id = OLD.archive_id AND field = 'study.ModalitiesInStudy'
    AND term = OLD.Modality AND owner = OLD.study_id AND uses = 0;
  UPDATE patients SET NumberOfPatientRelatedSeries = NumberOfPatientRelatedSeries - 1
    WHERE id = (SELECT patient_id FROM studies WHERE id = OLD.study_id);
  UPDATE studies SET
    NumberOfStudyRelatedSeries = NumberOfStudyRelatedSeries - 1,
    ModalitiesInStudy = (SELECT ifnull(group_concat(term, '\\'), '') FROM terms
      WHERE field = 'study.ModalitiesInStudy' AND owner = OLD.study_id)
    WHERE id = OLD.study_id;
  DELETE FROM studies WHERE id = OLD.study_id AND NumberOfStudyRelatedSeries = 0;
END;

CREATE TRIGGER instances_added AFTER INSERT ON instances BEGIN
  SELECT raise(ABORT, 'The blob is given up') FROM tombstones
    WHERE blob_key = NEW.blob_key AND reaped = 1;
  DELETE FROM tombstones WHERE blob_key = NEW.blob_key;
  INSERT INTO changes (archive_id, kind, revision, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID)
    SELECT NEW.archive_id, 'added', NEW.revision, studies.StudyInstanceUID,
      series.SeriesInstanceUID, NEW.SOPInstanceUID
    FROM series CROSS JOIN studies ON studies.id = series.study_id WHERE series.id = NEW.series_id;
  INSERT INTO terms (archive_id, field, term, owner, uses)
    VALUES (NEW.archive_id, 'study.SOPClassesInStudy', NEW.SOPClassUID, NEW.study_id, 1)
    ON CONFLICT DO UPDATE SET uses = uses + 1;
  UPDATE series SET
    NumberOfSeriesRelatedInstances = NumberOfSeriesRelatedInstances + 1,
    revision = (SELECT max(id) FROM changes)
    WHERE id = NEW.series_id;
  UPDATE studies SET
    NumberOfStudyRelatedInstances = NumberOfStudyRelatedInstances + 1,
    revision = (SELECT max(id) FROM changes)
    WHERE id = NEW.study_id;
  UPDATE patients SET NumberOfPatientRelatedInstances = NumberOfPatientRelatedInstances + 1
    WHERE id = (SELECT patient_id FROM studies WHERE id = NEW.study_id);
END;

CREATE TRIGGER instances_removed AFTER DELETE ON instances BEGIN
  DELETE FROM headers WHERE revision = OLD.revision;
  INSERT INTO changes (archive_id, kind, revision, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID)
    SELECT OLD.archive_id, 'removed', OLD.revision, studies.StudyInstanceUID,
      series.SeriesInstanceUID, OLD.SOPInstanceUID
    FROM series CROSS JOIN studies ON studies.id = series.study_id WHERE series.id = OLD.series_id;
  UPDATE terms SET uses = uses - 1
    WHERE archive_id = OLD.archive_id AND field = 'study.SOPClassesInStudy'
    AND term = OLD.SOPClassUID AND owner = OLD.study_id;
  DELETE FROM terms
    WHERE archive_id = OLD.archive_id AND field = 'study.SOPClassesInStudy'
    AND term = OLD.SOPClassUID AND owner = OLD.study_id AND uses = 0;
  UPDATE patients SET NumberOfPatientRelatedInstances = NumberOfPatientRelatedInstances - 1
    WHERE id = (SELECT patient_id FROM studies WHERE id = OLD.study_id);
  UPDATE studies SET
    NumberOfStudyRelatedInstances = NumberOfStudyRelatedInstances - 1,
    revision = (SELECT max(id) FROM changes)
    WHERE id = OLD.study_id;
  UPDATE series SET
    NumberOfSeriesRelatedInstances = NumberOfSeriesRelatedInstances - 1,
    revision = (SELECT max(id) FROM changes)
    WHERE id = OLD.series_id;
  DELETE FROM series WHERE id = OLD.series_id AND NumberOfSeriesRelatedInstances = 0;
END;
`;

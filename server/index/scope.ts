/**
 * The rows of a scope: one join that starts at the deepest identifier given.
 * @module
 */
import type { Scope } from "./index.ts";

/** A part of a statement, its parameters as `:name` of the scope's values. */
export interface ScopeJoin {
  /** Tables from `archive` down to `instance`, or only down to `level`. */
  readonly from: string;
  readonly where: string;
  readonly level: "archive" | "study" | "series" | "instance";
}

/** Tables and conditions of the instances of a scope. */
export function instancesOf(scope: Scope): ScopeJoin {
  const own = entityOf(scope);
  switch (own.level) {
    case "archive":
      return { ...own, from: `${own.from} ${ALL_STUDIES} ${SERIES} ${INSTANCES}` };
    case "study":
      return { ...own, from: `${own.from} ${SERIES} ${INSTANCES}` };
    case "series":
      return { ...own, from: `${own.from} ${INSTANCES}` };
    case "instance":
      return own;
  }
}

/** Tables and conditions of the study, series or instance that a scope names. */
export function entityOf(scope: Scope): ScopeJoin {
  const conditions = ["archive.name = :archive"];
  if (scope.StudyInstanceUID !== undefined) {
    conditions.push("study.StudyInstanceUID = :StudyInstanceUID");
  }
  if (scope.SeriesInstanceUID !== undefined) {
    conditions.push("series.SeriesInstanceUID = :SeriesInstanceUID");
  }
  if (scope.SOPInstanceUID !== undefined) {
    conditions.push("instance.SOPInstanceUID = :SOPInstanceUID");
  }
  const where = conditions.join(" AND ");
  if (scope.SOPInstanceUID !== undefined) {
    const from = `${ARCHIVE} CROSS JOIN instances AS instance ON instance.archive_id = archive.id
      CROSS JOIN series ON series.id = instance.series_id ${STUDY_OF_SERIES}`;
    return { level: "instance", from, where };
  }
  if (scope.SeriesInstanceUID !== undefined) {
    const from =
      `${ARCHIVE} CROSS JOIN series ON series.archive_id = archive.id ${STUDY_OF_SERIES}`;
    return { level: "series", from, where };
  }
  if (scope.StudyInstanceUID !== undefined) {
    return { level: "study", from: `${ARCHIVE} ${STUDIES}`, where };
  }
  return { level: "archive", from: ARCHIVE, where };
}

/** Conditions for the tombstones of a scope, each beginning with AND. */
export function tombstoneScope(scope: Scope): string {
  const uids = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"] as const;
  return uids.filter((uid) => scope[uid] !== undefined)
    .map((uid) => `AND tombstones.${uid} = :${uid}`).join(" ");
}

const ARCHIVE = "archives AS archive";
const STUDIES = "CROSS JOIN studies AS study ON study.archive_id = archive.id";
// The plus keeps the planner from an index of the archive: these come in the order of their ids.
const ALL_STUDIES = "CROSS JOIN studies AS study ON +study.archive_id = archive.id";
const STUDY_OF_SERIES = "CROSS JOIN studies AS study ON study.id = series.study_id";
const SERIES = "CROSS JOIN series INDEXED BY series_of_study ON series.study_id = study.id";
const INSTANCES = `CROSS JOIN instances AS instance INDEXED BY instances_of_series
  ON instance.series_id = series.id`;

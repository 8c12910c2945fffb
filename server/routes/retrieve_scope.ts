/**
 * The study, series or instance that a URL names.
 * @module
 */
import type { Context } from "hono";
import { isUsableUID } from "../../lib/dicom/uids.ts";
import type { Env } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { Scope } from "../index/index.ts";

/** URL templates of the three levels (PS3.18 10.4.1.1.1). */
export const LEVELS = [
  "/studies/:study",
  "/studies/:study/series/:series",
  "/studies/:study/series/:series/instances/:instance",
] as const;

/** The template of an instance. */
export const INSTANCE = LEVELS[2];

/** The scope of a request. Throws Problem 400 for what cannot be a UID. */
export function scopeOf(c: Context<Env>): Scope {
  const study = uidOf(c, "study");
  const series = uidOf(c, "series");
  const instance = uidOf(c, "instance");
  return {
    ...(study === undefined ? {} : { StudyInstanceUID: study }),
    ...(series === undefined ? {} : { SeriesInstanceUID: series }),
    ...(instance === undefined ? {} : { SOPInstanceUID: instance }),
  };
}

/** The scope of a request whose template names an instance. Throws Problem 400 as scopeOf. */
export function instanceScopeOf(c: Context<Env>): Required<Scope> {
  const { StudyInstanceUID = "", SeriesInstanceUID = "", SOPInstanceUID = "" } = scopeOf(c);
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}

/** The UID that a part of the route's template names, where it has that part. Throws Problem 400. */
export function uidOf(c: Context<Env>, name: "study" | "series" | "instance"): string | undefined {
  const uid = c.req.param(name);
  if (uid !== undefined && !isUsableUID(uid)) {
    throw new Problem(400, "The URL holds something that is not a UID; check its path.");
  }
  return uid;
}

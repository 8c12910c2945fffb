/**
 * What programs get of an error, where a test mounts routes without the application round them.
 * @module
 */
import { problemOf, problemResponse } from "../../server/http/errors.ts";

/** The response to an error that a route threw. */
export function errorResponse(error: unknown, method = "GET"): Response {
  return problemResponse(problemOf(error, method));
}

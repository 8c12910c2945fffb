/**
 * The query parameter `anonymize` (PS3.18 9.4.1.2.1, and with the same meaning on WADO-RS).
 * @module
 */
import { DEFAULT_PROFILE } from "../../lib/config/deidentification.ts";
import { Problem } from "./problem.ts";
import { searchParamsOf } from "./search_params.ts";

/** Values that ask for the usual profile, and that ask for none. */
const USUAL = new Set(["true", "yes"]);
const NONE = new Set(["false", "no"]);

/**
 * The name of the profile by which a request wants its instances de-identified; undefined where it
 * does not. Throws Problem 400 where it names several.
 */
export function anonymizeOf(request: Request): string | undefined {
  const [value, ...more] = searchParamsOf(request).getAll("anonymize");
  if (more.length > 0) throw new Problem(400, "Name one value of anonymize.");
  if (value === undefined || NONE.has(value)) return undefined;
  return USUAL.has(value) ? DEFAULT_PROFILE : value;
}

/** Throws Problem 400: who asks for it relies on it, so that it must not be passed over. */
export function refuseAnonymize(request: Request): void {
  if (anonymizeOf(request) === undefined) return;
  throw new Problem(
    400,
    "Only instances as application/dicom are de-identified; leave out anonymize, or ask for them.",
  );
}

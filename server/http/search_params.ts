/**
 * The query of a request's URL.
 * @module
 */

/** The parameters after the question mark. The rest of the URL is not parsed: that takes longer. */
export function searchParamsOf({ url }: Request): URLSearchParams {
  const mark = url.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : url.slice(mark));
}

/**
 * The failure of a service that the server keeps its index or its objects with.
 * @module
 */

/** The variables that say where a service is. */
const PLACES = {
  "index": "GANTRY_INDEX_URL",
  "object store": "AWS_ENDPOINT_URL_S3",
} as const;

/**
 * A service cannot be reached, fails, or does not answer in time, and was asked again within a
 * bound: nobody's fault who is served, and it may pass by itself.
 */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  /** To the operator: what to look at. */
  readonly advice: string;
  constructor(readonly part: keyof typeof PLACES, options?: ErrorOptions) {
    super(`The ${part} is out of reach`, options);
    this.advice = `See that it runs, and that ${PLACES[part]} is right`;
  }
}

/**
 * The failure of a service that the server keeps its index or its objects with.
 * @module
 */

/**
 * A service cannot be reached, fails, or does not answer in time, and was asked again within a
 * bound: nobody's fault who is served, and it may pass by itself.
 */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  constructor(readonly part: "index" | "object store", options?: ErrorOptions) {
    super(`The ${part} is out of reach`, options);
  }
}

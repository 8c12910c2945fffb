/**
 * Who a request comes from, as far as fairness between clients goes.
 * @module
 */
import type { Context } from "hono";
import type { Client } from "../pixels/pixels.ts";
import type { Env } from "./context.ts";

/** The client of a request: one with an API key is the same from every address. */
export function clientOf(c: Context<Env>): Client {
  const request = c.req.raw;
  return { id: c.get("client"), request, signal: request.signal };
}

/**
 * Who a request comes from, as far as fairness between clients goes.
 * @module
 */
import type { Context } from "hono";
import type { Client } from "../pixels/pixels.ts";
import { keyOf } from "./auth.ts";
import type { Env } from "./context.ts";

/** The client of a request: one with an API key is the same from every address. */
export function clientOf(c: Context<Env>): Client {
  const request = c.req.raw;
  const address = c.env?.remoteAddr;
  const host = address !== undefined && "hostname" in address ? address.hostname : "";
  return { id: keyOf(request) ?? host, request, signal: request.signal };
}

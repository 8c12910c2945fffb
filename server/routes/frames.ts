/**
 * WADO-RS frames (PS3.18 10.4.1.1.6): `/frames/{list}` of an instance.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import { refuseAnonymize } from "../http/anonymize.ts";
import { clientOf } from "../http/client.ts";
import { acceptOf } from "../http/negotiate.ts";
import { Problem } from "../http/problem.ts";
import { representationResponse } from "../http/representation_response.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import { INSTANCE, instanceScopeOf } from "./retrieve_scope.ts";

/** Frames of one request: as many as a URL of 64 KB can name, with room. */
export const MAX_FRAMES = 10_000;

const NUMBER = /^[1-9][0-9]{0,9}$/;

/** One part a frame; one frame alone where a single media type is asked for. */
export function framesRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get(`${INSTANCE}/frames/:frames`, async (c) => {
    refuseAnonymize(c.req.raw);
    const frames = await service.frames(c.get("archive"), instanceScopeOf(c), {
      frames: parseFrames(c.req.param("frames")),
      ranges: acceptOf(c.req.raw),
    }, clientOf(c));
    return await representationResponse(c.req.raw, frames, c.get("base"));
  });
  return routes;
}

/** Frame numbers of a comma-separated list. Throws Problem 400. */
export function parseFrames(list: string): number[] {
  const entries = list.split(",").map((entry) => entry.trim());
  if (entries.length > MAX_FRAMES) {
    throw new Problem(400, `Ask for at most ${MAX_FRAMES} frames at a time.`);
  }
  return entries.map((entry) => {
    if (!NUMBER.test(entry)) {
      throw new Problem(400, "Frames are numbers from 1 on, separated by commas.");
    }
    return Number(entry);
  });
}

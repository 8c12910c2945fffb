/**
 * WADO-RS instances (PS3.18 10.4.1.1.1): all of a study or series, or one.
 * @module
 */
import { Hono } from "hono";
import type { Env } from "../http/context.ts";
import { anonymizeOf, refuseAnonymize } from "../http/anonymize.ts";
import { clientOf } from "../http/client.ts";
import { acceptOf } from "../http/negotiate.ts";
import { representationResponse } from "../http/representation_response.ts";
import { negotiateInstances } from "../http/wado_negotiate.ts";
import type { RetrieveService } from "../services/retrieve.ts";
import { INSTANCE, LEVELS, scopeOf } from "./retrieve_scope.ts";

/** `application/dicom`, multipart or for one instance alone, or `application/zip`; 404, 406, 410 as problems. */
export function retrieveRoutes(service: RetrieveService): Hono<Env> {
  const routes = new Hono<Env>();
  for (const level of LEVELS) {
    routes.get(level, async (c) => {
      const archive = c.get("archive");
      const scope = scopeOf(c);
      const ranges = acceptOf(c.req.raw);
      const client = clientOf(c);
      const choice = negotiateInstances(ranges, level === INSTANCE);
      if (choice.kind !== "instances") refuseAnonymize(c.req.raw);
      const found = choice.kind === "bulkdata"
        ? await service.bulkdata(archive, scope, { kind: "all" }, ranges, client)
        : choice.kind === "zip"
        ? await service.zip(archive, scope)
        : await service.instances(
          archive,
          scope,
          { ...choice, anonymize: anonymizeOf(c.req.raw) },
          client,
        );
      return await representationResponse(c.req.raw, found, c.get("base"));
    });
  }
  return routes;
}

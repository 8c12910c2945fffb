import { assert, assertEquals } from "@std/assert";
import { PROBLEM_TITLES } from "../../../server/http/errors.ts";
import { openapiPath } from "../../../server/routes/openapi.ts";
import { operationOf, routesIn } from "../../../server/routes/operations.ts";
import { multipart } from "../../support/archive.ts";
import { type ComposedServer, withComposed } from "../../support/composed_server.ts";
import { ctInstance } from "../../support/part10_builder.ts";

/** Objects all the way down; where there is a text, its reader says so. */
interface Json {
  readonly [name: string]: Json;
}

const METHODS = new Set(["get", "post", "put", "delete", "options", "head", "patch"]);

async function documentOf({ fetch }: ComposedServer): Promise<Json> {
  const response = await fetch("/openapi.json");
  assertEquals(response.headers.get("content-type"), "application/json");
  return await response.json();
}

/** What is wrong with a document's form (OpenAPI 3.1.0), a line each. */
function faultsOf(document: Json): string[] {
  const faults: string[] = [];
  const fault = (holds: boolean, what: string) => void (holds || faults.push(what));
  fault(/^3\.1\.\d+$/.test(String(document.openapi)), "version");
  const isText = (value: unknown) => typeof value === "string";
  fault(["title", "version"].every((name) => isText(document.info?.[name])), "info");
  const ids = new Set<string>();
  const resolve = (object: Json): Json | undefined => {
    const ref: unknown = object.$ref;
    if (typeof ref !== "string") return object;
    const way = ref.replace(/^#\//, "").split("/");
    const found = way.reduce<Json | undefined>((place, name) => place?.[name], document);
    fault(found !== undefined, `nothing at ${ref}`);
    return found;
  };
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("$ref" in value) resolve(value as Json);
    Object.values(value).forEach(visit);
  };
  visit(document);
  for (const [path, item] of Object.entries(document.paths as Json)) {
    fault(path.startsWith("/") && !/[:*]/.test(path), `path ${path}`);
    for (const [method, operation] of Object.entries(item)) {
      const where = `${method} ${path}`;
      fault(METHODS.has(method), where);
      const id = String(operation.operationId);
      fault(!ids.has(id), `${where}: operationId ${id} is there twice`);
      ids.add(id);
      const parameters = (operation.parameters as unknown as Json[]).map(resolve);
      const names = parameters.map((each) => `${each?.in} ${each?.name}`);
      fault(new Set(names).size === names.length, `${where}: a parameter is there twice`);
      fault(
        parameters.every((each) =>
          ["path", "query"].includes(String(each?.in)) && each?.schema !== undefined
        ),
        `${where}: a parameter without place or schema`,
      );
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((each) => String(each?.in) === "path");
      fault(
        declared.map((each) => each?.name).join() === inPath.join(),
        `${where}: path parameters`,
      );
      fault(declared.every((each) => Boolean(each?.required)), `${where}: required`);
      const responses = Object.entries(operation.responses as Json);
      fault(responses.length > 0, `${where}: no response`);
      for (const [status, response] of responses) {
        fault(/^[1-5]\d\d$/.test(status), `${where}: status ${status}`);
        fault(isText(resolve(response)?.description), `${where}: ${status}`);
      }
    }
  }
  return faults;
}

Deno.test("openapi: every route of the application is in it, and nothing else", async () => {
  await withComposed(async (server) => {
    const document = await documentOf(server);
    const written = Object.entries(document.paths as Json)
      .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`));
    const there = server.app.routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method.toLowerCase()} ${openapiPath(path)}`);
    assertEquals(written.sort(), [...new Set(there)].sort());
    assert(written.includes("get /dicomweb/studies/{study}/series/{series}/instances/{instance}"));
    // What is DICOMweb's is described, and not passed off as a page.
    for (const route of routesIn(server.app.routes)) {
      const isOurs = /^\/(dicomweb|aets|wado|healthz)/.test(route.path);
      const operation = operationOf(route);
      assert(operation !== undefined, route.path);
      assert(!isOurs || operation.gives.length > 0 || route.method === "DELETE", route.path);
    }
  });
});

Deno.test("openapi: is sound in its form, and a fault in it would be seen", async () => {
  await withComposed(async (server) => {
    const document = await documentOf(server);
    assertEquals(faultsOf(document), []);
    const text = JSON.stringify(document);
    const spoilt = [
      text.replace("#/components/parameters/limit", "#/components/parameters/limits"),
      text.replace('"/dicomweb/studies/{study}"', '"/dicomweb/studies/:study"'),
      text.replace('"operationId":"get-healthz"', '"operationId":"get-api"'),
      text.replace('"3.1.0"', '"2.0"'),
    ];
    for (const each of spoilt) assert(faultsOf(JSON.parse(each)).length > 0, each.slice(0, 80));
    const statuses = new Set(
      Object.values(document.paths as Json).flatMap((item) =>
        Object.values(item).flatMap(({ responses }) => Object.keys(responses as Json))
      ),
    );
    for (const status of statuses) {
      assert(/^[23]/.test(status) || status in PROBLEM_TITLES, `${status} has no title`);
    }
  });
});

const UIDS: Readonly<Record<string, string>> = {
  study: "1.2.826.0.1.3680043.10.1.1",
  series: "1.2.826.0.1.3680043.10.1.2",
  instance: "1.2.826.0.1.3680043.10.1.3",
  frames: "1",
  path: "7FE00010",
  AE: "GANTRY",
};

/** The media type of a request for one, as Accept has it. */
function acceptFor(type: string): string {
  return type === "multipart/related" ? "multipart/related" : type;
}

Deno.test("openapi: what is described is what happens: statuses and media types of every GET", async () => {
  await withComposed(async (server) => {
    const { headers, body } = multipart([{ body: ctInstance({ frames: 2 }) }]);
    const stored = await server.fetch("/dicomweb/studies", { method: "POST", headers, body });
    assertEquals(stored.status, 200, await stored.text());
    const wrong: string[] = [];
    for (const route of routesIn(server.app.routes)) {
      const operation = operationOf(route);
      const isPage = operation?.transaction === "Server";
      if (route.method !== "GET" || operation === undefined || isPage) continue;
      const path = openapiPath(route.path).replace(/\{(\w+)\}/g, (_, name) => UIDS[name] ?? "");
      const query = operation.transaction === "URI service"
        ? `?requestType=WADO&studyUID=${UIDS.study}&seriesUID=${UIDS.series}&objectUID=${UIDS.instance}`
        : "";
      const allowed = [...operation.success, ...operation.problems];
      let given = 0;
      for (const type of operation.gives) {
        const response = await server.fetch(path + query, { headers: { Accept: acceptFor(type) } });
        const got = response.headers.get("content-type")?.split(";")[0] ?? "";
        await response.body?.cancel();
        const isSuccess = response.status < 300;
        if (isSuccess) given++;
        const fits = isSuccess ? operation.gives.includes(got) : got === "application/problem+json";
        if (!allowed.includes(response.status) || !fits) {
          wrong.push(`${path} ${type}: ${response.status} ${got}`);
        }
        const isExact = ["Search", "Capabilities"].includes(operation.transaction) ||
          /metadata|thumbnail/.test(path);
        // JSON for parts of XML is given alone where there is one.
        if (isExact && !(isSuccess && (got === type || /xml/.test(type + got)))) {
          wrong.push(`${path} ${type}: not given, but ${response.status} ${got}`);
        }
      }
      if (given === 0) wrong.push(`${path}: nothing is given`);
      const unknown = path.replace(UIDS.study!, "1.2.3");
      if (unknown !== path && operation.transaction === "Retrieve") {
        const { status, body } = await server.fetch(unknown);
        await body?.cancel();
        if (status !== 404 || !operation.problems.includes(404)) {
          wrong.push(`${unknown}: ${status}`);
        }
      }
    }
    assertEquals(wrong, []);
  });
});

Deno.test("openapi: what is described is what happens: POST, DELETE and undelete", async () => {
  await withComposed(async (server) => {
    const document = await documentOf(server);
    const statusesOf = (path: string, method: string) =>
      Object.keys(((document.paths as Json)[path] as Json)[method]!.responses as Json);
    const { headers, body } = multipart([{ body: ctInstance() }]);
    const study = `/dicomweb/studies/${UIDS.study}`;
    const cases: readonly (readonly [string, string, string, RequestInit, number])[] = [
      ["/dicomweb/studies", "post", "/dicomweb/studies", { headers, body }, 200],
      ["/dicomweb/studies", "post", "/dicomweb/studies", { body: "x" }, 415],
      ["/dicomweb/studies/{study}", "post", "/dicomweb/studies/1.2.3", { headers, body }, 409],
      ["/dicomweb/studies/{study}", "delete", study, {}, 204],
      ["/dicomweb/studies/{study}", "delete", study, {}, 410],
      ["/dicomweb/studies/{study}", "delete", "/dicomweb/studies/1.2.3", {}, 404],
      ["/dicomweb/studies/{study}", "get", study, {}, 410],
      ["/dicomweb/studies/{study}/undelete", "post", `${study}/undelete`, {}, 200],
      ["/dicomweb", "options", "/dicomweb", {}, 200],
      ["/dicomweb", "options", "/dicomweb", { headers: { Accept: "a/b" } }, 406],
    ];
    for (const [template, method, path, init, status] of cases) {
      const response = await server.fetch(path, { method: method.toUpperCase(), ...init });
      await response.body?.cancel();
      assertEquals(response.status, status, `${method} ${path}`);
      const described = statusesOf(template, method);
      assert(described.includes(String(status)), `${method} ${template} does not name ${status}`);
    }
  });
});

/**
 * The description of the server in OpenAPI 3.1, made from the routes that there are.
 * @module
 */
import { PROBLEM_TITLES } from "../http/errors.ts";
import { requiredScope } from "../http/auth.ts";
import { type Operation, operationOf, type Route, routesIn } from "./operations.ts";
import type { QueryParameter, Schema } from "./parameters.ts";

/** Problems that any request may meet, whatever it asks for. */
export const COMMON_PROBLEMS = [401, 403, 421, 500, 503] as const;

/** What is said of parts of a path. */
const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  AE: "AE title that the archive is bound to.",
  study: "Study Instance UID.",
  series: "Series Instance UID.",
  instance: "SOP Instance UID.",
  frames: "Frame numbers from 1 on, separated by commas.",
  path: "Tag of a value, or tags and item numbers in turn, as a BulkDataURI has them.",
};

/** The document, as JSON.stringify takes it. */
export function openapi(routes: Iterable<Route>): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  const parameters: Record<string, Schema> = {};
  for (const route of routesIn(routes)) {
    const operation = operationOf(route);
    if (operation === undefined) throw new RangeError(`Nobody has described ${route.path}`);
    for (const parameter of operation.parameters) {
      parameters[parameter.name] = queryParameter(parameter);
    }
    const path = openapiPath(route.path);
    (paths[path] ??= {})[route.method.toLowerCase()] = operationObject(route, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Gantry",
      version: "1",
      summary: "DICOMweb: store, search, retrieve, render and delete DICOM objects",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "." }],
    tags: [...new Set(routesIn(routes).map((route) => operationOf(route)?.transaction))]
      .map((name) => ({ name })),
    paths,
    components: {
      parameters,
      responses: Object.fromEntries(problemResponses()),
      schemas: SCHEMAS,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "An API key; on loopback none is needed until the first is made. " +
            "A browser keeps it in a cookie, by /login.",
        },
      },
    },
  };
}

/** A template of Hono's as OpenAPI writes it. */
export function openapiPath(path: string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?\??/g, "{$1}").replace(/\*$/, "{rest}");
}

function operationObject({ method, path }: Route, operation: Operation): Schema {
  const { transaction, summary, clause, parameters, takes, success, problems, isOpen } = operation;
  const named = [...openapiPath(path).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...(PATH_PARAMETERS[name] === undefined ? {} : { description: PATH_PARAMETERS[name] }),
  }));
  const codes = new Set([...problems, ...COMMON_PROBLEMS]);
  return {
    operationId: operationId(method, path),
    summary,
    tags: [transaction],
    ...(clause === undefined ? {} : { description: `PS3.18 section ${clause}.` }),
    parameters: [
      ...named,
      ...parameters.map((each) => ({ $ref: `#/components/parameters/${each.name}` })),
    ],
    ...(takes.length === 0 ? {} : { requestBody: { required: true, content: contentOf(takes) } }),
    responses: {
      ...Object.fromEntries(success.map((status) => [status, successResponse(status, operation)])),
      ...Object.fromEntries(
        [...codes].map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
      ),
    },
    security: isOpen ? [] : [{ key: [requiredScope(method, path)] }, {}],
  };
}

function successResponse(status: number, { gives }: Operation): Schema {
  const description = SUCCESS[status] ?? "Done.";
  return gives.length === 0 || status === 204
    ? { description }
    : { description, content: contentOf(gives) };
}

const SUCCESS: Readonly<Record<number, string>> = {
  200: "All of what was asked for.",
  202: "Some instances are stored, with warnings or without others.",
  204: "Done.",
  303: "Done; what follows is at Location.",
  206: "A range, or what of it can be given as asked.",
};

function contentOf(mediaTypes: readonly string[]): Schema {
  return Object.fromEntries(mediaTypes.map((type) => [type, mediaTypeObject(type)]));
}

function mediaTypeObject(type: string): Schema {
  if (type === "application/dicom+json") {
    return {
      schema: {
        oneOf: [
          { type: "array", items: { $ref: "#/components/schemas/DataSet" } },
          { $ref: "#/components/schemas/DataSet" },
        ],
      },
    };
  }
  return {};
}

const SCHEMAS: Schema = {
  DataSet: {
    type: "object",
    description: "A DICOM JSON Model Object (PS3.18 F.2): attributes by tag.",
    patternProperties: { "^[0-9A-F]{8}$": { $ref: "#/components/schemas/Attribute" } },
    additionalProperties: false,
  },
  Attribute: {
    type: "object",
    required: ["vr"],
    properties: {
      vr: { type: "string", pattern: "^[A-Z]{2}$" },
      Value: { type: "array" },
      BulkDataURI: { type: "string" },
      InlineBinary: { type: "string" },
    },
    additionalProperties: false,
  },
  Problem: {
    type: "object",
    description: "Problem details (RFC 9457).",
    required: ["title", "status", "detail"],
    properties: {
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string", description: "What happened, and what to do." },
    },
  },
};

function* problemResponses(): Generator<readonly [string, Schema]> {
  for (const [status, description] of Object.entries(PROBLEM_TITLES)) {
    yield [`Problem${status}`, {
      description,
      content: {
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      },
    }];
  }
}

function queryParameter({ name, schema, description }: QueryParameter): Schema {
  return { name, in: "query", schema, description };
}

/** `get-dicomweb-studies-study-series`. */
function operationId(method: string, path: string): string {
  return [method.toLowerCase(), ...openapiPath(path).split(/[/{}.]+/)].filter((word) => word !== "")
    .join("-");
}

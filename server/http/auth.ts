/**
 * API keys of requests, and what each request needs a key for.
 * @module
 */
import type { KeyService } from "../services/keys.ts";
import type { Scope } from "./key_scopes.ts";
import { Problem } from "./problem.ts";

/** What checks keys. */
export type KeyVerifier = Pick<KeyService, "authenticate">;

/** Reading needs `read`, storing `write`, removing and taking that back `delete`. */
export function requiredScope(method: string, path: string): Scope {
  switch (method) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
      return "read";
    case "DELETE":
      return "delete";
    default:
      return path.endsWith("/undelete") ? "delete" : "write";
  }
}

/** The key that a request brings: the bare value of Authorization, or as `Bearer`. */
export function keyOf(request: Request): string | undefined {
  const value = request.headers.get("authorization")?.replace(/^bearer(\s+|$)/i, "").trim();
  return value === "" ? undefined : value;
}

/**
 * What the caller may do. Throws Problem 401 without a key or with a wrong one, 403 where its key
 * does not allow this request.
 */
export async function authorize(
  request: Request,
  path: string,
  verifier: KeyVerifier,
): Promise<ReadonlySet<Scope>> {
  const access = await verifier.authenticate(keyOf(request));
  switch (access.kind) {
    case "none made":
      throw new Problem(
        401,
        "This server has no API key yet, and serves nobody without one: the operator makes the " +
          "first with `deno task keys add`, with the same GANTRY_INDEX_URL where there is one.",
        { "WWW-Authenticate": 'Bearer realm="gantry"' },
      );
    case "missing":
      throw new Problem(401, "This needs an API key in the header Authorization.", {
        "WWW-Authenticate": 'Bearer realm="gantry"',
      });
    case "wrong":
      throw new Problem(401, "The API key is unknown or revoked; ask the operator for another.", {
        "WWW-Authenticate": 'Bearer realm="gantry", error="invalid_token"',
      });
    case "granted": {
      const needed = requiredScope(request.method, path);
      if (!access.scopes.has(needed)) {
        throw new Problem(403, `The API key does not allow this; it needs the scope ${needed}.`, {
          "WWW-Authenticate":
            `Bearer realm="gantry", error="insufficient_scope", scope="${needed}"`,
        });
      }
      return access.scopes;
    }
  }
}

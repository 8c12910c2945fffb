/**
 * API keys of requests, and what each request needs a key for.
 * @module
 */
import type { KeyService } from "../services/keys.ts";
import type { Scope } from "./key_scopes.ts";
import { Problem } from "./problem.ts";

/** What checks keys. */
export type KeyVerifier = Pick<KeyService, "authenticate">;

/** How a 401 says what it wants (RFC 6750 section 3). */
export const CHALLENGE = 'Bearer realm="gantry"';

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

/** The key in Authorization: the bare value, or as `Bearer`. */
export function bearerKey(request: Request): string | undefined {
  const value = request.headers.get("authorization")?.replace(/^bearer(\s+|$)/i, "").trim();
  return value === "" ? undefined : value;
}

/**
 * What the caller may do. Throws Problem 401 without a key or with a wrong one, 403 where its key
 * does not allow this request. `key`: the one that the request brings.
 */
export async function authorize(
  { method }: Request,
  path: string,
  key: string | undefined,
  verifier: KeyVerifier,
): Promise<ReadonlySet<Scope>> {
  const access = await verifier.authenticate(key);
  switch (access.kind) {
    case "none made":
      throw new Problem(
        401,
        "This server has no API key yet, and serves nobody without one: the operator makes the " +
          "first with `deno task keys add`, with the same GANTRY_INDEX_URL where there is one.",
        { "WWW-Authenticate": 'Bearer realm="gantry"' },
      );
    case "missing":
      throw new Problem(
        401,
        "This needs an API key: log in, or send it in the header Authorization.",
        {
          "WWW-Authenticate": CHALLENGE,
        },
      );
    case "wrong":
      throw new Problem(401, "The API key is unknown or revoked; ask the operator for another.", {
        "WWW-Authenticate": `${CHALLENGE}, error="invalid_token"`,
      });
    case "granted": {
      const needed = requiredScope(method, path);
      if (!access.scopes.has(needed)) {
        throw new Problem(403, `The API key does not allow this; it needs the scope ${needed}.`, {
          "WWW-Authenticate": `${CHALLENGE}, error="insufficient_scope", scope="${needed}"`,
        });
      }
      return access.scopes;
    }
  }
}

/**
 * What every route finds in Hono's context, put there by app.ts before a route runs.
 * @module
 */
import type { Asker } from "./page_origin.ts";
import type { Scope as KeyScope } from "./key_scopes.ts";

/** Variables of a request. */
export interface Variables {
  /** Name of the archive that the URL chose. */
  archive: string;
  /** Absolute URL of that archive's DICOMweb root, without a trailing slash, e.g. `http://127.0.0.1:8080/dicomweb`. */
  base: string;
  /** Scheme, host and path prefix under which the client reached us: the URL of `/`, without its slash. */
  reached: string;
  asker: Asker;
  /** The key that the request brings. */
  key: string | undefined;
  /** What tells this client from others: its key, or its address as far as that is known. */
  client: string;
  /** What the caller may do. */
  scopes: ReadonlySet<KeyScope>;
}

/** What the HTTP server hands over with a request; absent where requests come from elsewhere. */
export interface Bindings {
  /** Settles when the response has been sent, or cannot be (Deno.ServeHandlerInfo). */
  readonly completed?: Promise<void>;
  /** Whom the request comes from. */
  readonly remoteAddr?: Deno.Addr;
}

/** Hono's environment of this server. */
export interface Env {
  Bindings: Bindings;
  Variables: Variables;
}

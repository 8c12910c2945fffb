/**
 * What the index in a local file needs to be allowed, beside reading and writing its folder.
 * @module
 */

/**
 * Names that libSQL's loader asks the system for, to find its native library (which `ffi` covers).
 * Its look at `/usr/bin/ldd` may be denied: it then asks in another way.
 */
export const LOCAL_INDEX_PERMISSIONS = {
  env: ["LIBSQL_JS_DEV"],
  sys: ["cpus", "hostname", "networkInterfaces"],
} as const;

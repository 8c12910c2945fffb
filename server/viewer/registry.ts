/**
 * Where npm gets packages from, by the user's configuration of it.
 * @module
 */
import type { Release } from "./release.ts";

/** The variables by which npm is told of another registry, the first that is set deciding. */
export const REGISTRY_VARIABLES = ["npm_config_registry", "NPM_CONFIG_REGISTRY"] as const;

/** npm's own. */
const PUBLIC_REGISTRY = "https://registry.npmjs.org/";

/** URL of a release's tarball in the user's registry. Throws TypeError where a variable is no URL. */
export function tarballURL(
  { package: name, version }: Release,
  variable: (name: string) => string | undefined,
): URL {
  const chosen = REGISTRY_VARIABLES.map(variable).find((value) => value) ?? PUBLIC_REGISTRY;
  return new URL(`${name}/-/${name.split("/").at(-1)}-${version}.tgz`, chosen.replace(/\/*$/, "/"));
}

/** What is dialled to get there, as `--allow-net` takes it. */
export function hostOfURL({ protocol, host, port }: URL): string {
  if (port !== "") return host;
  return `${host}:${protocol === "https:" ? 443 : 80}`;
}

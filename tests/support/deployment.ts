/**
 * What is deployed: `fly.toml` and the image's Dockerfile.
 * @module
 */
import { parse } from "@std/toml";
import { parseDockerfile } from "./dockerfile.ts";

/** The top folder's path, with a slash at its end. */
export const ROOT = new URL("../../", import.meta.url).pathname;

/** Path of the Dockerfile. */
export const DOCKERFILE = `${ROOT}server/Dockerfile`;

/** What of `fly.toml` the tests look at. */
export interface FlyConfig {
  readonly kill_timeout: string;
  readonly build: { readonly dockerfile: string; readonly ignorefile: string };
  readonly processes: Readonly<Record<"server" | "bridge", string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly { readonly guest_path: string }[];
  readonly mounts: readonly (OfProcesses & { readonly destination: string })[];
  readonly http_service: OfProcesses & {
    readonly internal_port: number;
    readonly checks: readonly { readonly path: string }[];
  };
  readonly services: readonly (OfProcesses & {
    readonly internal_port: number;
    readonly ports: readonly { readonly handlers: readonly string[] }[];
  })[];
  readonly metrics: readonly (OfProcesses & { readonly port: number; readonly path: string })[];
  readonly vm: readonly OfProcesses[];
}

interface OfProcesses {
  readonly processes: readonly string[];
}

/** `fly.toml`, with a name in the place that is left for the app's. */
export function readFlyConfig(): FlyConfig {
  const text = Deno.readTextFileSync(`${ROOT}fly.toml`).replaceAll("GANTRY-APP", "gantry-test");
  return parse(text) as unknown as FlyConfig;
}

/** Names of the import map that the image leaves out. */
export function leftOut(): string[] {
  const { stages } = parseDockerfile(Deno.readTextFileSync(DOCKERFILE), { TARGETARCH: "amd64" });
  const steps = stages.flatMap(({ instructions }) => instructions);
  const removal = steps.find(({ text }) => text.startsWith("deno remove "));
  return removal!.text.split(/\s+/).slice(2).filter((word) => !word.startsWith("-"));
}

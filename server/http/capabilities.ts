/**
 * The Retrieve Capabilities transaction (PS3.18 section 8.9 and annexes G and H): which resources
 * and methods there are, as WADL in XML or JSON.
 * @module
 */
import { type AcceptRange, preferredOffer } from "../../lib/multipart/accept.ts";
import { notAcceptable } from "./negotiate.ts";

/** A resource below an archive's root. */
export interface Resource {
  /** URI template, e.g. `studies/{study}`. */
  readonly path: string;
  readonly methods: readonly string[];
}

const WADL = "application/vnd.sun.wadl+xml";
/** What a description comes as. */
export const CAPABILITIES_OFFERS = [{ essence: WADL }, { essence: "application/json" }] as const;

/** The resources of routers, from their routes. */
export function resourcesOf(
  routes: Iterable<{ readonly method: string; readonly path: string }>,
): readonly Resource[] {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of routes) {
    const template = path.replace(/^\//, "")
      .replace(/:(\w+)(\{[^}]*\})?\??/g, "{$1}")
      .replace(/\*$/, "{path}");
    methods.set(template, (methods.get(template) ?? new Set()).add(method));
  }
  return [...methods].map(([path, names]) => ({ path, methods: [...names].sort() }))
    .sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Describes the archive at `base`. Throws Problem 406. */
export function capabilitiesResponse(
  ranges: readonly AcceptRange[],
  base: string,
  resources: readonly Resource[],
): Response {
  const offer = preferredOffer(ranges, CAPABILITIES_OFFERS);
  if (offer === undefined) throw notAcceptable(CAPABILITIES_OFFERS.map(({ essence }) => essence));
  const text = offer.essence === WADL ? wadl(base, resources) : wadlJson(base, resources);
  return new Response(text, { headers: { "Content-Type": offer.essence } });
}

function wadl(base: string, resources: readonly Resource[]): string {
  const lines = resources.map(({ path, methods }) =>
    `    <resource path="${escape(path)}">${
      methods.map((method) => `<method name="${method}"/>`).join("")
    }</resource>\n`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02">
  <resources base="${escape(base)}">
${lines.join("")}  </resources>
</application>
`;
}

function wadlJson(base: string, resources: readonly Resource[]): string {
  const resource = resources.map(({ path, methods }) => ({
    "@path": path,
    method: methods.map((name) => ({ "@name": name })),
  }));
  return JSON.stringify({ application: { resources: { "@base": base, resource } } });
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

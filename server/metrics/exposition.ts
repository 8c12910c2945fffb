/**
 * Prometheus' text format, written by prom-client. Loading that takes as long as a third of a start,
 * so only who asks for metrics has it loaded, and only the part that writes.
 * @module
 */
import type { Metric, Registry } from "prom-client";
import type { Family } from "./instruments.ts";

/** What a scrape gets. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Writes what all families are; scrapes at the same time share one. */
export function createExposition(families: readonly Family[]): () => Promise<Exposition> {
  let registry: Promise<Registry> | undefined;
  let running: Promise<Exposition> | undefined;

  async function expose(): Promise<Exposition> {
    try {
      const loaded = await (registry ??= registryOf(families));
      return { contentType: loaded.contentType, text: await loaded.metrics() };
    } finally {
      running = undefined;
    }
  }

  return () => running ??= expose();
}

async function registryOf(families: readonly Family[]): Promise<Registry> {
  const module = await import("prom-client/lib/registry.js") as {
    readonly default: typeof import("prom-client").Registry;
  };
  const registry = new module.default();
  for (const family of families) {
    const { name, help, type } = family;
    const metric = {
      name,
      help,
      get: async () => ({ name, help, type, values: await family.samples() }),
    };
    // Of a metric the registry asks nothing else.
    registry.registerMetric(metric as unknown as Metric<string>);
  }
  return registry;
}

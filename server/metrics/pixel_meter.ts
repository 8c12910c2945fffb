/**
 * Work on pixels from outside: how long it waits for its turn, how long it then takes, by kind and
 * by what it makes, and how busy the workers are.
 * @module
 */
import { transferSyntax } from "../../lib/dicom/uids.ts";
import type { Pixels } from "../pixels/pixels.ts";
import { counter, type Family, gauge, histogram, REQUEST_SECONDS } from "./instruments.ts";

/** The pixels, metered. */
export function meterPixels(pixels: Pixels): { pixels: Pixels; families: readonly Family[] } {
  const wait = histogram({
    name: "gantry_pixels_wait_seconds",
    help: "How long work on pixels waits before its turn.",
    labels: ["kind"],
  }, REQUEST_SECONDS);
  const duration = histogram({
    name: "gantry_pixels_duration_seconds",
    help: "From its turn until work on pixels is done, reading included; target is what it makes.",
    labels: ["kind", "target"],
  }, REQUEST_SECONDS);
  const failures = counter({
    name: "gantry_pixels_failures_total",
    help: "Work on pixels that could not be done, was dropped or turned away.",
    labels: ["kind"],
  });

  /** Does work whose turn begins with the call of `load`. */
  async function timing<Loaded, Result>(
    kind: string,
    target: string,
    load: () => Promise<Loaded>,
    work: (load: () => Promise<Loaded>) => Promise<Result>,
  ): Promise<Result> {
    const asked = performance.now();
    let turn = asked;
    try {
      const result = await work(() => {
        turn = performance.now();
        wait.of(kind).observe((turn - asked) / 1000);
        return load();
      });
      duration.of(kind, target).observe((performance.now() - turn) / 1000);
      return result;
    } catch (error) {
      failures.of(kind).add(1);
      throw error;
    }
  }

  return {
    pixels: {
      ...pixels,
      transcode: (client, load, to) =>
        timing(
          "transcode",
          transferSyntax(to.transferSyntaxUID)?.name ?? "other",
          load,
          (load) => pixels.transcode(client, load, to),
        ),
      describe: (client, load) =>
        timing("describe", "description", load, (load) => pixels.describe(client, load)),
      describeState: (client, load) =>
        timing("describe", "presentation", load, (load) => pixels.describeState(client, load)),
      render: (client, load, to) =>
        timing("render", to.output.kind, load, (load) => pixels.render(client, load, to)),
    },
    families: [
      wait,
      duration,
      failures,
      workload("gantry_pixels_queue_depth", "Work on pixels that waits for a worker.", "waiting"),
      workload("gantry_pixels_workers_busy", "Workers that work on pixels.", "busy"),
      workload("gantry_pixels_workers_limit", "Workers that there may be.", "limit"),
    ],
  };

  function workload(name: string, help: string, what: keyof ReturnType<Pixels["workload"]>) {
    return gauge({ name, help }, () => pixels.workload()[what]);
  }
}

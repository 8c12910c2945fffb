/**
 * The process itself, under the names that Prometheus' own clients give: memory, processor time,
 * start.
 * @module
 */
import process from "node:process";
import { PIXELS_VERSION } from "../pixels/pixels.ts";
import { SCANNER_VERSION } from "../../lib/dicom/scan_instance.ts";
import { type Family, gauge } from "./instruments.ts";

/** What this process takes. */
export function processFamilies(): readonly Family[] {
  const started = Date.now() / 1000 - performance.now() / 1000;
  return [
    {
      name: "process_cpu_seconds_total",
      help: "Processor time of all threads, user and system.",
      type: "counter",
      samples() {
        const { user, system } = process.cpuUsage();
        return [{ labels: {}, value: (user + system) / 1e6 }];
      },
    },
    gauge(
      { name: "process_start_time_seconds", help: "Start of the process, seconds since 1970." },
      () => started,
    ),
    gauge(
      { name: "process_resident_memory_bytes", help: "Memory that the process holds." },
      () => Deno.memoryUsage().rss,
    ),
    gauge(
      { name: "gantry_heap_bytes", help: "V8's heap on the main thread, and buffers outside it." },
      () => {
        const { heapTotal, heapUsed, external } = Deno.memoryUsage();
        return Object.entries({ total: heapTotal, used: heapUsed, external })
          .map(([kind, value]) => ({ labels: { kind }, value }));
      },
    ),
    gauge({ name: "gantry_build_info", help: "Versions of what runs; always 1." }, () => {
      const labels = {
        deno: Deno.version.deno,
        v8: Deno.version.v8,
        scanner: String(SCANNER_VERSION),
        pixels: String(PIXELS_VERSION),
      };
      return [{ labels, value: 1 }];
    }),
  ];
}

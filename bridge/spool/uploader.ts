/**
 * Brings the instances of a spool to the server, forever: those of each archive on their own.
 * @module
 */
import type { Log } from "../../lib/log.ts";
import type { Stow } from "../gateway/stow.ts";
import { BACK_OFF, type BackOff } from "./backoff.ts";
import { Bodies } from "./batches.ts";
import { runLane } from "./lane.ts";
import type { Spool } from "./spool.ts";
import { Traffic } from "./traffic.ts";

/** What an uploader works with. */
export interface UploaderOptions {
  readonly spool: Pick<Spool, "folder" | "ready" | "spent" | "isReceiving">;
  /** Storing at the archive with an AE title. */
  readonly stowFor: (calledAETitle: string) => Stow;
  readonly log: Log;
  readonly backOff?: BackOff;
}

/** An uploader at work. */
export interface Uploader {
  /** Ends what is under way; what is not known to be stored stays in the spool. */
  stop(): Promise<void>;
}

/** Starts to bring instances to the server. */
export function startUploader(options: UploaderOptions): Uploader {
  const { spool, stowFor, log, backOff = BACK_OFF } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const bodies = new Bodies();
  const traffic = new Traffic();
  const lanes: Promise<void>[] = [];
  spool.ready.onQueue((calledAETitle, queue) => {
    const stow = stowFor(calledAETitle);
    const shared = { spool, bodies, traffic, backOff, log, signal };
    lanes.push(runLane({ ...shared, calledAETitle, queue, stow }));
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}

/**
 * Instances that are to be sent, wherever they come from, and what becomes of each.
 * @module
 */
import { describeStatus, statusKind } from "../../lib/dimse/status.ts";
import type { DataSetSource } from "../net/association.ts";
import { explain } from "./explain.ts";
import type { StorableInstance } from "./store_contexts.ts";

/** An instance to send. */
export interface InstanceToSend extends StorableInstance {
  readonly SOPInstanceUID: string;
  /**
   * Opens its data set in the first of these transfer syntaxes in which it can be had. Rejects with
   * what `explain` knows. The signal is aborted when it is not going to be read.
   */
  open(transferSyntaxes: readonly string[], signal: AbortSignal): Promise<OpenedDataSet>;
}

/** A data set without File Meta Information. */
export interface OpenedDataSet {
  readonly transferSyntaxUID: string;
  readonly dataSet: DataSetSource;
  /** Gives the memory of the data set back. */
  readonly release?: () => void;
}

/** Says that nobody will read a data set, or read it on. To be called once. */
export async function discard({ dataSet, release }: OpenedDataSet): Promise<void> {
  if (!(dataSet instanceof Uint8Array)) await dataSet[Symbol.asyncIterator]().return?.();
  release?.();
}

/** What became of an instance. */
export type StoreResult =
  | { readonly kind: "stored" }
  /** Stored, with a warning status such as B000. */
  | { readonly kind: "warning"; readonly status: number }
  | StoreFailure
  /** The end came before it was begun, or while others were under way too: a cancel, or the association's. */
  | { readonly kind: "notBegun" };

/** Why an instance was not stored. */
export interface StoreFailure {
  readonly kind: "failed";
  /** In words, without anything out of the data set. */
  readonly why: string;
  /** An error that nobody foresaw. */
  readonly cause?: unknown;
}

/** An instance with its result. */
export interface Sent<T extends InstanceToSend> {
  readonly instance: T;
  readonly result: StoreResult;
}

/** A failure with its reason. */
export function failed(why: string): StoreFailure {
  return { kind: "failed", why };
}

/** The failure that an error means. */
export function failure(error: unknown): StoreFailure {
  const why = explain(error);
  return why === undefined ? { ...failed("An internal error"), cause: error } : failed(why);
}

/** What the status of a C-STORE-RSP means. */
export function resultOf(status: number): StoreResult {
  switch (statusKind(status)) {
    case "success":
      return { kind: "stored" };
    case "warning":
      return { kind: "warning", status };
    case "pending":
    case "cancel":
    case "failure":
      return failed(`The peer answered ${describeStatus(status)}`);
  }
}

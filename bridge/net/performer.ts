/**
 * The peer's requests of one association: each becomes an operation of a service, several of them
 * under way at once, and none is left behind when the association ends.
 * @module
 */
import { hasDataSet } from "../../lib/dimse/command.ts";
import { ProtocolError } from "../../lib/errors.ts";
import type { DataPiece } from "../../lib/pdu/pdu.ts";
import { MAX_OPERATIONS } from "../../lib/config/served.ts";
import type { IncomingRequest, Operation } from "./association.ts";

/** What the performer needs of its association. */
export interface PerformerDeps {
  /** What becomes of a request. Throws ProtocolError to abort the association. */
  readonly open: (request: IncomingRequest) => Operation;
  /** An operation has failed, or could not clean up. Does not reject. */
  readonly failed: (request: IncomingRequest, error: unknown) => Promise<void>;
  /** An operation is over. */
  readonly settled: () => void;
}

interface Task {
  readonly request: IncomingRequest;
  readonly operation: Operation;
  /** What its `write` failed with. */
  failure: { readonly error: unknown } | undefined;
  isRunning: boolean;
  /** The last thing that was begun for it; never rejects. */
  done: Promise<void>;
}

/** Runs the operations. */
export class Performer {
  readonly #deps: PerformerDeps;
  readonly #tasks = new Set<Task>();
  /** The one whose data set is arriving. */
  #receiving: Task | undefined;
  #hasEnded = false;

  constructor(deps: PerformerDeps) {
    this.#deps = deps;
  }

  /** Operations under way, the one that is being received included. */
  get outstanding(): number {
    return this.#tasks.size;
  }

  /** Begins an operation; waits while there are too many. Throws ProtocolError. */
  request(request: IncomingRequest): void | Promise<void> {
    if (this.#tasks.size < MAX_OPERATIONS) return this.#begin(request);
    return Promise.race([...this.#tasks].map(({ done }) => done)).then(() => this.request(request));
  }

  /** Takes a piece of the data set of the last request. Throws ProtocolError. */
  dataSet({ data, isLast }: DataPiece): void | Promise<void> {
    const task = this.#receiving;
    if (task === undefined) return;
    const written = this.#write(task, data);
    if (written === undefined) {
      if (isLast) this.#received(task);
      return;
    }
    task.done = written;
    return isLast ? written.then(() => this.#received(task)) : written;
  }

  /** C-CANCEL-RQ has come; one for an operation that is over, or never was, is too late to matter. */
  cancel(messageID: number | undefined): void {
    for (const { request, operation, isRunning } of this.#tasks) {
      if (isRunning && request.command.MessageID === messageID) operation.cancel?.();
    }
  }

  /** Resolves when every operation that runs has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#tasks].filter((task) => task.isRunning).map(({ done }) => done));
  }

  /** The association has ended: discards what is incomplete. Resolves when no operation is left. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    const task = this.#receiving;
    this.#receiving = undefined;
    if (task !== undefined) {
      await task.done;
      await this.#discard(task);
      this.#settle(task);
    }
    await this.idle();
  }

  #begin(request: IncomingRequest): void {
    if (this.#hasEnded) return;
    const operation = this.#open(request);
    const done = Promise.resolve();
    const task: Task = { request, operation, failure: undefined, isRunning: false, done };
    this.#tasks.add(task);
    if (hasDataSet(request.command)) this.#receiving = task;
    else this.#received(task);
  }

  #open(request: IncomingRequest): Operation {
    try {
      return this.#deps.open(request);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      return { run: () => Promise.reject(error) };
    }
  }

  /** Undefined where the piece was taken at once; a promise never rejects. */
  #write(task: Task, data: Uint8Array): Promise<void> | undefined {
    if (task.failure !== undefined || data.length === 0) return undefined;
    const failed = (error: unknown) => {
      task.failure = { error };
    };
    try {
      return task.operation.write?.(data)?.catch(failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  #settle(task: Task): void {
    this.#tasks.delete(task);
    this.#deps.settled();
  }

  #received(task: Task): void {
    // The end of the association has taken it away.
    if (this.#hasEnded) return;
    this.#receiving = undefined;
    task.isRunning = true;
    task.done = this.#run(task).then(() => this.#settle(task));
  }

  async #run({ request, operation, failure }: Task): Promise<void> {
    try {
      if (failure === undefined) await operation.run();
      else await this.#giveUp(operation, failure.error);
    } catch (error) {
      await this.#deps.failed(request, error);
    }
  }

  async #discard({ request, operation }: Task): Promise<void> {
    try {
      await operation.discard?.();
    } catch (error) {
      await this.#deps.failed(request, error);
    }
  }

  async #giveUp(operation: Operation, error: unknown): Promise<never> {
    await operation.discard?.();
    throw error;
  }
}

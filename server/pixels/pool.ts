/**
 * Workers that do what takes too long for the event loop. They start with the first task; one that
 * takes too long over a frame is ended, since nothing else stops it.
 * @module
 */
import { FairQueue } from "./fair_queue.ts";
import { PixelError } from "./frame.ts";
import type { Answer, Kind, Output, Task, TaskOf } from "./messages.ts";
import { type Client, PixelsBusyError, type Workload } from "./pixels.ts";

/** A task with the buffers that go to the worker for good. */
export interface Loaded<K extends Kind = Kind> {
  readonly task: { readonly [P in K]: TaskOf<P> }[K];
  readonly transfer: readonly ArrayBuffer[];
}

/** What a pool needs of a worker. */
export interface PoolWorker {
  onmessage: ((event: MessageEvent<Answer>) => void) | null;
  /** It can do no more work. */
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(task: Task, transfer: Transferable[]): void;
  terminate(): void;
}

/** What a pool goes by. */
export interface PoolOptions {
  readonly start: () => PoolWorker;
  /** Workers at most. */
  readonly workers: number;
  /** Milliseconds that one task may take. */
  readonly timeout: number;
  /** Tasks that may wait before further clients are turned away. */
  readonly maxWaiting: number;
}

/** Milliseconds that a task may go on after its client has left, before its worker is ended. */
const ABANDONED_TIMEOUT = 1000;

interface Job {
  readonly client: Client;
  readonly load: () => Promise<Loaded>;
  isLoading: boolean;
  resolve(output: Answer & { readonly kind: "done" }): void;
  reject(error: unknown): void;
}

interface Slot {
  readonly worker: PoolWorker;
  job: Job | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A pool of workers. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #queue = new FairQueue<Job>();
  readonly #slots = new Set<Slot>();
  /** Jobs whose task is at hand, the next first: as many as there may be workers, so that none waits for a disk. */
  readonly #ready: { readonly job: Job; readonly loaded: Loaded }[] = [];
  readonly #admitted = new WeakSet<object>();
  #loading = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Tasks that wait for their turn. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How busy the workers are; a task whose bytes are being read has had its turn. */
  get workload(): Workload {
    const busy = [...this.#slots].filter((slot) => slot.job !== undefined).length;
    return { waiting: this.waiting, busy, limit: this.#options.workers };
  }

  /**
   * Does a task when its client's turn comes; `load` is called shortly before, so that what waits
   * takes no memory.
   *
   * @throws {PixelError} where the pixels cannot be had
   * @throws {PixelsBusyError} where too many tasks wait
   * @throws what `load` throws, and the reason of the client's signal
   */
  async run<K extends Kind>(
    client: Client,
    load: () => Promise<Loaded<K>>,
  ): Promise<Output<K>> {
    const { signal } = client;
    signal.throwIfAborted();
    if (this.#closed) throw new PixelsBusyError("The pool is closed");
    if (this.#queue.size >= this.#options.maxWaiting && !this.#admitted.has(client.request)) {
      throw new PixelsBusyError("Too much work on pixels waits");
    }
    this.#admitted.add(client.request);
    const { promise, resolve, reject } = Promise.withResolvers<Answer & { kind: "done" }>();
    const job: Job = { client, load, isLoading: false, resolve, reject };
    const leave = () => this.#abandon(job);
    signal.addEventListener("abort", leave, { once: true });
    try {
      this.#queue.add(client.id, job);
      this.#pump();
      const { output } = await promise;
      return output as Output<K>;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Ends the workers; what waits is refused. */
  close(): void {
    this.#closed = true;
    const error = new PixelsBusyError("The pool is closed");
    for (let job = this.#queue.take(); job !== undefined; job = this.#queue.take()) {
      job.reject(error);
    }
    for (const { job } of this.#ready.splice(0)) job.reject(error);
    for (const slot of this.#slots) this.#end(slot, error);
  }

  #pump(): void {
    if (this.#closed) return;
    while (this.#ready.length > 0) {
      let slot: Slot | undefined;
      try {
        slot = this.#freeSlot();
      } catch (error) {
        this.#ready.shift()?.job.reject(error);
        continue;
      }
      if (slot === undefined) break;
      const next = this.#ready.shift();
      if (next !== undefined) this.#send(slot, next.job, next.loaded);
    }
    while (this.#ready.length + this.#loading < this.#options.workers) {
      const job = this.#queue.take();
      if (job === undefined) break;
      this.#loading++;
      this.#load(job);
    }
  }

  #load(job: Job): void {
    const { signal } = job.client;
    job.isLoading = true;
    job.load().then(
      (loaded) => {
        if (signal.aborted) job.reject(signal.reason);
        else if (this.#closed) job.reject(new PixelsBusyError("The pool is closed"));
        else this.#ready.push({ job, loaded });
      },
      (error) => job.reject(error),
    ).finally(() => {
      job.isLoading = false;
      this.#loading--;
      this.#pump();
    });
  }

  #freeSlot(): Slot | undefined {
    for (const slot of this.#slots) if (slot.job === undefined) return slot;
    if (this.#slots.size >= this.#options.workers) return undefined;
    const slot: Slot = { worker: this.#options.start(), job: undefined, timer: undefined };
    slot.worker.onmessage = ({ data }) => this.#answered(slot, data);
    slot.worker.onerror = (event) => {
      event.preventDefault();
      this.#end(slot, new PixelError("damaged", "Its decoder broke down"));
    };
    this.#slots.add(slot);
    return slot;
  }

  #send(slot: Slot, job: Job, { task, transfer }: Loaded): void {
    slot.job = job;
    this.#endIn(slot, this.#options.timeout);
    try {
      slot.worker.postMessage(task, [...transfer]);
    } catch (error) {
      // Nobody else would hear of it, and an error that nobody hears ends the process.
      clearTimeout(slot.timer);
      slot.job = undefined;
      job.reject(error);
    }
  }

  #endIn(slot: Slot, milliseconds: number): void {
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => {
      this.#end(slot, new PixelError("limit", "It takes longer than a frame may take"));
    }, milliseconds);
  }

  #answered(slot: Slot, answer: Answer): void {
    const { job } = slot;
    clearTimeout(slot.timer);
    slot.job = undefined;
    this.#pump();
    switch (answer.kind) {
      case "done":
        return job?.resolve(answer);
      case "refused":
        return job?.reject(new PixelError(answer.why, answer.message));
      case "failed":
        return job?.reject(new Error(answer.message));
    }
  }

  #end(slot: Slot, error: Error): void {
    clearTimeout(slot.timer);
    slot.worker.terminate();
    this.#slots.delete(slot);
    slot.job?.reject(error);
    this.#pump();
  }

  /**
   * Its client is told at once, or as soon as what it reads is closed; what a worker has may come to
   * its end within a moment.
   */
  #abandon(job: Job): void {
    if (job.isLoading) return;
    job.reject(job.client.signal.reason);
    if (this.#queue.delete(job.client.id, job)) return;
    const at = this.#ready.findIndex((each) => each.job === job);
    if (at >= 0) {
      this.#ready.splice(at, 1);
      return this.#pump();
    }
    for (const slot of this.#slots) if (slot.job === job) this.#endIn(slot, ABANDONED_TIMEOUT);
  }
}

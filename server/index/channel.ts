/**
 * The calling side of a database worker: requests as promises.
 * @module
 */
import type { Reader } from "./connection.ts";
import { IndexError } from "./index_error.ts";
import type { Answer, ItemResult, Request, Rows, SqlValue } from "./messages.ts";

/** Milliseconds to wait for another process that writes (`verify`, `keys` beside a server). */
const LOCK_TIMEOUT = 10_000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

type Unnumbered<R> = R extends unknown ? Omit<R, "id"> : never;

/** One worker and its connection. Every method throws {@linkcode IndexError} where the database fails. */
export class Channel implements Reader {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #broken: IndexError | undefined;

  constructor(name: string) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("error" in data) waiting?.reject(new IndexError(data.error));
      else waiting?.resolve(data.result);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new IndexError(event.message));
    };
  }

  /** Opens the file; a writer makes and migrates it. False where it lacks the present schema. */
  async open(path: string, role: "reader" | "writer"): Promise<boolean> {
    return await this.#ask({ kind: "open", path, role, timeout: LOCK_TIMEOUT }) as boolean;
  }

  /** Opens a file that is kept as the copy of the database at `url`. */
  async openReplica(path: string, url: string, token: string | undefined): Promise<void> {
    await this.#ask({ kind: "open replica", path, url, token });
  }

  /** Brings the copy up to what the database has; takes as long as that does not answer. */
  async sync(): Promise<void> {
    await this.#ask({ kind: "sync" });
  }

  value(sql: string, parameters: readonly SqlValue[]): Promise<SqlValue> {
    return this.#ask({ kind: "value", sql, parameters }) as Promise<SqlValue>;
  }

  rows(sql: string, parameters: readonly SqlValue[]): Promise<Rows> {
    return this.#ask({ kind: "rows", sql, parameters }) as Promise<Rows>;
  }

  /** One transaction; `bytes` is handed over. */
  write(
    message: Omit<Extract<Request, { kind: "write" }>, "id" | "kind">,
  ): Promise<readonly ItemResult[]> {
    const transfer = message.bytes.buffer instanceof ArrayBuffer ? [message.bytes.buffer] : [];
    return this.#ask({ kind: "write", ...message }, transfer) as Promise<readonly ItemResult[]>;
  }

  /** Ends the worker once it has closed its connection. */
  async close(): Promise<void> {
    if (this.#broken === undefined) await this.#ask({ kind: "close" });
    this.#worker.terminate();
    this.#broken = new IndexError("The index is closed");
  }

  /** Ends the worker as it is. */
  abandon(): void {
    this.#fail(new IndexError("The index is closed"));
  }

  #ask(request: Unnumbered<Request>, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  #fail(error: IndexError): void {
    this.#broken = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#worker.terminate();
  }
}

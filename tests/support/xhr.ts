/**
 * XMLHttpRequest (https://xhr.spec.whatwg.org) over fetch, as far as clients of DICOMweb that were
 * written for browsers use it: asynchronous requests, and the handlers as properties.
 * @module
 */

type ResponseType = "" | "text" | "json" | "arraybuffer";
type Handler<E> = ((event: E) => void) | null;

/** How much of a response has come. */
interface Progress {
  readonly loaded: number;
  /** 0 where the length was not said. */
  readonly total: number;
  readonly lengthComputable: boolean;
}

const UNSENT = 0;
const OPENED = 1;
const HEADERS_RECEIVED = 2;
const LOADING = 3;
const DONE = 4;

/** One request. As in browsers a failure is told to the handlers and by status 0, never thrown. */
export class FetchXMLHttpRequest {
  responseType: ResponseType = "";
  withCredentials = false;
  onreadystatechange: Handler<void> = null;
  onloadstart: Handler<Progress> = null;
  onprogress: Handler<Progress> = null;
  onload: Handler<Progress> = null;
  onerror: Handler<Progress> = null;
  onabort: Handler<Progress> = null;
  onloadend: Handler<Progress> = null;
  #readyState = UNSENT;
  #method = "";
  #url = "";
  #headers = new Headers();
  #response: Response | undefined;
  #content = new Uint8Array();
  #abort = new AbortController();

  get readyState(): number {
    return this.#readyState;
  }

  get status(): number {
    return this.#response?.status ?? 0;
  }

  get statusText(): string {
    return this.#response?.statusText ?? "";
  }

  get responseText(): string {
    return new TextDecoder().decode(this.#content);
  }

  /** The content in the form of `responseType`; null where it is not whole, or is no JSON. */
  get response(): unknown {
    if (this.responseType === "json") return parsed(this.responseText);
    if (this.responseType !== "arraybuffer") return this.responseText;
    return this.#readyState === DONE && this.#response ? this.#content.buffer : null;
  }

  open(method: string, url: string): void {
    this.#method = method.toUpperCase();
    this.#url = url;
    this.#headers = new Headers();
    this.#become(OPENED);
  }

  /** Values of a repeated name are put together. */
  setRequestHeader(name: string, value: string): void {
    this.#headers.append(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#response?.headers.get(name) ?? null;
  }

  getAllResponseHeaders(): string {
    return [...this.#response?.headers ?? []].map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }

  send(body: BodyInit | null = null): void {
    void this.#run(body);
  }

  abort(): void {
    this.#abort.abort();
  }

  async #run(body: BodyInit | null): Promise<void> {
    this.onloadstart?.(this.#progress(0));
    try {
      const response = await fetch(this.#url, {
        method: this.#method,
        headers: this.#headers,
        body,
        signal: this.#abort.signal,
      });
      this.#response = response;
      this.#become(HEADERS_RECEIVED);
      await this.#receive(response);
      this.#become(DONE);
      this.onload?.(this.#progress(this.#content.length));
    } catch {
      this.#response = undefined;
      this.#content = new Uint8Array();
      this.#become(DONE);
      const tell = this.#abort.signal.aborted ? this.onabort : this.onerror;
      tell?.(this.#progress(0));
    }
    this.onloadend?.(this.#progress(this.#content.length));
  }

  async #receive(response: Response): Promise<void> {
    const chunks: BlobPart[] = [];
    let loaded = 0;
    for await (const chunk of response.body ?? []) {
      this.#become(LOADING);
      chunks.push(chunk);
      loaded += chunk.length;
      this.onprogress?.(this.#progress(loaded));
    }
    this.#content = new Uint8Array(await new Blob(chunks).arrayBuffer());
  }

  #become(state: number): void {
    this.#readyState = state;
    this.onreadystatechange?.();
  }

  #progress(loaded: number): Progress {
    // A length of coded content says nothing about what the page gets.
    const length = this.#response?.headers.has("content-encoding")
      ? null
      : this.#response?.headers.get("content-length") ?? null;
    return { loaded, total: Number(length ?? 0), lengthComputable: length !== null };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

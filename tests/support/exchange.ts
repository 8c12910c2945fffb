/**
 * HTTP requests that carry exactly the headers they are given, Host and the absence of Accept
 * included: fetch adds and replaces some.
 * @module
 */
import { Buffer } from "node:buffer";
import { request } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";

/** What came back. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Without its Content-Encoding. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A request as a client puts it on the wire. */
export interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Sends a request and reads the whole answer. */
export function exchange({ method, url, headers, body }: PlainRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const fields = Object.entries(response.headers).map(([name, value]) =>
          [name, String(value)] as const
        );
        const received = new Map(fields);
        const content = decoded(Buffer.concat(chunks), received.get("content-encoding"));
        resolve({ status: response.statusCode ?? 0, headers: received, body: content });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function decoded(bytes: Uint8Array, coding: string | undefined): Uint8Array<ArrayBuffer> {
  switch (coding) {
    case "gzip":
      return new Uint8Array(gunzipSync(bytes));
    case "deflate":
      return new Uint8Array(inflateSync(bytes));
    default:
      return new Uint8Array(bytes);
  }
}

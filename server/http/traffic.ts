/**
 * Bytes that pass with a request. Who reads its body and who makes a stream of an answer count what
 * passes through their hands: a stream around theirs would cost a tenth of what they send.
 * @module
 */
import { Buffer } from "node:buffer";

/** Bytes of a request so far. */
export interface Traffic {
  /** Read of its body. */
  received: number;
  /** Sent of the answer; undefined as long as nobody counts. */
  sent: number | undefined;
}

const traffics = new WeakMap<Request, Traffic>();

/** What has passed with a request. */
export function trafficOf(request: Request): Traffic {
  let traffic = traffics.get(request);
  if (traffic === undefined) {
    traffic = { received: 0, sent: undefined };
    traffics.set(request, traffic);
  }
  return traffic;
}

/** Bytes of an answer: those that were counted, otherwise what it says of itself. */
export function sentOf(request: Request, response: Response): number {
  if (request.method === "HEAD") return 0;
  return trafficOf(request).sent ?? Number(response.headers.get("content-length"));
}

/** Puts down that a text is sent, which costs less than to have the response say it. */
export function sendsText(request: Request, text: string): void {
  trafficOf(request).sent = Buffer.byteLength(text);
}

/** Content-Length of an answer that is a text. */
export function lengthOf(text: string): string {
  return String(Buffer.byteLength(text));
}

/** The response with its bytes counted as they are taken, where nobody does it and it does not say how many they are. */
export function counted(request: Request, response: Response): Response {
  const traffic = trafficOf(request);
  if (traffic.sent !== undefined || response.headers.has("content-length")) return response;
  if (response.body === null) return response;
  traffic.sent = 0;
  const body = passing(response.body, (bytes) => traffic.sent! += bytes);
  return new Response(body, response);
}

/** The same stream; `count` hears of every chunk as it is taken. */
export function passing<Chunk extends Uint8Array>(
  stream: ReadableStream<Chunk>,
  count: (bytes: number) => void,
): ReadableStream<Chunk> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      count(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

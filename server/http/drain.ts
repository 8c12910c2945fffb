/**
 * Bringing a server to its end without breaking off what is under way. Deno's own `shutdown` closes
 * the bodies of requests that are still being read, so it may come only when none is left.
 * @module
 */
import { problemResponse } from "./errors.ts";
import { Problem } from "./problem.ts";

/** What answers requests. */
export type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** A handler that can be brought to its end. */
export interface Drainable {
  readonly handler: Handler;
  /** From now on requests are refused with 503; resolves when those before have been answered. */
  drain(): Promise<void>;
}

/** Wraps a handler so that it knows what is under way. */
export function drainable(handler: Handler): Drainable {
  let underWay = 0;
  let draining = false;
  let drained = () => {};

  function ended(): void {
    underWay--;
    if (draining && underWay === 0) drained();
  }

  return {
    handler(request, info) {
      if (draining) return stoppingResponse();
      underWay++;
      // It settles when the response has been sent, or cannot be.
      info.completed.then(ended, ended);
      return handler(request, info);
    },
    drain() {
      draining = true;
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => drained = resolve);
    },
  };
}

function stoppingResponse(): Response {
  return problemResponse(
    new Problem(503, "The server is being stopped; try again in a moment.", {
      "Connection": "close",
      "Retry-After": "5",
    }),
  );
}

/**
 * What the HTTP application tells of every request, by method and route template: a path, a method
 * or a title that somebody made up counts as one more of `other`.
 * @module
 */
import {
  type Counter,
  counter,
  type Family,
  gauge,
  type Histogram,
  histogram,
} from "./instruments.ts";
import { REQUEST_SECONDS } from "./instruments.ts";

/** A request whose response has been sent, or cannot be. */
export interface Exchange {
  readonly method: string;
  /** Template of its route; empty where none took it. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Bytes of its body that were read. */
  readonly received: number;
  /** Bytes of the response's body that were handed to the connection. */
  readonly sent: number;
}

/** Hears of requests. */
export interface RequestMeter {
  begun(): void;
  ended(exchange: Exchange): void;
}

interface Cells {
  readonly requests: Counter;
  readonly duration: Histogram;
  readonly received: Counter;
  readonly sent: Counter;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Counts requests. */
export function createRequestMeter(): RequestMeter & { readonly families: readonly Family[] } {
  const labels = ["method", "route"];
  const requests = counter({
    name: "gantry_http_requests_total",
    help: "Requests answered, by route template and status.",
    labels: [...labels, "status"],
  });
  const duration = histogram({
    name: "gantry_http_request_duration_seconds",
    help: "From a request's arrival until its response has been sent, body included.",
    labels,
  }, REQUEST_SECONDS);
  const received = counter({
    name: "gantry_http_request_bytes_total",
    help: "Bytes read of request bodies.",
    labels,
  });
  const sent = counter({
    name: "gantry_http_response_bytes_total",
    help: "Bytes of response bodies handed to connections.",
    labels,
  });
  const cells = new Map<string, Cells>();
  let inFlight = 0;

  function cellsOf({ method: given, route, status }: Exchange): Cells {
    const key = `${given} ${status} ${route}`;
    const known = cells.get(key);
    if (known !== undefined) return known;
    const method = METHODS.has(given) ? given : "other";
    const series = [method, route === "" ? "other" : route] as const;
    const made = {
      requests: requests.of(...series, String(status)),
      duration: duration.of(...series),
      received: received.of(...series),
      sent: sent.of(...series),
    };
    // A method that somebody made up is not kept.
    if (method === given) cells.set(key, made);
    return made;
  }

  return {
    begun: () => void inFlight++,
    ended(exchange) {
      inFlight--;
      const cells = cellsOf(exchange);
      cells.requests.add(1);
      cells.duration.observe(exchange.seconds);
      cells.received.add(exchange.received);
      cells.sent.add(exchange.sent);
    },
    families: [
      requests,
      duration,
      received,
      sent,
      gauge({
        name: "gantry_http_requests_in_flight",
        help: "Requests whose response has not been sent to its end.",
      }, () => inFlight),
    ],
  };
}

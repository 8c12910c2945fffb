/**
 * From what was thrown to what the client gets: problem details (RFC 9457) with one sentence that
 * tells what to do, and nothing of our insides.
 * @module
 */
import { DecodeError, LimitError, UnsupportedError } from "../../lib/errors.ts";
import { BlobNotFoundError } from "../blobs/blob_store.ts";
import { PixelError } from "../pixels/frame.ts";
import { PixelsBusyError } from "../pixels/pixels.ts";
import { UnavailableError } from "../unavailable.ts";
import { Problem } from "./problem.ts";
import { lengthOf } from "./traffic.ts";

/** Titles of problems by status. */
export const PROBLEM_TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  421: "Misdirected Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** Errors of the operating system that pass when others are done. */
const SCARCITY = new Set(["EMFILE", "ENFILE", "ENOMEM"]);
const DISK_FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Seconds that a client is asked to wait before it tries again. */
const RETRY_AFTER = "5";

/** The response that a problem asks for. */
export function problemResponse(problem: Problem): Response {
  const { status, message: detail, headers } = problem;
  const text = JSON.stringify({ title: PROBLEM_TITLES[status] ?? "Error", status, detail });
  return new Response(text, {
    status,
    headers: {
      ...headers,
      "Content-Type": "application/problem+json",
      "Content-Length": lengthOf(text),
      "Cache-Control": "no-store",
    },
  });
}

/** Whether the client went away: nobody reads the response, and nothing is wrong with the server. */
function isClientGone(error: unknown): boolean {
  return error instanceof Error && (error.name === "BadResource" || error.name === "AbortError");
}

/** What a thrown error comes to. `method` tells whether a limit was one of the request's body. */
export function problemOf(error: unknown, method: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DecodeError) return new Problem(400, sentence(error.message));
  if (error instanceof LimitError) {
    const hasBody = method === "POST" || method === "PUT";
    return new Problem(hasBody ? 413 : 400, sentence(error.message));
  }
  if (error instanceof UnsupportedError) return new Problem(406, sentence(error.message));
  if (error instanceof PixelError && error.kind === "asked") {
    return new Problem(400, sentence(error.message));
  }
  if (error instanceof PixelError) {
    return new Problem(
      406,
      `These pixels cannot be given so: ${error.message}; ` +
        "retrieve the instance as it is stored, with transfer-syntax=*.",
    );
  }
  if (error instanceof PixelsBusyError) {
    return new Problem(503, "Too much work on pixels waits; try again in a moment.", {
      "Retry-After": RETRY_AFTER,
    });
  }
  if (error instanceof UnavailableError) {
    return new Problem(503, `${error.message}; try again in a moment.`, {
      "Retry-After": RETRY_AFTER,
    });
  }
  if (error instanceof BlobNotFoundError) {
    return new Problem(
      500,
      "Stored bytes are missing; ask the operator to run `deno task verify`.",
    );
  }
  if (isClientGone(error)) return new Problem(400, "The request broke off; send it again.");
  const code = codeOf(error);
  if (DISK_FULL.has(code)) {
    return new Problem(503, "The disk is full; ask the operator for room, then send it again.");
  }
  if (SCARCITY.has(code)) {
    return new Problem(503, "The server is short of resources; try again in a moment.", {
      "Retry-After": RETRY_AFTER,
    });
  }
  return new Problem(500, "The server failed; its log says where.");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/**
 * Imports over STOW-RS (PS3.18 10.5) into any server: a request a file, several at a time, so that
 * each answer is about one file and a large one is sent as it is read.
 * @module
 */
import { closeDelimiter, partHead } from "../../../lib/multipart/encode.ts";
import { type ImportItem, UnreadableError } from "./item.ts";
import { type ImportOutcome, ImportStopped, refusedWith } from "./outcome.ts";
import { createPoster, type PostAnswer } from "./post.ts";
import type { ImportTarget } from "./target.ts";

/** Requests under way at once: what a server of one's own can use, and no other notices. */
const CONNECTIONS = 8;

/** How often a file is sent before the server counts as away. */
const ATTEMPTS = 5;

/** Milliseconds before the second attempt; doubled before each later one. */
const FIRST_WAIT = 500;

/** Most milliseconds that a server may ask for. */
const WAIT_MAX = 60_000;

/** HTTP statuses that are about the file; any other refuses whatever is sent. */
const ABOUT_FILE: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

/** Statuses that pass. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A server, by its DICOMweb root without a trailing slash. */
export function webTarget(
  base: string,
  token: string | undefined,
  signal: AbortSignal,
): ImportTarget {
  const boundary = crypto.randomUUID();
  const head = partHead(boundary, { "Content-Type": "application/dicom" }, true);
  const tail = closeDelimiter(boundary);
  const headers = {
    "Content-Type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
    Accept: "application/dicom+json",
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  const poster = createPoster(CONNECTIONS);

  /** The first attempt sends `body`, later ones read the file anew. */
  async function answerTo(item: ImportItem, body: AsyncIterable<Uint8Array>): Promise<PostAnswer> {
    let chunks = body;
    for (let attempt = 1;; attempt++) {
      let wait = FIRST_WAIT * 2 ** (attempt - 1);
      let why: string;
      try {
        const length = head.length + item.size + tail.length;
        const body = around(head, chunks, tail);
        const answer = await poster.post({ url: `${base}/studies`, headers, body, length });
        if (!PASSING.has(answer.status)) return answer;
        why = `it answers ${answer.status}`;
        wait = Math.max(wait, Number(answer.retryAfter ?? 0) * 1000 || 0);
      } catch (error) {
        if (error instanceof UnreadableError) throw error;
        signal.throwIfAborted();
        why = error instanceof Error ? error.message : String(error);
      }
      if (attempt === ATTEMPTS) {
        throw new ImportStopped(
          `The server at ${base} cannot be reached (${why}): start the import again later, and ` +
            "it goes on from here",
        );
      }
      await pause(Math.min(wait, WAIT_MAX), signal);
      chunks = item.read();
    }
  }

  return {
    readers: CONNECTIONS,
    pending: CONNECTIONS,
    pendingLarge: CONNECTIONS,
    async store(item, body) {
      const outcome = outcomeOf(await answerTo(item, body), base);
      return { outcome: Promise.resolve(outcome) };
    },
    close: poster.close,
  };
}

async function* around(head: Uint8Array, body: AsyncIterable<Uint8Array>, tail: Uint8Array) {
  yield head;
  // The memory of a chunk is used again for the next, and the socket may still be sending it.
  for await (const chunk of body) yield chunk.slice();
  yield tail;
}

function outcomeOf({ status, text }: PostAnswer, base: string): ImportOutcome {
  const failure = failureIn(text);
  if (failure !== undefined && (status < 300 || ABOUT_FILE.has(status))) return failure;
  if (status >= 200 && status < 300) return { kind: "stored" };
  if (ABOUT_FILE.has(status)) {
    return { kind: "refused", reason: `HTTP ${status}`, explanation: "the server gives no reason" };
  }
  if (status === 401 || status === 403) {
    throw new ImportStopped(
      `The server at ${base} answers ${status}: put a key that may write into GANTRY_TOKEN`,
    );
  }
  if (status >= 500) {
    return {
      kind: "failed",
      reason: `HTTP ${status}`,
      explanation: "the server failed",
    };
  }
  throw new ImportStopped(
    `The server answers ${status} at ${base}/studies: is it its DICOMweb root?`,
  );
}

/** The first failure that a Store Instances Response Module (PS3.18 Annex I) tells of. */
function failureIn(text: string): ImportOutcome | undefined {
  const module = parsed(text);
  for (const sequence of ["00081198", "0008119A"]) {
    const item = valueOf(module, sequence);
    if (item === undefined) continue;
    const reason = valueOf(item, "00081197");
    const comment = valueOf(item, "00000902");
    const explanation = typeof comment === "string" ? comment : "the server gives no reason";
    return refusedWith(typeof reason === "number" ? reason : 0, explanation.slice(0, 200));
  }
  return undefined;
}

/** The first value of an attribute in DICOM JSON. */
function valueOf(dataSet: unknown, tag: string): unknown {
  const attribute = member(dataSet, tag);
  const values = member(attribute, "Value");
  return Array.isArray(values) ? values[0] : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function parsed(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    // Some servers put the module into a list.
    return Array.isArray(json) ? json[0] : json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Resolves after a time; rejects when the signal aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

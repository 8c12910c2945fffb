/**
 * Debian's wrk as the load generator: it costs little beside the server it loads.
 * @module
 */

/** What one run showed. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Answers of status 400 and above, failed connections and writes, time-outs. */
  readonly errors: number;
  /** Answers that ended with the connection: cut off, or of a server that frames them so. */
  readonly closed: number;
  /** Latency in milliseconds at the 95th percentile; 0 where it was not taken. */
  readonly p95: number;
}

/** How to load. */
export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Threads of wrk; 1 leaves most of a small machine to the server. */
  readonly threads?: number;
}

/**
 * Asks the given paths in turn, each thread from a place of its own, for a time. No Lua sees the
 * answers, since wrk would gather each body for it.
 */
export function loadPaths(
  base: string,
  paths: readonly string[],
  accept: string,
  options: LoadOptions,
): Promise<Load> {
  const script = `
local paths = {${paths.map((path) => JSON.stringify(path)).join(",")}}
local headers = { ["Accept"] = ${JSON.stringify(accept)} }
local threads = 0
function setup(thread)
  thread:set("at", threads * 7919)
  threads = threads + 1
end
function request()
  at = at + 1
  return wrk.format("GET", paths[at % #paths + 1], headers)
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.bytes, errors.status + errors.connect + errors.write + errors.timeout,
    latency:percentile(95), errors.read))
end
`;
  return wrk(base, script, options);
}

/** Lua: time from a clock that LuaJIT asks for itself, since wrk has none. */
const CLOCK = `
local ffi = require("ffi")
ffi.cdef "typedef struct { long sec; long nsec; } timespec; int clock_gettime(int, timespec *);"
local now = ffi.new("timespec")
local function microseconds()
  ffi.C.clock_gettime(1, now)
  return tonumber(now.sec) * 1e6 + tonumber(now.nsec) / 1e3
end`;

/** Lua: ends the process when each of `requests` is answered. */
const ENDING = `function response(status, headers, body)
  if status == 404 then return end
  if status ~= 200 then failed = failed + 1 end
  answered, bytes = answered + 1, bytes + #body
  if answered < #requests then return end
  io.write(string.format("RESULT %d %d %d %d 0 0\\n", answered, microseconds() - began, bytes, failed))
  io.flush()
  os.exit(0)
end
`;

/**
 * Posts each of the prepared bodies once, from one thread. wrk itself only knows a duration, so the
 * script takes the time, from the first request to the last answer, and ends the process.
 */
export function loadBodies(
  base: string,
  path: string,
  contentType: string,
  bodyFiles: readonly string[],
  connections: number,
): Promise<Load> {
  // A connection that has nothing left to send asks for what is not there, which tells its answers
  // apart from those to the bodies.
  const script = `${CLOCK}
local files = {${bodyFiles.map((file) => JSON.stringify(file)).join(",")}}
local requests, answered, failed, bytes, began = {}, 0, 0, 0, nil
local sent = -1 -- wrk asks for one request that it only parses
local filler
function init()
  for i, name in ipairs(files) do
    local file = io.open(name, "rb")
    requests[i] = wrk.format("POST", ${JSON.stringify(path)},
      { ["Content-Type"] = ${JSON.stringify(contentType)}, ["Accept"] = "application/dicom+json" },
      file:read("*a"))
    file:close()
  end
  filler = wrk.format("GET", "/nothing-here")
end
function request()
  sent = sent + 1
  if sent == 1 then began = microseconds() end
  return requests[sent] or filler
end
${ENDING}`;
  return wrk(base, script, { connections, seconds: 600 });
}

/** Asks for each of the paths once, from one thread, and takes the time as {@linkcode loadBodies} does. */
export function loadOnce(
  base: string,
  paths: readonly string[],
  accept: string,
  connections: number,
): Promise<Load> {
  const script = `${CLOCK}
local requests = {${paths.map((path) => JSON.stringify(path)).join(",")}}
local headers = { ["Accept"] = ${JSON.stringify(accept)} }
local answered, failed, bytes, began = 0, 0, 0, nil
local sent = -1 -- wrk asks for one request that it only parses
local filler
function init() filler = wrk.format("GET", "/nothing-here") end
function request()
  sent = sent + 1
  if sent == 1 then began = microseconds() end
  return requests[sent] and wrk.format("GET", requests[sent], headers) or filler
end
${ENDING}`;
  return wrk(base, script, { connections, seconds: 600 });
}

async function wrk(base: string, script: string, options: LoadOptions): Promise<Load> {
  const file = await Deno.makeTempFile({ suffix: ".lua" });
  try {
    await Deno.writeTextFile(file, script);
    const threads = options.threads ?? 1;
    const output = await new Deno.Command("wrk", {
      args: [
        `-t${threads}`,
        `-c${options.connections}`,
        `-d${options.seconds}s`,
        "--timeout",
        "60s",
        "-s",
        file,
        base,
      ],
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(output.stdout);
    const result = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(text);
    if (!output.success || result === null) {
      throw new Error(`wrk failed:\n${text}${new TextDecoder().decode(output.stderr)}`);
    }
    const [requests, microseconds, bytes, errors, p95, closed] = result.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { requests, seconds: microseconds / 1e6, bytes, errors, closed, p95: p95 / 1000 };
  } finally {
    await Deno.remove(file);
  }
}

/**
 * Debian's wrk as the load generator: it costs little beside the server it loads.
 * @module
 */

/** What one run showed. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Answers of status 400 and above, and broken connections. */
  readonly errors: number;
  /** Latency in milliseconds at the 95th percentile. */
  readonly p95: number;
}

/** How to load. */
export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Threads of wrk; 1 leaves most of a small machine to the server. */
  readonly threads?: number;
}

const REPORT = `
local all = {}
function setup(thread)
  table.insert(all, thread)
  thread:set("share", #all)
  thread:set("failed", 0)
end
function done(summary, latency)
  local broken = 0
  for _, thread in ipairs(all) do broken = broken + thread:get("failed") end
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.bytes, broken + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(95)))
end
`;

/** Asks the given paths in turn, each thread from a place of its own, for a time. */
export function loadPaths(
  base: string,
  paths: readonly string[],
  accept: string,
  options: LoadOptions,
): Promise<Load> {
  const script = `
${REPORT}
local paths = {${paths.map((path) => JSON.stringify(path)).join(",")}}
local headers = { ["Accept"] = ${JSON.stringify(accept)} }
function init() at = share * 7919 end
function request()
  at = at + 1
  return wrk.format("GET", paths[at % #paths + 1], headers)
end
function response(status)
  if status >= 400 then failed = failed + 1 end
end
`;
  return wrk(base, script, options);
}

/**
 * Posts each prepared body once, then stops: the requests are whole files (head and body), split
 * evenly between the threads.
 */
export function loadBodies(
  base: string,
  path: string,
  contentType: string,
  bodyFiles: readonly string[],
  options: Omit<LoadOptions, "seconds">,
): Promise<Load> {
  const threads = options.threads ?? 1;
  const shares = Array.from(
    { length: threads },
    (_, thread) => bodyFiles.filter((_, at) => at % threads === thread),
  );
  const list = shares.map((share) => `{${share.map((f) => JSON.stringify(f)).join(",")}}`).join(
    ",",
  );
  // A connection that has nothing left to send asks for what is not there, which tells its answers
  // apart from those to the bodies, until the last of these has come.
  const script = `
${REPORT}
local shares = {${list}}
function init()
  requests = {}
  for i, name in ipairs(shares[share]) do
    local file = io.open(name, "rb")
    requests[i] = wrk.format("POST", ${JSON.stringify(path)},
      { ["Content-Type"] = ${JSON.stringify(contentType)}, ["Accept"] = "application/dicom+json" },
      file:read("*a"))
    file:close()
  end
  sent, answered = 0, 0
  filler = wrk.format("GET", "/nothing-here")
end
function request()
  sent = sent + 1
  return requests[sent] or filler
end
function response(status)
  if status == 404 then return end
  if status ~= 200 then failed = failed + 1 end
  answered = answered + 1
  if answered >= #requests then wrk.thread:stop() end
end
`;
  return wrk(base, script, { ...options, seconds: 600 });
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
    const result = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(text);
    if (!output.success || result === null) {
      throw new Error(`wrk failed:\n${text}${new TextDecoder().decode(output.stderr)}`);
    }
    const [requests, microseconds, bytes, errors, p95] = result.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { requests, seconds: microseconds / 1e6, bytes, errors, p95: p95 / 1000 };
  } finally {
    await Deno.remove(file);
  }
}

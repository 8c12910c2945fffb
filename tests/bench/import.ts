/**
 * `deno task bench --import`: the same files by `import`, by curl in a loop, and by STOW as fast as
 * the server takes it, each into an empty archive, on the same machine in the same run.
 * @module
 */
import { runCommand } from "../support/imports.ts";
import { concat } from "../support/part10_builder.ts";
import { startServer } from "../support/server_process.ts";
import { BOUNDARY } from "./bench_data.ts";
import { writeImages } from "./ct_files.ts";
import { loadBodies } from "./wrk.ts";

/** Files of one kind. */
interface Kind {
  readonly what: string;
  readonly files: number;
  /** Rows and columns of 16 bits. */
  readonly side: number;
  /** Those that curl sends: its pace does not change. */
  readonly byCurl: number;
  /** Requests of STOW have so many. */
  readonly ofRequest: number;
}

const KINDS: readonly Kind[] = [
  { what: "10,000 images of 64 × 64", files: 10_000, side: 64, byCurl: 1000, ofRequest: 10 },
  { what: "1,000 CT of 512 × 512", files: 1000, side: 512, byCurl: 250, ofRequest: 10 },
];

/** Connections of STOW. */
const CONNECTIONS = 4;

/** What is asked for: times curl's loop, and part of STOW. */
const ASKED = { curl: 2, stow: 0.8 };

const STOW = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;

/** Runs all of it and prints a Markdown table. */
export async function benchImport(): Promise<void> {
  console.log(
    `| files a second | import | curl in a loop | ratio, ${ASKED.curl} asked for ` +
      `| STOW | ratio, ${ASKED.stow} asked for | import --to a server |\n|---|---|---|---|---|---|---|`,
  );
  for (const kind of KINDS) {
    const folder = await Deno.makeTempDir({ prefix: "gantry-bench-" });
    try {
      console.log(await measure(kind, folder));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

async function measure({ what, files, side, byCurl, ofRequest }: Kind, folder: string) {
  say(`${what}: making data`);
  const images = `${folder}/images`;
  await Deno.mkdir(images);
  const names = await writeImages(images, files, side);
  const single = await bodiesOf(names.slice(0, byCurl), 1, `${folder}/single`);
  const several = await bodiesOf(names, ofRequest, `${folder}/several`);

  say("import");
  const embedded = await imported(images, `${folder}/embedded`, []);
  say("STOW");
  const stow = await withServer(async (dicomweb) => {
    const { origin, pathname } = new URL(dicomweb);
    const load = await loadBodies(origin, `${pathname}/studies`, STOW, several, CONNECTIONS);
    if (load.errors + load.closed > 0) throw new Error("STOW failed");
    return files / load.seconds;
  });
  say("curl");
  const curl = await withServer((dicomweb) => curlLoop(dicomweb, single));
  say("import --to");
  const web = await withServer((dicomweb) => imported(images, `${folder}/web`, ["--to", dicomweb]));
  const ratio = (other: number) => (embedded / other).toFixed(2);
  const shown = (value: number) => Math.round(value).toLocaleString("en");
  return `| ${what} | ${shown(embedded)} | ${shown(curl)} | **${ratio(curl)}** | ` +
    `${shown(stow)} | **${ratio(stow)}** | ${shown(web)} |`;
}

/** Files a second, the start of the process included. */
async function imported(images: string, data: string, target: readonly string[]): Promise<number> {
  await settle();
  const start = performance.now();
  const { code, stdout, stderr } = await runCommand("import", ["--json", ...target, images], data);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`import ended with ${code}: ${stdout}${stderr}`);
  const { stored, seconds: working } = JSON.parse(stdout);
  say(`${stored} files in ${seconds.toFixed(2)} s, ${working.toFixed(2)} of them at work`);
  return stored / seconds;
}

/** Files a second of one request after another, each by a curl of its own, as a shell would. */
async function curlLoop(dicomweb: string, bodies: readonly string[]): Promise<number> {
  const loop = `for body in "$@"; do
    curl -sf -o /dev/null "${dicomweb}/studies" -H 'Content-Type: ${STOW}' --data-binary @"$body" || exit 1
  done`;
  const start = performance.now();
  const { success } = await new Deno.Command("bash", { args: ["-c", loop, "loop", ...bodies] })
    .output();
  if (!success) throw new Error("curl failed");
  return bodies.length / ((performance.now() - start) / 1000);
}

async function withServer(measure: (dicomweb: string) => Promise<number>): Promise<number> {
  await settle();
  const server = await startServer();
  try {
    return await measure(server.dicomweb);
  } finally {
    await server.stop();
  }
}

/** What is still on its way to the disk would be written while the work is timed. */
async function settle(): Promise<void> {
  await new Deno.Command("sync").output();
}

/** Writes requests of so many files each; resolves to their paths. */
async function bodiesOf(names: readonly string[], each: number, folder: string): Promise<string[]> {
  await Deno.mkdir(folder);
  const text = new TextEncoder();
  const bodies: string[] = [];
  for (let at = 0; at < names.length; at += each) {
    const files = await Promise.all(names.slice(at, at + each).map((name) => Deno.readFile(name)));
    const parts = files.flatMap((file) => [
      text.encode(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`),
      file,
    ]);
    const body = `${folder}/${at}`;
    await Deno.writeFile(body, concat([...parts, text.encode(`\r\n--${BOUNDARY}--\r\n`)]));
    bodies.push(body);
  }
  return bodies;
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

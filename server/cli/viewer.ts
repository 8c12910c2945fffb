/**
 * `viewer`: gets OHIF, which the server then shows at `/viewer`.
 * @module
 */
import { installViewer, type Outcome, PackageError } from "../viewer/install.ts";
import { REGISTRY_VARIABLES, tarballURL } from "../viewer/registry.ts";
import { OHIF } from "../viewer/release.ts";
import { type Command, printJson, readArguments, UsageError } from "./command.ts";
import type { Machine } from "./machine.ts";
import { createProgress, size } from "./progress.ts";

/** Milliseconds without a byte after which a download is given up. */
const STALLED = 30_000;

/** What the command works with beside its arguments. */
export interface ViewerDeps extends Pick<Machine, "settings"> {
  /** Reads a variable of the environment. */
  readonly variable: (name: string) => string | undefined;
  /** Opens a file that a person names. */
  readonly openFile: (path: string) => Promise<ReadableStream<Uint8Array>>;
}

/** The command. */
export function viewerCommand({ settings, variable, openFile }: ViewerDeps): Command {
  const { package: name, version } = OHIF;

  function fromRegistry(): () => Promise<ReadableStream<Uint8Array>> {
    const url = registryURL(variable);
    return () => download(url);
  }

  async function opened(path: string): Promise<ReadableStream<Uint8Array>> {
    try {
      return await openFile(path);
    } catch (error) {
      throw new PackageError(`${path} cannot be read: ${reasonOf(error)}`);
    }
  }

  return {
    summary: `get the viewer OHIF ${version}, for /viewer`,
    help: `Gets OHIF ${version}, which the server then shows at /viewer, with no restart.

  deno task viewer                out of the npm registry that npm is configured for
                                  (npm_config_registry), about 50 MB
  deno task viewer --from FILE    out of a file, for machines that are not on the internet:
                                  \`npm pack ${name}@${version}\` makes it on one that is

Where it is there already nothing is done. --json for programs.
Ends with 0, with 1 where it cannot be had, or with 2 where the command is not understood.`,

    async run(args) {
      const { json, texts: { from } } = readArguments(args, { texts: ["from"] });
      const open = from === undefined ? fromRegistry() : () => opened(from);
      const progress = createProgress({ unit: "files" });
      let outcome: Outcome;
      try {
        outcome = await installViewer(
          `${(await settings()).data}/viewer`,
          OHIF,
          open,
          (done, bytes) => progress.show({ done, bytes, totalBytes: OHIF.size }),
        );
      } catch (error) {
        if (!(error instanceof PackageError)) throw error;
        console.error(`OHIF is not installed. ${error.message}.`);
        return 1;
      } finally {
        progress.end();
      }
      if (json) printJson(outcome);
      else console.log(sentenceOf(outcome));
      return 0;
    },
  };
}

function sentenceOf(outcome: Outcome): string {
  const viewer = `OHIF ${OHIF.version}`;
  switch (outcome.kind) {
    case "installed":
      return `${viewer} is installed: ${outcome.files} files, ${size(outcome.bytes)}`;
    case "there already":
      return `${viewer} is there already`;
  }
}

function registryURL(variable: ViewerDeps["variable"]): URL {
  try {
    return tarballURL(OHIF, variable);
  } catch {
    throw new UsageError(`${REGISTRY_VARIABLES[0]} needs to be the URL of an npm registry`);
  }
}

/** The tarball as it comes. What breaks off says so in a PackageError. */
async function download(url: URL): Promise<ReadableStream<Uint8Array>> {
  const stalled = new AbortController();
  const failed = (what: string) =>
    new PackageError(`${url.host} ${what}; try again, or get the file elsewhere and use --from`);
  let timer = setTimeout(() => stalled.abort(), STALLED);
  const { signal } = stalled;
  const lost = (error: unknown) => {
    clearTimeout(timer);
    return failed(signal.aborted ? "does not send" : `cannot be read (${reasonOf(error)})`);
  };
  const response = await fetch(url, { signal }).catch((error) => Promise.reject(lost(error)));
  if (!response.ok || response.body === null) {
    clearTimeout(timer);
    await response.body?.cancel();
    throw failed(`answers ${response.status}`);
  }
  return ReadableStream.from(chunksOf(response.body));

  async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        clearTimeout(timer);
        yield chunk;
        timer = setTimeout(() => stalled.abort(), STALLED);
      }
    } catch (error) {
      throw lost(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

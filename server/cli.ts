/**
 * The command line: API keys and verification, on the data folder of the settings. It works beside
 * a running server.
 * @module
 */
import { parseArgs } from "node:util";
import { openFsBlobs } from "./blobs/fs.ts";
import { type DataFolder, keySecret, openDataFolder } from "./data_folder.ts";
import { KEY_SCOPES, type Scope } from "./http/key_scopes.ts";
import type { Index, KeyRow } from "./index/index.ts";
import { openLocalIndex } from "./index/open_local.ts";
import { createKeyService, type KeyService } from "./services/keys.ts";
import { type Fault, verify, type VerifyCounts } from "./services/verify.ts";
import { readSettings, type Settings } from "./settings.ts";

const HELP = {
  keys: `API keys of the server.

  deno task keys add --name NAME --scopes read,write   make a key and show it, once
  deno task keys list                                  who has which key
  deno task keys revoke ID                             ends within a second

Scopes: ${KEY_SCOPES.join(", ")}. --json for programs.
Ends with 0, 1 where there is no such key, or 2 where the command is not understood.
`,
  verify: `Holds every stored object against its digest, and for every file an entry of the index.

  deno task verify [--json]

Ends with 0, 1 where something is wrong, or 2 where the command is not understood.
`,
};

/** The command is not one that there is. */
class UsageError extends Error {}

/** Resolves, as every command, to the process' exit code. */
async function keys(args: string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const [action, id, ...more] = positionals;
  const isOwn = (name: "name" | "scopes") => values[name] === undefined || action === "add";
  if (more.length > 0 || !isOwn("name") || !isOwn("scopes")) throw new UsageError();
  if ((id !== undefined) !== (action === "revoke")) throw new UsageError();
  switch (action) {
    case "add": {
      const { name, scopes } = values;
      if (!name || scopes === undefined) throw new UsageError("--name and --scopes are needed");
      const allowed = scopesOf(scopes);
      return await withKeys(async (service) => {
        const made = await service.create(name, allowed);
        if (values.json) print({ ...made, name, scopes: allowed });
        else console.log(made.key);
        return 0;
      });
    }
    case "list":
      return await withKeys(async (service) => {
        const rows = await service.list();
        if (values.json) print(rows.map(publicPart));
        else for (const row of rows) console.log(lineOf(row));
        return 0;
      });
    case "revoke":
      return await withKeys(async (service) => {
        const revoked = await service.revoke(id!);
        if (values.json) print({ id, revoked });
        else console.log(revoked ? `revoked ${id}` : `no live key ${id}`);
        return revoked ? 0 : 1;
      });
    default:
      throw new UsageError();
  }
}

function scopesOf(text: string): Scope[] {
  const names = new Set(text.split(",").map((name) => name.trim()));
  const known = KEY_SCOPES.filter((scope) => names.has(scope));
  if (known.length !== names.size) {
    throw new UsageError(`--scopes takes some of ${KEY_SCOPES.join(",")}`);
  }
  return known;
}

/** What may be shown of a key: not its hash. */
function publicPart({ id, name, scopes, createdAt, revokedAt }: KeyRow) {
  return {
    id,
    name,
    scopes,
    created: new Date(createdAt).toISOString(),
    revoked: revokedAt === undefined ? null : new Date(revokedAt).toISOString(),
  };
}

function lineOf(row: KeyRow): string {
  const { id, name, scopes, created, revoked } = publicPart(row);
  return [id, scopes.join(","), created, revoked === null ? "live" : `revoked ${revoked}`, name]
    .join("\t");
}

async function verifyAll(args: string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  if (positionals.length > 0 || values.name !== undefined || values.scopes !== undefined) {
    throw new UsageError();
  }
  const faults: Fault[] = [];
  const isTerminal = Deno.stderr.isTerminal();
  const counts = await withInstallation(async ({ index, folder, settings }) =>
    verify({
      index,
      blobs: await openFsBlobs(folder.blobs),
      archives: settings.archives.map((archive) => archive.name),
      onFault(fault) {
        faults.push(fault);
        if (!values.json) console.log(faultLine(fault));
      },
      ...(isTerminal ? { onProgress: progress() } : {}),
    })
  );
  if (values.json) print({ ...counts, faults });
  else console.log(summaryOf(counts));
  return faults.length > 0 ? 1 : 0;
}

function faultLine({ kind, blobKey, SOPInstanceUID }: Fault): string {
  return SOPInstanceUID === undefined
    ? `${kind}: ${blobKey}`
    : `${kind}: ${blobKey} of instance ${SOPInstanceUID}`;
}

function summaryOf({ instances, bytes, pending, faults }: VerifyCounts): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const recent = pending > 0 ? `, ${pending} files of stores under way or broken off` : "";
  return `${instances} instances, ${size}, ${faults} faults${recent}`;
}

/** Writes a line over itself on the terminal, a few times a second. */
function progress(): (counts: VerifyCounts) => void {
  let shownAt = 0;
  return (counts) => {
    if (Date.now() - shownAt < 200) return;
    shownAt = Date.now();
    Deno.stderr.writeSync(new TextEncoder().encode(`\r${summaryOf(counts)} …\x1b[K\r`));
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: { type: "string" },
        scopes: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** What a command works on. */
interface Installation {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly index: Index;
}

async function withInstallation<T>(use: (parts: Installation) => Promise<T>): Promise<T> {
  const { settings, problems } = await readSettings(Deno.env.get, Deno.readTextFile);
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  const folder = await openDataFolder(settings.data);
  const index = await openLocalIndex(folder.index);
  try {
    return await use({ settings, folder, index });
  } finally {
    await index.close();
  }
}

function withKeys<T>(use: (service: KeyService) => Promise<T>): Promise<T> {
  return withInstallation(async ({ index, folder }) =>
    use(createKeyService(index, { secret: await keySecret(folder), open: false }))
  );
}

async function main(): Promise<number> {
  const [command, ...args] = Deno.args;
  if (command !== "keys" && command !== "verify") return 2;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP[command]);
    return 0;
  }
  try {
    return await (command === "keys" ? keys(args) : verifyAll(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message || HELP[command]);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main());

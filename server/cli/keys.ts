/**
 * `keys`: API keys made, listed and revoked.
 * @module
 */
import { KEY_SCOPES, type Scope } from "../http/key_scopes.ts";
import type { KeyRow } from "../index/index.ts";
import { createKeyService, type KeyService } from "../services/keys.ts";
import {
  type Command,
  type Installation,
  printJson,
  readArguments,
  UsageError,
  type WithInstallation,
} from "./command.ts";

/** The command. */
export const keys: Command = {
  summary: "make, list and revoke API keys",
  help: `API keys of the server.

  deno task keys add --name NAME --scopes read,write   make a key and show it, once
  deno task keys list                                  who has which key
  deno task keys revoke ID                             ends within a second

Scopes: ${KEY_SCOPES.join(", ")}. --json for programs.
Ends with 0, with 1 where there is no such key, or with 2 where the command is not understood.`,

  run([action, ...args], withInstallation) {
    switch (action) {
      case "add":
        return add(args, withInstallation);
      case "list":
        return list(args, withInstallation);
      case "revoke":
        return revoke(args, withInstallation);
      default:
        throw new UsageError();
    }
  },
};

function add(args: string[], withInstallation: WithInstallation): Promise<number> {
  const { json, texts: { name, scopes } } = readArguments(args, { texts: ["name", "scopes"] });
  if (!name || !scopes) throw new UsageError("--name and --scopes are needed");
  const allowed = scopesOf(scopes);
  return withInstallation(async (installation) => {
    const made = await keysOf(installation).create(name, allowed);
    if (json) printJson({ ...made, name, scopes: allowed });
    else console.log(made.key);
    return 0;
  });
}

function list(args: string[], withInstallation: WithInstallation): Promise<number> {
  const { json } = readArguments(args);
  return withInstallation(async (installation) => {
    const rows = (await keysOf(installation).list()).map(publicPart);
    if (json) printJson(rows);
    else rows.forEach((row) => console.log(lineOf(row)));
    return 0;
  });
}

function revoke(args: string[], withInstallation: WithInstallation): Promise<number> {
  const { json, positionals: [id = ""] } = readArguments(args, { positionals: 1 });
  return withInstallation(async (installation) => {
    const revoked = await keysOf(installation).revoke(id);
    if (json) printJson({ id, revoked });
    else console.log(revoked ? `revoked ${id}` : `no live key ${id}`);
    return revoked ? 0 : 1;
  });
}

function keysOf({ index, secret }: Installation): KeyService {
  return createKeyService(index, { secret, open: false });
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

function lineOf({ id, name, scopes, created, revoked }: ReturnType<typeof publicPart>): string {
  const state = revoked === null ? "live" : `revoked ${revoked}`;
  return [id, scopes.join(","), created, state, name].join("\t");
}
